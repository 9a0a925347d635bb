import { sampleAppend, sampleSeed } from './append.js';
import { sampleCommand } from './command.js';
import { sampleHttpDeposit } from './http-deposit.js';
import { sampleIdleCpu } from './idle-cpu.js';
import { sampleLag } from './lag.js';
import { sampleNotify } from './notify.js';
import { sampleRead, sampleScan } from './read.js';
import { sampleRebuild } from './rebuild.js';
import { sampleRebuildMongodb } from './rebuild-mongodb.js';
import { sampleRss } from './rss.js';
import type { Sample, Sampled } from './sample.js';
import { sampleWriters } from './writers.js';

/** Takes one sample in this process. */
export function take(sample: Sample): Promise<Sampled> {
  switch (sample.kind) {
    case 'append':
      return sampleAppend(sample);
    case 'seed':
      return sampleSeed(sample);
    case 'scan':
      return sampleScan(sample);
    case 'read':
      return sampleRead(sample);
    case 'command':
      return sampleCommand(sample);
    case 'notify':
      return sampleNotify(sample);
    case 'idle-cpu':
      return sampleIdleCpu(sample);
    case 'rss':
      return sampleRss(sample);
    case 'writers':
      return sampleWriters(sample);
    case 'http-deposit':
      return sampleHttpDeposit(sample);
    case 'rebuild':
      return sampleRebuild(sample);
    case 'rebuild-mongodb':
      return sampleRebuildMongodb(sample);
    case 'lag':
      return sampleLag(sample);
  }
}
