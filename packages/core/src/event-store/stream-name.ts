/** The most bytes of UTF-8 that a stream name may have. */
export const MAX_STREAM_NAME_BYTES = 1_000;

const CATEGORY = /^[A-Za-z][A-Za-z0-9_.]*$/;

/**
 * @throws TypeError when `stream` cannot name a stream: empty, no well-formed Unicode, longer than
 * {@link MAX_STREAM_NAME_BYTES}, or beginning with `$`, which belongs to the store.
 */
export function assertStreamName(stream: unknown): asserts stream is string {
  if (typeof stream !== 'string' || stream === '')
    throw new TypeError('A stream name must be a non-empty string.');
  if (stream.startsWith('$'))
    throw new TypeError("A stream name must not begin with '$': such streams belong to the store.");
  if (!stream.isWellFormed())
    throw new TypeError('A stream name must be well-formed Unicode: it has a lone surrogate.');
  if (
    stream.length > MAX_STREAM_NAME_BYTES / 3 &&
    Buffer.byteLength(stream) > MAX_STREAM_NAME_BYTES
  )
    throw new TypeError(`A stream name must have at most ${MAX_STREAM_NAME_BYTES} bytes of UTF-8.`);
}

/** @throws TypeError when `category` is not `[A-Za-z][A-Za-z0-9_.]*`: EventStoreDB splits stream names at the first dash. */
export function assertCategory(category: unknown): asserts category is string {
  if (typeof category === 'string' && CATEGORY.test(category)) return;
  throw new TypeError(
    `Category '${String(category)}': write a letter, then letters, digits, '_' or '.'; no dash.`,
  );
}

/**
 * The stream of one aggregate: `category-id`.
 *
 * @throws TypeError when the category is malformed, the id is empty, or the whole is no stream name.
 */
export function streamName(category: string, id: string): string {
  assertCategory(category);
  if (typeof id !== 'string' || id === '') throw new TypeError('An id must be a non-empty string.');
  const stream = `${category}-${id}`;
  assertStreamName(stream);
  return stream;
}

/** What stands before the first dash of a stream's name; `undefined` where there is no dash. */
export function categoryOf(stream: string): string | undefined {
  const dash = stream.indexOf('-');
  return dash === -1 ? undefined : stream.slice(0, dash);
}

/** What stands behind the first dash of a stream's name; the whole name where there is no dash. */
export function aggregateIdOf(stream: string): string {
  return stream.slice(stream.indexOf('-') + 1);
}
