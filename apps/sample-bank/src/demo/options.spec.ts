import { readOptions, UsageError } from './options.js';

describe('The options of the demo', () => {
  it('have values for everything, and another seed each time', () => {
    const [one, other] = [readOptions([]), readOptions([])];

    expect(one).toEqual({
      url: 'http://127.0.0.1:3000',
      rate: 50,
      duration: undefined,
      seed: expect.any(Number),
    });
    expect(one?.seed).not.toBe(other?.seed);
  });

  it('are taken as they are given', () => {
    const options = readOptions([
      '--url=https://bank.example/',
      '--rate',
      '0.5',
      '--seed',
      '7',
      '--duration',
      '10',
    ]);

    expect(options).toEqual({ url: 'https://bank.example', rate: 0.5, seed: 7, duration: 10 });
  });

  it('are nothing when help is asked for', () => {
    expect(readOptions(['--help'])).toBeUndefined();
  });

  it.each([
    ['--rate', '0'],
    ['--rate', 'fast'],
    ['--rate', '1e9'],
    ['--rate', '10001'],
    ['--seed', '-1'],
    ['--seed', '1.5'],
    ['--seed', '12345678901'],
    ['--duration', '0'],
    ['--duration', 'Infinity'],
    ['--url', 'localhost:3000'],
    ['--url', 'ftp://127.0.0.1'],
    ['--speed', '5'],
    ['fast'],
    ['--rate'],
  ])('refuse %s %s', (...args) => {
    expect(() => readOptions(args)).toThrow(UsageError);
  });
});
