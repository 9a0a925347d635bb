/** Hands a server's URL to the processes of samples: it may hold a password, and command lines are for all to see. */
const VARIABLE = 'EVERFOLD_BENCH_MONGODB';

/** Where the MongoDB is that the row of this sample has found. */
export function mongoUrl(): string {
  const url = process.env[VARIABLE];
  if (url === undefined) throw new Error('This sample is of a row that finds a MongoDB first.');
  return url;
}

/** Tells the samples that are taken meanwhile. */
export async function withMongoUrl<R>(url: string, use: () => Promise<R>): Promise<R> {
  process.env[VARIABLE] = url;
  try {
    return await use();
  } finally {
    delete process.env[VARIABLE];
  }
}
