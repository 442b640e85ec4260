import { describe, expect, it } from 'vitest';
import { openAmplitude } from '../support/amplitude.ts';
import { createClock } from '../support/clock.ts';
import { GOOD } from '../support/products.ts';
import { broken, treatment } from '../support/replies.ts';
import { openService } from '../support/service.ts';

const HOUR_MS = 3_600_000;

async function open() {
  const amplitude = await openAmplitude();
  const clock = createClock();
  const service = await openService({ amplitude, clock });
  const ask = async (person: string) =>
    (await service.get(`/v1/placements/hero.json?user_id=${person}&explain=1`)).body;
  return { amplitude, clock, ask };
}

describe('while Amplitude fails', () => {
  it('people become circuit_open, and Amplitude is left in peace', async () => {
    const { amplitude, ask } = await open();
    amplitude.planForAll({ status: 503 });
    const reasons = new Set<string>();
    for (let person = 0; person < 150 && !reasons.has('circuit_open'); person += 1) {
      reasons.add((await ask(`person-${person}`)).reason);
    }
    expect([...reasons]).toEqual(['upstream_error', 'circuit_open']);
    const before = amplitude.calls.length;
    expect(await ask('one-more')).toMatchObject({
      reason: 'circuit_open',
      variant: 'baseline',
      is_fallback: true,
    });
    expect(amplitude.calls).toHaveLength(before);
  });

  it('what was known stays in use up to the age of STALE_IF_ERROR', async () => {
    const { amplitude, clock, ask } = await open();
    amplitude.plan('ann', treatment(...GOOD), broken);
    await ask('ann');
    clock.advance(6 * 24 * HOUR_MS);
    expect(await ask('ann')).toMatchObject({ reason: 'recommended', variant: 'treatment' });
    clock.advance(25 * HOUR_MS);
    expect(await ask('ann')).toMatchObject({ reason: 'upstream_error', variant: 'baseline' });
  });
});

describe('what is older than FRESH', () => {
  it('is served up to the age of STALE without waiting for Amplitude, and refreshed', async () => {
    const { amplitude, clock, ask } = await open();
    amplitude.plan('ann', treatment('index-funds'), treatment('credit-score'));
    await ask('ann');
    clock.advance(7 * HOUR_MS);
    expect(await ask('ann')).toMatchObject({ item_1_id: 'index-funds', reason: 'recommended' });
    await amplitude.ended(2);
    await expect.poll(async () => (await ask('ann')).item_1_id).toBe('credit-score');
    expect(amplitude.calls).toHaveLength(2);
  });
});
