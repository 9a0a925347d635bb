import fc from 'fast-check';
import { grouped, printable, printableJson, spoken } from './printable.js';
import { jsonLine, ProgressLines } from './progress.js';
import { RateMeter } from './rate-meter.js';
import { facts, table } from './table.js';

describe('What is printed for people', () => {
  it('holds no control character, whatever was stored', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const controls = [...printable(text)].filter((it) => /\p{Cc}/u.test(it));

        expect(controls).toEqual([]);
      }),
    );
  });

  it('shows what a terminal would act on', () => {
    expect(printable('a\u001b[31mb\u009b\u202ec')).toBe('a\\u001b[31mb\\u009b\\u202ec');
    expect(printableJson({ text: '\u007f' })).toBe('{"text":"\\u007f"}');
  });

  it.each([
    [0, '0 ms'],
    [340, '340 ms'],
    [2_500, '2.5 s'],
    [42_000, '42 s'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 05 min'],
  ])('says %d ms as %s', (ms, said) => {
    expect(spoken(ms)).toBe(said);
  });

  it('groups digits', () => {
    expect(grouped(1_234_567.8)).toBe('1,234,567');
  });

  it('stands in columns', () => {
    expect(
      table(
        ['NAME', 'LAG'],
        [
          ['a', 1],
          ['longer', 'unknown'],
        ],
      ),
    ).toBe('NAME    LAG\na       1\nlonger  unknown');
    expect(
      facts([
        ['name', 'a\u001b'],
        ['position', 7],
      ]),
    ).toBe('name      a\\u001b\nposition  7');
  });
});

describe('A rate', () => {
  let now = 0;
  const clock = () => now;

  beforeEach(() => {
    now = 0;
  });

  it('is unknown before anything was measured', () => {
    expect(new RateMeter(clock).at(0, 100)).toEqual({ rate: undefined, etaMs: undefined });
  });

  it('tells when the total is reached', () => {
    const meter = new RateMeter(clock);
    meter.at(0, 1_000);
    now = 2_000;

    expect(meter.at(200, 1_000)).toEqual({ rate: 100, etaMs: 8_000 });
  });

  it('looks back ten seconds, however often it is asked', () => {
    const meter = new RateMeter(clock);
    for (now = 0; now < 60_000; now += 5) meter.at(now < 30_000 ? 0 : now - 30_000);

    const { rate } = meter.at(30_000);

    expect(rate).toBeGreaterThan(950);
    expect(rate).toBeLessThan(1_050);
  });

  it('tells no time while nothing moves', () => {
    const meter = new RateMeter(clock);
    const begun = meter.at(5, 10);
    now = 1_000;
    const still = meter.at(5, 10);
    now = 2_000;
    meter.at(6, 10);
    now = 15_000;
    meter.at(6, 10);
    now = 30_000;

    const stuck = meter.at(6, 10);

    expect([begun.rate, still.rate]).toEqual([undefined, undefined]);
    expect(stuck).toEqual({ rate: 0, etaMs: undefined });
  });
});

describe('Progress in a pipe', () => {
  it('is a line each five seconds, one a phase, and one at the end', () => {
    let now = 0;
    const lines: string[] = [];
    const display = new ProgressLines(
      (it) => void lines.push(it),
      () => now,
    );

    for (let done = 0; done <= 1_200; done += 100, now += 1_000)
      display.update({ phase: 'filling', done, total: 2_000 });
    display.update({ phase: 'switching', done: 0 });
    display.close();
    display.close();

    expect(lines).toEqual([
      'filling: 500 of 2,000  100/s  15 s left',
      'filling: 1,000 of 2,000  100/s  10 s left',
      'filling: 1,200 of 2,000  90/s  8.9 s left',
      'switching',
    ]);
  });

  it('is JSON where that is asked for', () => {
    const line = jsonLine({ phase: 'p', done: 1, total: 3 }, { rate: 1.4, etaMs: undefined });

    expect(JSON.parse(line)).toEqual({
      progress: { phase: 'p', done: 1, total: 3, ratePerSecond: 1 },
    });
  });
});
