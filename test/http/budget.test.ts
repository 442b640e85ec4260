import { describe, expect, it } from 'vitest';
import { openAmplitude } from '../support/amplitude.ts';
import { createClock } from '../support/clock.ts';
import { GOOD } from '../support/products.ts';
import { broken, treatment } from '../support/replies.ts';
import { openService } from '../support/service.ts';
import { writeTemplates } from '../support/templates.ts';

async function open(settings: Readonly<Record<string, string>>) {
  const amplitude = await openAmplitude();
  amplitude.planForAll(treatment(...GOOD));
  const clock = createClock();
  const service = await openService({ amplitude, clock, settings });
  const ask = async (person: string, placement = 'hero') =>
    (await service.get(`/v1/placements/${placement}?user_id=${person}`)).body;
  return { amplitude, clock, ask };
}

describe('the budget', () => {
  it('is never exceeded within a minute; whoever comes later is throttled, and those known are served', async () => {
    const { amplitude, clock, ask } = await open({ PROFILE_BUDGET_PER_MINUTE: '3' });
    const reasons = [];
    for (const person of ['p1', 'p2', 'p3', 'p4', 'p5', 'p1']) reasons.push((await ask(person)).reason);
    expect(reasons).toEqual([
      'recommended',
      'recommended',
      'recommended',
      'throttled',
      'throttled',
      'recommended',
    ]);
    clock.advance(59_000);
    expect(await ask('p4')).toMatchObject({ reason: 'throttled', is_fallback: true, item_count: 3 });
    expect(amplitude.calls).toHaveLength(3);
    clock.advance(5_000);
    expect((await ask('p4')).reason).toBe('recommended');
  });

  it('counts calls that failed, and their repetitions', async () => {
    const { amplitude, ask } = await open({ PROFILE_BUDGET_PER_MINUTE: '3' });
    amplitude.plan('p1', broken);
    await ask('p1');
    expect(amplitude.calls).toHaveLength(2);
    expect([(await ask('p2')).reason, (await ask('p3')).reason]).toEqual(['recommended', 'throttled']);
    expect(amplitude.calls).toHaveLength(3);
  });

  it('holds for many people at once', async () => {
    const { amplitude, ask } = await open({ PROFILE_BUDGET_PER_MINUTE: '10' });
    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => ask(`p${index}`)));
    const recommended = answers.filter(({ reason }) => reason === 'recommended');
    expect(recommended).toHaveLength(10);
    expect(answers.filter(({ reason }) => reason === 'throttled')).toHaveLength(30);
    expect(amplitude.calls).toHaveLength(10);
  });
});

describe('placements of one look-up group', () => {
  it('are looked up in one call, each person for all of them', async () => {
    const placement = (recommendation: string) => `title: One of the newsletter
recommendation: ${recommendation}
items: 2
content: products
baseline: [investing-101, what-is-a-cd]
lookup_group: newsletter
`;
    const { amplitude, ask } = await open({
      TEMPLATES_DIR: writeTemplates({
        'news-top/placement.yaml': placement('rec-top'),
        'news-end/placement.yaml': placement('rec-end'),
      }),
    });
    expect((await ask('ann', 'news-top')).reason).toBe('recommended');
    expect((await ask('ann', 'news-end')).reason).toBe('recommended');
    expect((await ask('ann')).reason).toBe('recommended');
    const asked = amplitude.calls.map(({ parameters }) => parameters.get('rec_id')?.split(',').sort());
    expect(asked).toEqual([['rec-end', 'rec-top'], ['s234ssg']]);
  });
});
