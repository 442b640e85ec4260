import { describe, expect, it } from 'vitest';
import { estimateDilution } from '../../src/results/dilution.ts';
import { createTallies } from '../../src/results/tallies.ts';

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

describe('what this process has answered', () => {
  it('gives the shares of fallbacks, by placement', () => {
    const { countAnswer, fallbackShares } = createTallies();
    const reasons = [
      'recommended',
      'recommended',
      'control',
      'throttled',
      'timeout',
      'no_content',
      'throttled',
    ];
    for (const reason of reasons) countAnswer({ placement: 'hero', reason, cache: 'miss' });
    countAnswer({ placement: 'strip', reason: 'control', cache: 'pinned' });
    expect(fallbackShares('hero')).toEqual({ throttled: 2 / 7, timeout: 1 / 7, no_content: 1 / 7 });
    expect(fallbackShares('strip')).toEqual({});
    expect(fallbackShares('other')).toBeNull();
  });

  it('leaves out samples, but not those who cannot be looked up', () => {
    const { countAnswer, fallbackShares } = createTallies();
    for (const reason of ['recommended', 'control', 'timeout', 'unknown_user', 'no_user', 'disabled']) {
      countAnswer({ placement: 'hero', reason, cache: 'bypass' });
    }
    expect(fallbackShares('hero')).toEqual({ no_user: 0.5, disabled: 0.5 });
  });

  it('gives who was moved between the arms, by recommendation', () => {
    const { countArmFlip, armFlips } = createTallies();
    countArmFlip('s234ssg');
    countArmFlip('s234ssg');
    expect([armFlips('s234ssg'), armFlips('other')]).toEqual([2, 0]);
  });
});
