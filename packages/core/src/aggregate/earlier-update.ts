import { CommandIdReusedError } from '../command/errors.js';
import type { EventStore, RecordedEvent } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import type { CommandUpdate, RememberedCommand } from './command-memory.js';
import { CommandMemory } from './command-memory.js';
import type { CommandMark } from './update-request.js';

/** What is known of the stream that a command goes to. */
interface Receiver {
  readonly stream: string;
  readonly commands: CommandMemory;
}

/** @internal Whether the memory knows the command, or may have forgotten it. */
export function mayBeRepeat(commands: CommandMemory, { id, issuedAt }: CommandMark): boolean {
  return commands.find(id) !== undefined || mayBeForgotten(commands, issuedAt);
}

/**
 * @internal The first result of an update, when this is a repeat of it; `undefined` when it is new. What may have been forgotten is
 * looked for in the stream, back to where the command was issued.
 *
 * @throws {@link CommandIdReusedError} when the id belongs to another command.
 */
export async function earlierUpdate(
  store: EventStore,
  { stream, commands }: Receiver,
  command: CommandMark,
  signal: AbortSignal | undefined,
): Promise<CommandUpdate | undefined> {
  const known = updateIn(commands.find(command.id), stream, command);
  const { issuedAt } = command;
  if (known !== undefined || issuedAt === undefined || !mayBeForgotten(commands, issuedAt))
    return known;
  const scanned = new CommandMemory();
  for (const event of await eventsOf(store, stream, command.id, issuedAt, signal))
    scanned.note(event);
  return updateIn(scanned.find(command.id), stream, command);
}

function mayBeForgotten(commands: CommandMemory, issuedAt: Position | undefined): boolean {
  return issuedAt !== undefined && commands.mayHaveForgotten(issuedAt);
}

function updateIn(
  remembered: RememberedCommand | undefined,
  stream: string,
  { id, index, hash }: CommandMark,
): CommandUpdate | undefined {
  if (remembered === undefined) return undefined;
  if (hash !== undefined && remembered.hash !== undefined && hash !== remembered.hash)
    throw new CommandIdReusedError(stream, id);
  return remembered.updates.find((update) => update.index === index);
}

/** The events of a command behind a position, in order. */
async function eventsOf(
  store: EventStore,
  stream: string,
  commandId: string,
  issuedAt: Position,
  signal: AbortSignal | undefined,
): Promise<readonly RecordedEvent[]> {
  const found: RecordedEvent[] = [];
  for await (const event of store.read(stream, { direction: 'backwards', signal })) {
    if (event.position <= issuedAt) break;
    if (event.metadata.commandId === commandId) found.unshift(event);
  }
  return found;
}
