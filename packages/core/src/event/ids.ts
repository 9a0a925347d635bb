import { v7 } from 'uuid';

/** Makes ids for events. Injected where tests want known ones. */
export type IdGenerator = () => string;

/** A new UUID of version 7 (RFC 9562): ids made later in this process sort later. */
export const newEventId: IdGenerator = () => v7();

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether `value` is a UUID of any version, written in lower case. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}
