import { encodeEvent } from '../event/codec.js';
import { UnserializableEventError } from '../event/errors.js';
import type { Json } from '../event/json.js';
import { findJsonProblem } from '../event/json.js';

/** What is compared of an event. */
export interface Raised {
  readonly type: string;
  readonly data: Json;
}

/** An event as it would come back from a store. */
export function storedForm(event: object): Raised & { readonly version: number } {
  const { type, version, data } = encodeEvent(event, { id: '', metadata: { correlationId: '' } });
  const problem = findJsonProblem(data, 'data');
  if (problem !== undefined) throw new UnserializableEventError(type, problem.path, problem.reason);
  return { type, version, data: JSON.parse(JSON.stringify(data)) as Json };
}
