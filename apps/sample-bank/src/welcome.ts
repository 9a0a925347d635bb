import type { Configuration } from './configuration/configuration.js';
import { newAccountId } from './http/idempotency.js';

const KEY = 'my-first-account';

/** What the bank prints when it is ready: where it listens, where the data lies, and three commands that work when pasted. */
export function welcome(url: string, configuration: Configuration): string {
  const account = `${url}/accounts/${newAccountId(KEY)}`;
  const json = "-H 'Content-Type: application/json'";
  return [
    `listening on ${url}`,
    ...placesOf(configuration),
    'try:',
    `curl -i ${json} -H 'Idempotency-Key: ${KEY}' -d '{"owner":"Ada","currency":"EUR"}' '${url}/accounts'`,
    `curl -i ${json} -d '{"amount":2500,"reference":"pocket money"}' '${account}/deposits'`,
    `curl -i '${account}'`,
    '',
  ].join('\n');
}

function placesOf(configuration: Configuration): readonly string[] {
  const { eventStore, readModels, dataDir, mongodbUrl = '' } = configuration;
  const data =
    eventStore === 'memory'
      ? 'data is in memory and gone when the bank stops'
      : `data lies in ${dataDir}`;
  if (readModels !== 'mongodb') return [data];
  return [data, `read models lie in MongoDB at ${withoutSecrets(mongodbUrl)}`];
}

/** Hosts and database: credentials stand before them, and may stand among the options behind. */
function withoutSecrets(url: string): string {
  return url.replace(/^[^:]+:\/\/(?:[^/?]*@)?/, '').replace(/\?.*$/, '');
}
