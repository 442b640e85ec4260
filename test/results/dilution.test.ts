import { describe, expect, it } from 'vitest';
import { createArmFlips } from '../../src/results/arm-flips.ts';
import { estimateDilution } from '../../src/results/dilution.ts';
import { sharesOfFallbacks } from '../../src/results/fallback-shares.ts';

describe('people who were to see the recommendation and got the baseline', () => {
  it('without content are all of the treatment', () => {
    // Of 100 answers 10 lack content; of the other 90, 9 are control's: 10 of 91 were not treated.
    const { share, undilutedLift } = estimateDilution({ no_content: 0.1 }, 0.1, 0.2) ?? {};
    expect(share).toBeCloseTo(10 / 91, 12);
    expect(undilutedLift).toBeCloseTo(0.2 / (81 / 91), 12);
  });

  it('after a failed call are of both arms, as they are in size', () => {
    const fallbacks = { timeout: 0.1, upstream_error: 0.05, invalid_response: 0.05 };
    expect(estimateDilution(fallbacks, 0.5, null)).toEqual({ share: 0.2, undilutedLift: null });
  });

  it('are none where nobody was exposed', () => {
    const fallbacks = { throttled: 0.2, circuit_open: 0.1, no_user: 0.1, unknown_user: 0.1, disabled: 0.1 };
    expect(estimateDilution(fallbacks, 0.1, 0.2)).toBeNull();
    expect(estimateDilution({}, 0.1, 0.2)).toBeNull();
    expect(estimateDilution({ no_content: 0.0001 }, 0.1, 0.2)).toBeNull();
  });

  it('are everybody where nobody was treated, and no lift is left to be known', () => {
    expect(estimateDilution({ no_content: 1 }, 0.1, 0.2)).toEqual({ share: 1, undilutedLift: null });
  });
});

describe('answers by reason', () => {
  it('give the shares of fallbacks', () => {
    const reasons = { recommended: 2, control: 1, throttled: 2, timeout: 1, no_content: 1 };
    expect(sharesOfFallbacks(reasons)).toEqual({ throttled: 2 / 7, timeout: 1 / 7, no_content: 1 / 7 });
    expect(sharesOfFallbacks({ control: 3 })).toEqual({});
    expect(sharesOfFallbacks({})).toBeNull();
  });
});

describe('people whom Amplitude moved', () => {
  it('are counted by recommendation', () => {
    const flips = createArmFlips();
    flips.count('s234ssg');
    flips.count('s234ssg');
    expect([flips.of('s234ssg'), flips.of('other')]).toEqual([2, 0]);
  });
});
