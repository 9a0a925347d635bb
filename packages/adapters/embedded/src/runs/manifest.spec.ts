import {
  decodeManifest,
  encodeManifest,
  hasSlotFor,
  type Manifest,
  mergesOf,
  NOTHING_INDEXED,
  nextWindow,
  withRun,
} from './manifest.js';
import { FAN_OUT, type Run, windowsOf } from './run.js';

function run(level: number, number: number): Run {
  return { level, number };
}

function manifestOf(...runs: readonly Run[]): Manifest {
  return { mark: 7, windows: runs.reduce((end, one) => Math.max(end, windowsOf(one).to), 0), runs };
}

function runsOf(level: number, from: number, count: number): readonly Run[] {
  return Array.from({ length: count }, (_, index) => run(level, from + index));
}

describe('The manifest of the index', () => {
  it('is what was stored', () => {
    const manifest = manifestOf(run(1, 0), run(0, 8), run(0, 9));

    expect(decodeManifest(encodeManifest(manifest))).toEqual(manifest);
    expect(decodeManifest(encodeManifest(NOTHING_INDEXED))).toEqual(NOTHING_INDEXED);
  });

  it.each([
    ['missing', undefined],
    ['changed', Buffer.from('manifest')],
  ])('is refused when it is %s', (_, bytes) => {
    expect(() => decodeManifest(bytes)).toThrow(
      expect.objectContaining({ code: 'STORE_CORRUPTED', position: '0000000000000001' }),
    );
  });

  it('goes on with the window behind the last one', () => {
    expect(nextWindow(NOTHING_INDEXED)).toEqual(run(0, 0));
    expect(nextWindow(manifestOf(run(1, 0), run(0, 8)))).toEqual(run(0, 9));
  });

  it('merges a run when all its parts are there, the smallest first', () => {
    expect(mergesOf(manifestOf(...runsOf(0, 0, FAN_OUT - 1)))).toEqual([]);
    expect(mergesOf(manifestOf(...runsOf(0, 0, FAN_OUT + 1)))).toEqual([run(1, 0)]);
    expect(
      mergesOf(manifestOf(...runsOf(1, 0, FAN_OUT), ...runsOf(0, 8 * FAN_OUT, 2 * FAN_OUT))),
    ).toEqual([run(1, 8), run(1, 9), run(2, 0)]);
    expect(mergesOf(manifestOf(...runsOf(0, FAN_OUT - 1, FAN_OUT)))).toEqual([]);
  });

  it('puts a merged run in the place of its parts, in the order of the log', () => {
    const large = runsOf(1, 0, FAN_OUT);
    const small = runsOf(0, 8 * FAN_OUT, FAN_OUT);
    const first = withRun(manifestOf(...large, ...small), run(1, 8), 8);
    const second = withRun(first, run(2, 0), 9);

    expect(first).toEqual({ mark: 8, windows: 9 * FAN_OUT, runs: [...large, run(1, 8)] });
    expect(second).toEqual({ mark: 9, windows: 9 * FAN_OUT, runs: [run(2, 0), run(1, 8)] });
  });

  it('counts a window, and keeps what it has', () => {
    expect(withRun(manifestOf(run(1, 0)), run(0, 8), 9)).toEqual({
      mark: 9,
      windows: 9,
      runs: [run(1, 0), run(0, 8)],
    });
  });

  it('has no place for a run as long as the one is in use that stands there', () => {
    const manifest = manifestOf(...runsOf(0, 0, 2 * FAN_OUT));

    expect(hasSlotFor(manifest, run(0, 2 * FAN_OUT))).toBe(false);
    expect(hasSlotFor(withRun(manifest, run(1, 0), 8), run(0, 2 * FAN_OUT))).toBe(true);
    expect(hasSlotFor(manifest, run(1, 2 * FAN_OUT))).toBe(true);
  });
});
