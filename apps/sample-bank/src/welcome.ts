import type { Configuration } from './configuration/configuration.js';
import { newAccountId } from './http/idempotency.js';

const KEY = 'my-first-account';

/** What the bank prints when it is ready: where it listens, where the data lies, and three commands that work when pasted. */
export function welcome(url: string, { eventStore, dataDir }: Configuration): string {
  const account = `${url}/accounts/${newAccountId(KEY)}`;
  const json = "-H 'Content-Type: application/json'";
  return [
    `listening on ${url}`,
    eventStore === 'memory'
      ? 'data is in memory and gone when the bank stops'
      : `data lies in ${dataDir}`,
    'try:',
    `curl -i ${json} -H 'Idempotency-Key: ${KEY}' -d '{"owner":"Ada","currency":"EUR"}' '${url}/accounts'`,
    `curl -i ${json} -d '{"amount":2500,"reference":"pocket money"}' '${account}/deposits'`,
    `curl -i '${account}'`,
    '',
  ].join('\n');
}
