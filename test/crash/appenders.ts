import { within } from '../embedded/patience.js';
import type { Processes, StoreProcess } from '../embedded/processes.js';
import type { Random } from '../embedded/random.js';
import type { Ledger } from './ledger.js';

/**
 * `bulk` appends thousands of events to hundreds of new streams at once; `many` has so many small appends in flight that commits
 * follow each other before the one in front has landed.
 */
export type Profile = 'mixed' | 'bulk' | 'many';

/** A process that appends, several at once and without end, and says what it begins and what was acknowledged. */
export class Appender {
  readonly #ledger: () => Ledger | undefined;
  /** Acknowledgements read from it. */
  acknowledged = 0;
  /** What kinds of messages it has sent. */
  readonly said = new Set<string>();
  /** Called on each acknowledgement, as soon as it is read. */
  onAcknowledged: () => void = () => undefined;
  #process: StoreProcess | undefined;

  constructor(
    /** Tells its appends from those of others. */
    readonly number: number,
    ledger: () => Ledger | undefined,
  ) {
    this.#ledger = ledger;
  }

  get process(): StoreProcess {
    if (this.#process === undefined) throw new Error('Not started.');
    return this.#process;
  }

  async start(processes: Processes): Promise<this> {
    const onSaid = (message: Readonly<Record<string, unknown>>): void => {
      for (const key of Object.keys(message)) this.said.add(key);
      if (this.#ledger()?.take(message) !== true) return;
      this.acknowledged += 1;
      this.onAcknowledged();
    };
    this.#process = await processes.start({ script: 'appender.mjs', onSaid });
    return this;
  }
}

/** Appenders, of which one is always started ahead: a process takes longer to start than to be killed. */
export class Appenders {
  readonly #processes: Processes;
  readonly #random: Random;
  #spare: { appender: Promise<Appender>; give: (ledger: Ledger) => void } | undefined;
  #numbers = 0;

  constructor(processes: Processes, random: Random) {
    this.#processes = processes;
    this.#random = random;
  }

  /** One that tells a ledger what it does, as soon as it is told to go. */
  async take(ledger: Ledger): Promise<Appender> {
    const { appender, give } = this.#spare ?? this.#prepare();
    give(ledger);
    const taken = await appender;
    this.#spare = this.#prepare();
    return taken;
  }

  /** Forgets the one started ahead: it has been ended. */
  forget(): void {
    this.#spare = undefined;
  }

  /** Lets one append. Resolves to the number of its appends when it has stopped; never when it is killed. */
  async go({ process, number }: Appender, folder: string, profile: Profile): Promise<number> {
    const seed = this.#random.below(2 ** 32);
    const appends = process.call<number>('go', { folder, number, profile, seed });
    return appends.catch(() => new Promise<number>(() => undefined));
  }

  /** Lets one append, kills it as soon as so many acknowledgements were read, and reads the rest of what it said. */
  async killAfter(
    appender: Appender,
    acknowledgements: number,
    { folder, profile }: { folder: string; profile: Profile },
  ): Promise<void> {
    const { process } = appender;
    appender.onAcknowledged = () => {
      if (appender.acknowledged === acknowledgements) process.kill('SIGKILL');
    };
    void this.go(appender, folder, profile);
    const { signal } = await within('the end of the killed process', process.ended, 60_000);
    if (signal !== 'SIGKILL' || process.errors !== '')
      throw new Error(`A process that appends ended by itself: ${process.errors}`);
  }

  #prepare(): { appender: Promise<Appender>; give: (ledger: Ledger) => void } {
    this.#numbers += 1;
    let ledger: Ledger | undefined;
    const appender = new Appender(this.#numbers, () => ledger).start(this.#processes);
    appender.catch(() => undefined);
    return {
      appender,
      give: (given) => {
        ledger = given;
      },
    };
  }
}
