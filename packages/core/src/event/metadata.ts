/**
 * What is stored beside an event's data: who caused it, and by which command. JSON; fields beyond these are kept as they are.
 *
 * A store refuses a field named here that has a value of another type, `null` among them, with a `TypeError`. That there is a
 * `correlationId`, and the form of texts, is the caller's duty.
 */
export interface Metadata {
  /** The id of the command that raised the event, as given. */
  readonly commandId?: string | undefined;
  /** The n-th update of this stream within the command, from 0. */
  readonly commandIndex?: number | undefined;
  /** SHA-256 of the command's canonical JSON, in hexadecimal. */
  readonly commandHash?: string | undefined;
  /**
   * Set on the first event of a stream, or of what was written behind a delete: no aggregate misses anything before it.
   * Repositories set it. Who writes the events of an aggregate by hand behind a delete has to, too.
   */
  readonly begins?: true | undefined;
  /** Equal for everything that goes back to one request. */
  readonly correlationId: string;
  /** The id of the message that led directly to this event. */
  readonly causationId?: string | undefined;
  /** Who acted, in the application's own terms. */
  readonly actor?: string | undefined;
  /** For whom, where one system serves several. */
  readonly tenant?: string | undefined;
  /** W3C trace context: `00-<trace id>-<parent id>-<flags>`. */
  readonly traceparent?: string | undefined;
}

const TEXTS = [
  'correlationId',
  'commandId',
  'commandHash',
  'causationId',
  'actor',
  'tenant',
  'traceparent',
] as const;

/** @internal @throws TypeError when a field has a value of another type than {@link Metadata} says. */
export function assertMetadata(metadata: object, type: string): void {
  const given: Given = metadata;
  if (!hasTexts(given))
    for (const name of TEXTS) if (!isText(given[name])) throw wrong(type, name, 'a text');
  const { commandIndex, begins } = given;
  if (commandIndex !== undefined && !isIndex(commandIndex))
    throw wrong(type, 'commandIndex', 'an integer from 0');
  if (begins !== undefined && begins !== true) throw wrong(type, 'begins', 'true, or left out');
}

type Given = { readonly [K in keyof Metadata]?: unknown };

/** Every append pays for this: fields by name are read several times faster than by a list. */
function hasTexts(given: Given): boolean {
  return (
    isText(given.correlationId) &&
    isText(given.commandId) &&
    isText(given.commandHash) &&
    isText(given.causationId) &&
    isText(given.actor) &&
    isText(given.tenant) &&
    isText(given.traceparent)
  );
}

function isText(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isIndex(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function wrong(type: string, name: string, wanted: string): TypeError {
  return new TypeError(`metadata.${name} of a '${type}' must be ${wanted}.`);
}
