import { describe, expect, it } from 'vitest';
import { openAmplitude, type Plan } from '../support/amplitude.ts';
import { GOOD } from '../support/products.ts';
import { knownWith, treatment } from '../support/replies.ts';
import { openService } from '../support/service.ts';
import { writeTemplates } from '../support/templates.ts';

const placement = (recommendation: string, more = 'lookup_group: newsletter\n') => `title: One of them
recommendation: ${recommendation}
items: 1
content: products
baseline: [investing-101]
${more}`;

const TEMPLATES = {
  'top/placement.yaml': placement('r-top'),
  'end/placement.yaml': placement(
    'r-end',
    'lookup_group: newsletter\nprofile: { properties: [plan_type] }\n',
  ),
  'closed/placement.yaml': placement('r-closed', 'lookup_group: newsletter\nenabled: false\n'),
  'other/placement.yaml': placement('r-other', 'lookup_group: another\n'),
  'alone/placement.yaml': placement('r-end', ''),
};

/** Treatment in one placement, control in the other. */
const MIXED: Plan = knownWith([
  { rec_id: 'r-end', is_control: true, items: ['credit-score'] },
  { rec_id: 'r-top', is_control: false, items: ['index-funds'] },
]);

async function open(plan: Plan = MIXED) {
  const amplitude = await openAmplitude();
  amplitude.planForAll(plan);
  const service = await openService({ amplitude, templates: writeTemplates(TEMPLATES) });
  const ask = async (name: string, person = 'ann') =>
    (await service.get(`/v1/placements/${name}?user_id=${person}&explain=1`)).body;
  const asked = () => amplitude.calls.map(({ parameters }) => parameters.get('rec_id'));
  return { amplitude, ask, asked };
}

describe('the placements of a look-up group', () => {
  it('are asked for in one call, without those that are switched off or of another group', async () => {
    const { ask, asked } = await open();
    expect(await ask('top')).toMatchObject({ reason: 'recommended', item_1_id: 'index-funds' });
    expect(await ask('end')).toMatchObject({
      reason: 'control',
      item_1_id: 'investing-101',
      explain_cache: 'hit',
    });
    expect(await ask('closed')).toMatchObject({ reason: 'disabled' });
    expect(asked()).toEqual(['r-end,r-top']);
  });

  it('each answer from their own part of what came', async () => {
    const { ask, asked } = await open(
      knownWith([{ rec_id: 'r-top', is_control: false, items: ['index-funds'] }]),
    );
    expect([(await ask('end')).reason, (await ask('top')).reason]).toEqual([
      'no_recommendation',
      'recommended',
    ]);
    expect(asked()).toHaveLength(1);
  });

  it('are one call also when all are asked for at the same moment', async () => {
    const { ask, asked } = await open();
    await Promise.all(Array.from({ length: 20 }, (_, index) => ask(index % 2 ? 'top' : 'end')));
    expect(asked()).toEqual(['r-end,r-top']);
  });

  it('leave what they learned to others that show the same recommendation, and the other way round', async () => {
    const { ask, asked } = await open();
    await ask('top', 'ann');
    expect(await ask('alone', 'ann')).toMatchObject({ reason: 'control', explain_cache: 'hit' });
    await ask('alone', 'bob');
    expect(await ask('end', 'bob')).toMatchObject({ reason: 'control', explain_cache: 'hit' });
    expect(await ask('top', 'bob')).toMatchObject({ reason: 'recommended', explain_cache: 'miss' });
    expect(asked()).toEqual(['r-end,r-top', 'r-end', 'r-end,r-top']);
  });

  it('ask for what any of them wants to know of the person', async () => {
    const { amplitude, ask } = await open();
    await ask('top');
    expect(amplitude.calls[0]?.parameters.get('get_amp_props')).toBe('true');
    await ask('other');
    expect(amplitude.calls[1]?.parameters.has('get_amp_props')).toBe(false);
  });

  it('count as one call each time the budget is asked', async () => {
    const amplitude = await openAmplitude();
    amplitude.planForAll(treatment(...GOOD));
    const service = await openService({
      amplitude,
      templates: writeTemplates(TEMPLATES),
      settings: { PROFILE_BUDGET_PER_MINUTE: '1' },
    });
    const reasons: string[] = [];
    for (const path of ['top?user_id=ann', 'end?user_id=ann', 'top?user_id=bob']) {
      reasons.push((await service.get(`/v1/placements/${path}`)).body.reason);
    }
    expect(reasons).toEqual(['recommended', 'recommended', 'throttled']);
  });
});
