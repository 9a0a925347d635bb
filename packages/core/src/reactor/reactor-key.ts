import { v5 } from 'uuid';

/** Chosen once, at random. With another one every key would change, and with it what receivers take for a repeat. */
const NAMESPACE = 'ab9efcd8-9f26-466e-a534-a52a7b9e8f91';

/**
 * The idempotency key of an event for a reactor: the UUID of version 5 (RFC 9562) of `<reactor>/<event id>` in the namespace
 * `ab9efcd8-9f26-466e-a534-a52a7b9e8f91`. The same for ever, on any machine; two reactors never have one in common.
 */
export function reactorKey(reactor: string, eventId: string): string {
  return v5(`${reactor}/${eventId}`, NAMESPACE);
}
