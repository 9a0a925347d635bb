import { processWide } from '../process-wide.js';
import type { EventClass, EventDefinition } from './definition.js';

/** One registered event class. */
export interface RegisteredEvent {
  readonly definition: EventDefinition;
  /** The most derived class seen so far: instances read by the registry are made of it. */
  eventClass: EventClass;
}

/** Every event type of this process, whichever copy of the package registered it. */
export interface EventRegistry {
  /** What is registered under a type name or an alias: more than one entry when several classes claim the same name. */
  find(type: string): readonly RegisteredEvent[];
  /** Everything registered, in the order of registration. */
  all(): readonly RegisteredEvent[];
  /** @internal */
  add(definition: EventDefinition, eventClass: EventClass): void;
  /** @internal Remembers the class that a user derived from what `Event()` made. */
  derive(definition: EventDefinition, eventClass: EventClass): void;
}

let shared: EventRegistry | undefined;

/** The one registry of this process. */
export function eventRegistry(): EventRegistry {
  shared ??= processWide('event-registry', createRegistry);
  return shared;
}

function createRegistry(): EventRegistry {
  const byName = new Map<string, RegisteredEvent[]>();
  const byDefinition = new Map<EventDefinition, RegisteredEvent>();
  return {
    find: (type) => byName.get(type) ?? [],
    all: () => [...byDefinition.values()],
    add(definition, eventClass) {
      const entry: RegisteredEvent = { definition, eventClass };
      byDefinition.set(definition, entry);
      for (const name of new Set([definition.type, ...definition.aliases])) {
        const known = byName.get(name);
        if (known === undefined) byName.set(name, [entry]);
        else known.push(entry);
      }
    },
    derive(definition, eventClass) {
      const entry = byDefinition.get(definition);
      if (entry !== undefined && Object.getPrototypeOf(eventClass) === entry.eventClass)
        entry.eventClass = eventClass;
    },
  };
}
