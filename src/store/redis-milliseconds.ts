/** Redis counts whole milliseconds. */
export function wholeMs(ms: number): number {
  return Math.max(0, Math.ceil(ms));
}

/** It refuses to keep a key for none. */
export function keyMs(ms: number): number {
  return Math.max(1, wholeMs(ms));
}
