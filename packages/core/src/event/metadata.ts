/**
 * What is stored beside an event's data: who caused it, and by which command. JSON; fields beyond these are kept as they are.
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
