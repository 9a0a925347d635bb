import { PassThrough } from 'node:stream';
import { Output } from './output.js';

/** A terminal as far as a bar needs one. */
function terminal() {
  let text = '';
  const stream = Object.assign(new PassThrough(), {
    isTTY: true,
    columns: 120,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
  });
  stream.setEncoding('utf8').on('data', (it: string) => {
    text += it;
  });
  return { stream, text: () => text };
}

function outputTo(stderr: PassThrough, options: { json?: boolean; quiet?: boolean } = {}) {
  const { signal } = new AbortController();
  const all = { json: false, quiet: false, verbose: false, ...options };
  return new Output(new PassThrough(), stderr, all, signal);
}

describe('Progress on a terminal', () => {
  it('is a bar with rate and time left', async () => {
    const { stream, text } = terminal();
    const display = outputTo(stream).progress();

    display.update({ phase: 'filling', done: 0, total: 1_000 });
    await new Promise((resolve) => setImmediate(resolve));
    display.update({ phase: 'filling', done: 250, total: 1_000 });
    display.close();

    expect(text()).toMatch(/filling {2}█{6}░{18} {2}25% {2}250\/1,000 {2}[\d,]+\/s {2}\d+ ms left/);
  });

  it('says which total is a guess', () => {
    const { stream, text } = terminal();
    const display = outputTo(stream).progress();

    display.update({ phase: 'filling', done: 250, total: 1_000, isEstimate: true });
    display.close();

    expect(text()).toMatch(/filling {2}█{6}░{18} {2}25% {2}250\/~1,000/);
  });

  it('counts where no total is known', () => {
    const { stream, text } = terminal();
    const display = outputTo(stream).progress();

    display.update({ phase: 'reading', done: 1_234 });
    display.close();

    expect(text()).toContain('reading  1,234');
    expect(text()).not.toContain('%');
  });

  it('has a total that grows with what was done', () => {
    const { stream, text } = terminal();
    const display = outputTo(stream).progress();

    display.update({ phase: 'folding', done: 12, total: 9 });
    display.close();

    expect(text()).toMatch(/folding {2}█{24} 100% {2}12\/12/);
  });

  it('is the name alone of a phase in which nothing is counted', () => {
    const { stream, text } = terminal();
    const display = outputTo(stream).progress();

    display.update({ phase: 'switching', done: 0 });
    display.close();

    expect(text()).toMatch(/switching(?! {2}0)/);
  });

  it('gives the cursor back, and leaves no timer', () => {
    const { stream, text } = terminal();
    const display = outputTo(stream).progress();

    display.update({ phase: 'reading', done: 1 });
    display.close();
    display.close();

    expect(text().lastIndexOf('\u001b[?25h')).toBeGreaterThan(text().lastIndexOf('\u001b[?25l'));
  });

  it('is silent when nobody wants it, and JSON with --json', () => {
    const silent = terminal();
    const json = terminal();

    for (const display of [
      outputTo(silent.stream, { quiet: true }).progress(),
      outputTo(json.stream, { json: true }).progress(),
    ]) {
      display.update({ phase: 'reading', done: 1 });
      display.close();
    }

    expect(silent.text()).toBe('');
    expect(JSON.parse(json.text())).toMatchObject({ progress: { phase: 'reading', done: 1 } });
  });
});

describe('Progress elsewhere', () => {
  function told(step: { phase: string; done: number; total?: number }, json: boolean): string {
    const stderr = new PassThrough().setEncoding('utf8');
    const display = outputTo(stderr, { json }).progress();
    display.update(step);
    display.close();
    return String(stderr.read());
  }

  it('has a total that grows with what was done', () => {
    const step = { phase: 'folding', done: 1_246, total: 933 };

    expect(told(step, false)).toBe('folding: 1,246 of 1,246\n');
    expect(JSON.parse(told(step, true)).progress).toMatchObject({ done: 1_246, total: 1_246 });
  });

  it('is the name alone of a phase in which nothing is counted', () => {
    expect(told({ phase: 'handing over', done: 0 }, false)).toBe('handing over\n');
    expect(told({ phase: 'filling', done: 0, total: 7 }, false)).toBe('filling: 0 of 7\n');
  });
});
