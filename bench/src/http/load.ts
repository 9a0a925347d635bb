import autocannon from 'autocannon';

/** What goes over the connections. */
export interface HttpLoad {
  /** Without a trailing slash. */
  readonly url: string;
  readonly connections: number;
  readonly requests: number;
  /** The accounts that are deposited into, each connection into a part of its own, in turns. */
  readonly accounts: readonly string[];
}

/** What came back. */
export interface HttpLoaded {
  readonly requestsPerSecond: number;
  /** From the request to the end of the answer, of each request, in ms. */
  readonly latencies: readonly number[];
}

/**
 * Deposits over HTTP, one request at a time on each connection.
 *
 * @throws Error when an answer is not 201, or a connection fails.
 */
export async function deposit(load: HttpLoad): Promise<HttpLoaded> {
  const { url, connections, requests } = load;
  const latencies: number[] = [];
  let client = 0;
  const begun = performance.now();
  let ended = begun;
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const running = autocannon(
      {
        url,
        connections,
        amount: requests,
        // Nothing is taken for lost because a machine is slow.
        timeout: 120,
        setupClient: (each) => {
          each.setRequests(requestsOf(load, client));
          client += 1;
        },
      },
      (error, done) => (error ? reject(error) : resolve(done)),
    );
    running.on('response', (_client, _status, _bytes, ms) => {
      latencies.push(ms);
      ended = performance.now();
    });
  });
  assertFlawless(result, latencies.length, requests);
  return { requestsPerSecond: (requests * 1_000) / (ended - begun), latencies };
}

function requestsOf({ accounts, connections }: HttpLoad, client: number): autocannon.Request[] {
  return accounts
    .filter((_, index) => index % connections === client)
    .map((account, index) => ({
      method: 'POST',
      path: `/accounts/${account}/deposits`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ amount: 1 + index, reference: `deposit ${index} of ${client}` }),
    }));
}

function assertFlawless(result: autocannon.Result, answers: number, requests: number): void {
  const { errors, timeouts, statusCodeStats = {} } = result;
  const created = statusCodeStats['201']?.count ?? 0;
  if (errors === 0 && answers === requests && created === requests) return;
  const statuses = JSON.stringify(statusCodeStats);
  throw new Error(
    `${requests} requests got ${answers} answers (${statuses}), ${errors} errors, ${timeouts} of them timeouts.`,
  );
}
