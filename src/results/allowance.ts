// What Amplitude lets a project ask of its Dashboard REST API. It counts what everybody in the project asks; here is
// counted what this process does, and what others take shows as a 429.

/** Limits of cost in any such time, in milliseconds. */
const LIMITS = [
  { cost: 1_000, ms: 300_000 },
  { cost: 108_000, ms: 3_600_000 },
] as const;

/** More than this no question can cost, however long one waits. */
export const MAX_COST: number = Math.min(...LIMITS.map(({ cost }) => cost));

/** A question counts there when it arrives, which is later than it left. */
const MARGIN_MS = 5_000;

export type Allowance = {
  /** Counts the cost, or says in how many milliseconds there may be room for it. */
  readonly take: (cost: number) => { readonly waitMs: number } | null;
  /** Amplitude said that it is enough for now. */
  readonly pause: (ms: number) => void;
};

/** `now` is a monotonic clock in milliseconds. */
export function createAllowance(now: () => number): Allowance {
  let spent: { readonly cost: number; readonly atMs: number }[] = [];
  let pausedUntil = Number.NEGATIVE_INFINITY;

  /** When there is room for so much within one limit. */
  const freeAt = (cost: number, limit: (typeof LIMITS)[number], nowMs: number): number => {
    const counting = spent.filter(({ atMs }) => nowMs - atMs < limit.ms + MARGIN_MS);
    let excess = counting.reduce((sum, one) => sum + one.cost, cost) - limit.cost;
    for (const one of counting) {
      if (excess <= 0) break;
      excess -= one.cost;
      if (excess <= 0) return one.atMs + limit.ms + MARGIN_MS;
    }
    return nowMs;
  };

  return {
    take: (cost) => {
      const nowMs = now();
      spent = spent.filter(({ atMs }) => nowMs - atMs < Math.max(...LIMITS.map(({ ms }) => ms)) + MARGIN_MS);
      const readyAt = Math.max(pausedUntil, ...LIMITS.map((limit) => freeAt(cost, limit, nowMs)));
      if (readyAt > nowMs) return { waitMs: readyAt - nowMs };
      spent.push({ cost, atMs: nowMs });
      return null;
    },
    pause: (ms) => {
      pausedUntil = Math.max(pausedUntil, now() + ms);
    },
  };
}
