import { describeExactlyOnce } from './exactly-once.js';

/** Kills and pauses: a hundred in all. */
const EFFORTS = {
  atomic: { rounds: 60, zombies: 20 },
  guarded: { rounds: 40, zombies: 20 },
};

describe.each(['atomic', 'guarded'] as const)('Read models that are written %s', (commit) => {
  describeExactlyOnce(commit, () => commit, EFFORTS[commit]);
});
