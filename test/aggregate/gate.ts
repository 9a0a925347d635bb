/** Lets nobody through before so many have come. */
export function gate(size: number): () => Promise<void> {
  let arrived = 0;
  let open: (() => void) | undefined;
  const opening = new Promise<void>((resolve) => {
    open = resolve;
  });
  return async () => {
    arrived += 1;
    if (arrived >= size) open?.();
    await opening;
  };
}
