import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** What a bank answered. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body; `undefined` when there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: the specs say what they expect in it
  readonly body: any;
}

/** A request as it goes out, byte for byte: Node's own client adds nothing that was not asked for. */
export interface Sent {
  readonly headers?: OutgoingHttpHeaders | undefined;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is; in several chunks when it is a list. */
  readonly raw?: string | Buffer | readonly (string | Buffer)[] | undefined;
}

/** Sends one request on a connection of its own. */
export async function send(
  url: string,
  method: string,
  path: string,
  sent: Sent = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const { headers, chunks } = encoded(sent);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { hostname, port, method, path, headers, agent: false },
      (incoming) => {
        text(incoming).then((body) => {
          const { statusCode: status = 0, headers: answered } = incoming;
          resolve({ status, headers: answered, text: body, body: parsed(body) });
        }, reject);
      },
    );
    outgoing.on('error', reject);
    for (const chunk of chunks) outgoing.write(chunk);
    outgoing.end();
  });
}

function encoded({ headers = {}, json, raw }: Sent) {
  const body = json === undefined ? raw : JSON.stringify(json);
  const type = json === undefined ? {} : { 'Content-Type': 'application/json' };
  if (body === undefined) return { headers, chunks: [] };
  if (typeof body !== 'string' && !Buffer.isBuffer(body)) return { headers, chunks: body };
  const length = { 'Content-Length': Buffer.byteLength(body) };
  return { headers: { ...type, ...length, ...headers }, chunks: [body] };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
