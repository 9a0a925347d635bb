import { classNameOf, classOf } from '../class-of.js';
import { definitionOfEvent, restore } from '../event/definition.js';
import { UnserializableEventError } from '../event/errors.js';
import type { IdGenerator } from '../event/ids.js';
import type { Json } from '../event/json.js';
import { findFieldsProblem } from '../event/json.js';
import type { Metadata } from '../event/metadata.js';
import { withPlainNested } from '../event/nested-values.js';
import { assertEventValid } from '../event/validation.js';
import type { NewEvent } from '../event-store/event-store.js';
import type { FoldHandler } from './aggregate-fold.js';
import { copyValue, isFlat } from './copy-value.js';
import type { AggregatePlace } from './fold-event.js';
import { contextOf } from './fold-event.js';
import type { AggregateKernel } from './state-form.js';

/** @internal Where a decision begins. */
export interface DecisionBase<S> extends AggregatePlace {
  /** Folds change it: a copy, unless nobody else needs it. */
  readonly state: S;
  readonly revision: number;
}

/** @internal What marks the events of a decision. */
export interface DecisionMarks {
  readonly metadata: Metadata;
  readonly newId: IdGenerator;
}

/** @internal What a change raised, and the state that it led to. Nothing is written yet. */
export interface Decision<S> {
  readonly state: S;
  readonly events: readonly NewEvent[];
}

/**
 * @internal Runs a change: each event it raises is validated, encoded and folded at once.
 *
 * @throws what the change throws; {@link EventInvalidError}, {@link UnserializableEventError}, TypeError for what is no event.
 */
export function decide<S>(
  kernel: AggregateKernel<S>,
  base: DecisionBase<S>,
  change: unknown,
  marks: DecisionMarks,
): Decision<S> | Promise<Decision<S>> {
  const raised = new RaisedEvents(kernel, base, marks);
  const running = kernel.form.decide(base.state, change, (event) => raised.raise(event));
  return running === undefined ? raised : running.then(() => raised);
}

/**
 * @internal The metadata of the first event of an append. What begins a stream says so: behind a delete revisions go on, and
 * without it such a stream would look like one whose first events are hidden.
 */
export function firstMetadata(
  { revision }: { readonly revision: number },
  { metadata }: { readonly metadata: Metadata },
): Metadata {
  return revision === -1 ? { ...metadata, begins: true } : metadata;
}

class RaisedEvents<S> implements Decision<S> {
  state: S;
  readonly events: NewEvent[] = [];
  readonly #kernel: AggregateKernel<S>;
  readonly #base: DecisionBase<S>;
  readonly #marks: DecisionMarks;
  #folding: boolean = false;

  constructor(kernel: AggregateKernel<S>, base: DecisionBase<S>, marks: DecisionMarks) {
    this.state = base.state;
    this.#kernel = kernel;
    this.#base = base;
    this.#marks = marks;
  }

  raise(instance: object): void {
    if (this.#folding)
      throw new TypeError(
        'An @On method folds what has happened: it must not apply events itself.',
      );
    const { type, version } = this.#definitionOf(instance);
    assertEventValid(instance, type);
    const stored = withPlainNested(instance);
    const problem = findFieldsProblem(stored, 'data');
    if (problem !== undefined)
      throw new UnserializableEventError(type, problem.path, problem.reason);
    const data: object = { ...stored };
    const flat = isFlat(data);
    const event: NewEvent = {
      id: this.#marks.newId(),
      type,
      version,
      // What the caller goes on changing must reach neither the log nor the state.
      data: (flat ? data : copyValue(data)) as Json,
      metadata:
        this.events.length === 0 ? firstMetadata(this.#base, this.#marks) : this.#marks.metadata,
    };
    this.#fold(event, flat && hasBeenRestored(instance) ? instance : undefined);
    this.events.push(event);
  }

  #definitionOf(instance: object) {
    const definition = definitionOfEvent(instance);
    if (definition === undefined)
      throw new TypeError(
        `${describe(instance)} is no event: raise an instance of a class made by Event('type') or @EventType('type').`,
      );
    const { handlers, ignored, passesRegistered, category } = this.#kernel.definition;
    const { type } = definition;
    if (!handlers.has(type) && !passesRegistered && !ignored.has(type))
      throw new TypeError(
        `Aggregate '${category}' raised a '${type}', which its fold does not know: add .on(…) for it. Nothing was written.`,
      );
    return definition;
  }

  #fold(event: NewEvent, instance: object | undefined): void {
    const revision = this.#base.revision + this.events.length + 1;
    const handler = this.#kernel.definition.handlers.get(event.type);
    if (handler !== undefined) {
      this.#folding = true;
      try {
        const folded = instance ?? copyOf(handler, event);
        const context = contextOf(event.id, revision, event.metadata, this.#base);
        this.state = handler.fold(this.state, folded, context);
        if (instance === undefined) noteRestored(folded);
      } catch (cause) {
        throw ofPrivateFields(cause, event.type) ?? cause;
      } finally {
        this.#folding = false;
      }
    }
    this.#kernel.form.standAt(this.state, revision);
  }
}

const restored = new WeakSet<object>();

/**
 * Whether events of this class have been folded as they come back from a store. The first one of each is: what it keeps in
 * `#private` fields is not stored, and without this a fold would find that out when the aggregate is loaded, and never again could be.
 */
function hasBeenRestored(instance: object): boolean {
  const eventClass = classOf(instance);
  return eventClass !== undefined && restored.has(eventClass);
}

function noteRestored(instance: object): void {
  const eventClass = classOf(instance);
  if (eventClass !== undefined) restored.add(eventClass);
}

function ofPrivateFields(cause: unknown, type: string): TypeError | undefined {
  if (!(cause instanceof TypeError) || cause.cause !== undefined) return undefined;
  if (!/private (member|field)/.test(cause.message)) return undefined;
  return new TypeError(
    `Event '${type}' was folded as it will be stored, and what the fold reads is in #private fields (${cause.message}). Nothing was ` +
      "written: only public fields are stored. Write 'readonly' instead of '#'.",
    { cause },
  );
}

/** An instance that shares nothing with what will be written. */
function copyOf<S>({ eventClass }: FoldHandler<S>, { version, data }: NewEvent): object {
  return restore(eventClass, { version, data: copyValue(data) as object });
}

function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return `An instance of ${classNameOf(value) ?? 'no class'}`;
}
