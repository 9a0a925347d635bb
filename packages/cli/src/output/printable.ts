// What a terminal would act on instead of showing it: C0 and C1 controls, and the marks that turn text around.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ACTIVE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A stored text as it may be shown: control characters as `\u001b`, so that no stored name can move a terminal's cursor. */
export function printable(text: string): string {
  return text.replace(ACTIVE, (it) => `\\u${it.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A value as one line of JSON that may be shown. */
export function printableJson(value: unknown): string {
  return printable(JSON.stringify(value));
}

/** `1234567` as `1,234,567`, on every machine alike. */
export function grouped(count: number): string {
  return Math.floor(count).toLocaleString('en-US');
}

/** Milliseconds as people say them: `340 ms`, `12.5 s`, `3 min 20 s`, `2 h 05 min`. */
export function spoken(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
