/** A clock that only moves when it is told to. Milliseconds. */
export type Clock = { readonly now: () => number; readonly advance: (ms: number) => void };

export function createClock(): Clock {
  let ms = 1_000_000;
  return {
    now: () => ms,
    advance: (by) => {
      ms += by;
    },
  };
}
