// Jest's globalSetup: one MongoDB for all spec files of a run. `globalTeardown` is jest-unshare.mjs.
import { shareMongo } from './mongodb.mjs';

let unshare = async () => undefined;

export default async function share() {
  unshare = await shareMongo();
}

export function end() {
  return unshare();
}
