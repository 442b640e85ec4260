import { describe, expect, it } from 'vitest';
import { checkSampleRatio } from '../../src/results/sample-ratio.ts';

const check = (control: number, treatment: number, share: number | null) =>
  checkSampleRatio(
    { control: { users: control, conversions: 0 }, treatment: { users: treatment, conversions: 0 } },
    share,
  );

describe('the size of control', () => {
  it('is compared by chi-square: 450 of 5000 are too few for a tenth', () => {
    // (450 − 500)²/500 + (4550 − 4500)²/4500 = 5.5556; beyond that lie 1.8422 % (NIST 1.3.6.7.4).
    const { expectedShare, observedShare, chiSquare, pValue, isMismatch } = check(450, 4_550, 0.1);
    expect([expectedShare, observedShare]).toEqual([0.1, 0.09]);
    expect(chiSquare).toBeCloseTo(5.555556, 6);
    expect(pValue).toBeCloseTo(0.018422, 5);
    expect(isMismatch).toBe(false);
    expect(check(440, 4_560, 0.1).isMismatch).toBe(true);
    expect(check(560, 4_440, 0.1).isMismatch).toBe(true);
  });

  it('is exactly right', () => {
    expect(check(500, 4_500, 0.1)).toMatchObject({ chiSquare: 0, pValue: 1, isMismatch: false });
  });

  it.each<[string, Parameters<typeof check>, number | null]>([
    ['nobody says how large it should be', [500, 4_500, null], 0.1],
    ['there is nobody', [0, 0, 0.1], null],
    ['there are too few people', [4, 45, 0.1], 4 / 49],
  ])('is not judged where %s', (_case, arms, observedShare) => {
    expect(check(...arms)).toMatchObject({ observedShare, chiSquare: null, pValue: null, isMismatch: null });
  });
});
