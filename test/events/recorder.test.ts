import { describe, expect, it } from 'vitest';
import type { Click } from '../../src/domain/click.ts';
import type { Person } from '../../src/domain/person.ts';
import type { Served } from '../../src/domain/served.ts';
import { createRecorder } from '../../src/events/recorder.ts';
import { placementWith } from '../domain/examples.ts';
import { createClock } from '../support/clock.ts';

const DAY_MS = 86_400_000;
const ANN: Person = { kind: 'user_id', id: 'ann' };
const HERO = placementWith({ name: 'hero' });

const SERVED: Served = {
  placement: HERO,
  person: ANN,
  decision: { variant: 'treatment', reason: 'recommended' },
  itemIds: ['a'],
  campaign: null,
  channel: null,
};
const CLICK: Click = {
  placement: HERO,
  person: ANN,
  reason: 'recommended',
  itemId: 'a',
  position: 1,
  campaign: null,
  channel: null,
};

/** Says what was told, as `project event`, and what was not, as `event why`. */
function open() {
  const clock = createClock();
  const told: string[] = [];
  const notTold: string[] = [];
  const recorder = createRecorder({
    findChannel: (project) =>
      project === 'no-key'
        ? null
        : { add: (line) => told.push(`${project ?? 'main'} ${JSON.parse(line).event_type}`) },
    onNotTold: (type, why) => notTold.push(`${type} ${why}`),
    wallNow: clock.wall,
  });
  return { ...recorder, clock, told, notTold };
}

it('tells each project of its own placements, and one without a key of nothing', () => {
  const { served, clicked, told, notTold } = open();
  for (const project of [null, 'shop', 'no-key']) {
    const placement = placementWith({ name: `hero-${project}`, project });
    served({ ...SERVED, placement });
    clicked({ ...CLICK, placement });
  }
  expect(told).toEqual(['main served', 'main clicked', 'shop served', 'shop clicked']);
  expect(notTold).toEqual([]);
});

it('tells once of what is repeated, each day anew where there is no campaign', () => {
  const { served, clicked, clock, told, notTold } = open();
  for (let time = 0; time < 3; time += 1) {
    served(SERVED);
    clicked(CLICK);
  }
  clock.advance(DAY_MS);
  served(SERVED);
  expect(told).toEqual(['main served', 'main clicked', 'main served']);
  expect(notTold).toEqual(Array(2).fill(['served repeated', 'clicked repeated']).flat());
});

describe('nothing is told', () => {
  it('of somebody whom Amplitude does not know, and whom an event would make a user', () => {
    const { served, clicked, told, notTold } = open();
    served({ ...SERVED, decision: { variant: 'baseline', reason: 'unknown_user' } });
    clicked({ ...CLICK, reason: 'unknown_user' });
    expect([told, notTold]).toEqual([[], ['served unknown_user', 'clicked unknown_user']]);
  });

  it('of ids that stand for nobody', () => {
    const { served, clicked, told, notTold } = open();
    const person: Person = { kind: 'user_id', id: 'anonymous' };
    served({ ...SERVED, person });
    clicked({ ...CLICK, person });
    expect([told, notTold]).toEqual([[], ['served refused_id', 'clicked refused_id']]);
  });

  it('of clicks of nobody', () => {
    const { clicked, told, notTold } = open();
    clicked({ ...CLICK, person: null });
    expect([told, notTold]).toEqual([[], ['clicked no_person']]);
  });
});
