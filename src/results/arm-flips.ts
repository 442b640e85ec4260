/** People whom Amplitude moved between treatment and control, as this process has seen since it started. */
export type ArmFlips = {
  readonly count: (recommendation: string) => void;
  readonly of: (recommendation: string) => number;
};

export function createArmFlips(): ArmFlips {
  const flips = new Map<string, number>();
  return {
    count: (recommendation) => void flips.set(recommendation, (flips.get(recommendation) ?? 0) + 1),
    of: (recommendation) => flips.get(recommendation) ?? 0,
  };
}
