/** One answer, as it is counted. */
export type Answered = {
  readonly placement: string;
  readonly reason: string;
  /** `bypass` where nobody was looked up. */
  readonly cache: string;
};

/** What this process has seen since it started and results are to be read with. */
export type Tallies = {
  readonly countAnswer: (answer: Answered) => void;
  /** Amplitude moved somebody between treatment and control. */
  readonly countArmFlip: (recommendation: string) => void;
  /** Shares of a placement's answers by the reason of a fallback; null if there were none. */
  readonly fallbackShares: (placement: string) => Readonly<Record<string, number>> | null;
  readonly armFlips: (recommendation: string) => number;
};

/** With any other reason, an answer without look-up is one for a sample. */
const WITHOUT_LOOKUP: ReadonlySet<string> = new Set([
  'no_user',
  'unresolved_merge_tag',
  'invalid_user',
  'disabled',
]);

export function createTallies(): Tallies {
  const answers = new Map<string, Map<string, number>>();
  const flips = new Map<string, number>();
  return {
    countAnswer: ({ placement, reason, cache }) => {
      if (cache === 'bypass' && !WITHOUT_LOOKUP.has(reason)) return;
      const reasons = answers.get(placement) ?? new Map<string, number>();
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      answers.set(placement, reasons);
    },
    countArmFlip: (recommendation) => void flips.set(recommendation, (flips.get(recommendation) ?? 0) + 1),
    fallbackShares: (placement) => {
      const reasons = [...(answers.get(placement) ?? [])];
      const total = reasons.reduce((sum, [, count]) => sum + count, 0);
      if (total === 0) return null;
      const fallbacks = reasons.filter(([reason]) => reason !== 'recommended' && reason !== 'control');
      return Object.fromEntries(fallbacks.map(([reason, count]) => [reason, count / total]));
    },
    armFlips: (recommendation) => flips.get(recommendation) ?? 0,
  };
}
