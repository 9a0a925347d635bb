/** How much is done: a look in a minute or two, the table, or the table with what takes long. */
export type ScaleName = 'quick' | 'normal' | 'long';

/** The sizes of one scale. */
export interface Scale {
  readonly name: ScaleName;
  /** How often each contender has its turn. */
  readonly rounds: number;
  /** Multiplies counts of events, appends and commands. */
  readonly size: number;
  /** A slow peer's turn ends after so many ms. */
  readonly peerMs: number;
  readonly notifyAppends: number;
  readonly idleMs: number;
  readonly rssEvents: number;
}

const MILLION = 1_000_000;

/** The sizes of each scale. */
export const scales: Readonly<Record<ScaleName, Scale>> = {
  quick: {
    name: 'quick',
    rounds: 3,
    size: 0.5,
    peerMs: 1_000,
    notifyAppends: 100,
    idleMs: 4_000,
    rssEvents: 0.4 * MILLION,
  },
  normal: {
    name: 'normal',
    rounds: 5,
    size: 1,
    peerMs: 2_000,
    notifyAppends: 400,
    idleMs: 10_000,
    rssEvents: MILLION,
  },
  long: {
    name: 'long',
    rounds: 5,
    size: 1,
    peerMs: 2_000,
    notifyAppends: 1_000,
    idleMs: 30_000,
    rssEvents: 2 * MILLION,
  },
};
