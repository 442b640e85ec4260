import { describe, expect, it } from 'vitest';
import type { Answer, Question, Trace } from '../src/answer.ts';
import { REASONS, type Reason, variantOf } from '../src/domain/decision.ts';
import { servedOf } from '../src/served.ts';
import { contentsOf, placementWith, SHAPE } from './domain/examples.ts';

const DAY_MS = 86_400_000;
const PLACEMENT = placementWith();

const QUESTION: Question = {
  placement: PLACEMENT,
  plan: {
    ...{ project: null, recommendation: 's234ssg', together: ['s234ssg'], traits: PLACEMENT.profile },
    windows: { freshMs: 1, staleMs: 2, staleIfErrorMs: 3 },
  },
  source: { shape: SHAPE, find: () => contentsOf() },
  person: { kind: 'user_id', id: 'ann' },
  sample: null,
  selection: { position: null, limit: null, exclude: [] },
  message: { campaign: 'weekly', channel: 'email', locale: 'de' },
  access: 'everything',
  onUnavailable: 'serve',
};

function answered(reason: Reason, trace: Partial<Trace> = {}): Answer {
  const decision = { variant: variantOf(reason), reason, itemIds: ['a', 'b', 'c'] };
  return {
    block: { placement: PLACEMENT, shape: SHAPE, decision, items: [], traits: null, isSample: false },
    itemIds: ['a', 'b'],
    trace: { cache: 'miss', ageMs: 0, failure: null, lookupMs: 0, contentMs: 0, leftOut: [], ...trace },
  };
}

const isServed = (changes: Partial<Question>, reason: Reason = 'recommended', trace: Partial<Trace> = {}) =>
  servedOf({ ...QUESTION, ...changes }, answered(reason, trace)) !== null;

it('is who was shown what, and why', () => {
  const { decision } = answered('control').block;
  expect(servedOf(QUESTION, answered('control'))).toEqual({
    ...{ placement: PLACEMENT, person: QUESTION.person, decision },
    ...{ itemIds: ['a', 'b'], campaign: 'weekly', channel: 'email' },
  });
});

describe('nobody', () => {
  it.each(['no_user', 'unresolved_merge_tag', 'invalid_user'] as const)('is served as %s', (person) => {
    expect(isServed({ person }, person)).toBe(false);
  });

  it('is served by a link that only repeats what was served', () => {
    expect(isServed({ access: 'pins' })).toBe(false);
  });
});

it('is every answer but one that is not shown and may mend', () => {
  const retried = REASONS.filter((reason) => !isServed({ onUnavailable: 'retry' }, reason));
  expect(retried).toEqual(['throttled', 'timeout', 'upstream_error', 'circuit_open']);
  expect(REASONS.filter((reason) => !isServed({}, reason))).toEqual([]);
});

it.each<[number, boolean]>([
  [0, true],
  [6 * DAY_MS, true],
  [6 * DAY_MS + 1, false],
])('is a pinned answer as long as Amplitude knows it again: %d ms, %s', (ageMs, expected) => {
  expect(isServed({}, 'recommended', { cache: 'pinned', ageMs })).toBe(expected);
  expect(isServed({}, 'recommended', { cache: 'stale_if_error', ageMs })).toBe(true);
});
