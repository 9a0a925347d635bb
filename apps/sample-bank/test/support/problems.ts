import type { Answer } from './http-client.js';

/** The code of a problem; a sentence when the answer is not a whole problem as the contract has it. */
export function codeOf({ status, headers, body, text }: Answer): string {
  const code = /^urn:everfold:bank:([a-z-]+)$/.exec(body?.type)?.[1];
  const isWhole =
    code !== undefined &&
    /^application\/problem\+json\b/.test(headers['content-type'] ?? '') &&
    body.status === status &&
    [body.title, body.detail, body.instance].every(
      (part) => typeof part === 'string' && part !== '',
    );
  return isWhole ? code : `no problem: ${status} ${text}`;
}
