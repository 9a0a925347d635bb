import type { Json } from '../event/json.js';
import type { Metadata } from '../event/metadata.js';
import type { Position } from '../event-store/position.js';
import { isFrameworkType } from './framework-type.js';

/** @internal How many commands a stream remembers: a repeat of an older one is found by its `issuedAt` only. */
export const REMEMBERED_COMMANDS = 1_024;

/** @internal One update that a command made of a stream. */
export interface CommandUpdate {
  /** The n-th update of the stream within the command, from 0. */
  readonly index: number;
  /** Of its last event. */
  revision: number;
  position: Position;
  /** How many events it raised; 0 when it was settled only. */
  events: number;
}

/** @internal What a stream remembers of a command. */
export interface RememberedCommand {
  hash: string | undefined;
  readonly updates: CommandUpdate[];
}

/** @internal What the memory takes from an event. */
export interface CommandTrace {
  readonly type: string;
  readonly metadata: Metadata;
  readonly revision: number;
  readonly position: Position;
}

/** @internal The last commands of a stream, oldest first: a fold of its metadata. */
export class CommandMemory {
  readonly #commands = new Map<string, RememberedCommand>();
  #forgotten: boolean = false;
  readonly #limit: number;

  constructor(limit = REMEMBERED_COMMANDS) {
    this.#limit = limit;
  }

  find(commandId: string): RememberedCommand | undefined {
    return this.#commands.get(commandId);
  }

  /** Whether a command issued at this position may have been forgotten. */
  mayHaveForgotten(issuedAt: Position): boolean {
    if (!this.#forgotten) return false;
    const oldest = lastOf(this.#commands.values().next().value);
    return oldest === undefined || issuedAt < oldest.position;
  }

  note({ type, metadata, revision, position }: CommandTrace): void {
    const { commandId, commandIndex, commandHash } = metadata;
    if (typeof commandId !== 'string') return;
    const index = typeof commandIndex === 'number' ? commandIndex : 0;
    const command = this.#touch(commandId);
    command.hash ??= typeof commandHash === 'string' ? commandHash : undefined;
    const events = isFrameworkType(type) ? 0 : 1;
    const last = lastOf(command);
    // Equal ids with a gap between them are a repeat that was not seen in time: the first result stays the answer.
    if (last !== undefined && last.index === index && last.revision === revision - 1) {
      last.revision = revision;
      last.position = position;
      last.events += events;
    } else if (!command.updates.some((update) => update.index === index))
      command.updates.push({ index, revision, position, events });
  }

  #touch(commandId: string): RememberedCommand {
    const known = this.#commands.get(commandId);
    const command = known ?? { hash: undefined, updates: [] };
    if (known !== undefined) this.#commands.delete(commandId);
    else if (this.#commands.size >= this.#limit) {
      for (const oldest of this.#commands.keys()) {
        this.#commands.delete(oldest);
        this.#forgotten = true;
        break;
      }
    }
    this.#commands.set(commandId, command);
    return command;
  }

  toJson(): Json {
    return {
      forgotten: this.#forgotten,
      commands: Array.from(this.#commands, ([id, { hash, updates }]) => [
        id,
        hash ?? null,
        updates.map(({ index, revision, position, events }) => [index, revision, position, events]),
      ]),
    };
  }

  /** @throws TypeError when `json` was not written by {@link toJson}. */
  static fromJson(json: Json, limit?: number): CommandMemory {
    const memory = new CommandMemory(limit);
    const { forgotten, commands } = json as unknown as StoredMemory;
    if (typeof forgotten !== 'boolean' || !Array.isArray(commands))
      throw new TypeError('These are no remembered commands.');
    for (const [id, hash, updates] of commands as StoredMemory['commands'])
      memory.#commands.set(id, {
        hash: hash ?? undefined,
        updates: updates.map(([index, revision, position, events]) => ({
          index,
          revision,
          position,
          events,
        })),
      });
    memory.#forgotten = forgotten;
    return memory;
  }
}

interface StoredMemory {
  readonly forgotten: boolean;
  readonly commands: readonly (readonly [
    id: string,
    hash: string | null,
    updates: readonly (readonly [
      index: number,
      revision: number,
      position: Position,
      events: number,
    ])[],
  ])[];
}

function lastOf(command: RememberedCommand | undefined): CommandUpdate | undefined {
  return command?.updates[command.updates.length - 1];
}
