/** @internal Resolves when something has ended, or has taken so many milliseconds. */
export async function within(ended: Promise<void>, ms: number): Promise<void> {
  if (ms === 0) return;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([ended, late]).finally(() => clearTimeout(timer));
}
