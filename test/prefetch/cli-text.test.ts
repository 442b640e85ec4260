import { describe, expect, it } from 'vitest';
import { describeEnd, describeNow, describeStart, exitCodeOf } from '../../src/prefetch/cli-text.ts';
import type { Answer } from '../../src/prefetch/client.ts';

const none = { count: 0, first_lines: [] };
const ANSWER: Answer = {
  id: '0f',
  state: 'running',
  text: '20 people, ready in 2 min, at 09:02 UTC.',
  warning: 'Each look-up is an exposure.',
  ...{ users: 20, done: 8, failed: 0, retrying: 0 },
  ...{ rate_per_minute: 475, remaining_seconds: 90 },
  audience: { duplicates: none, blank: none, impossible: none },
};

describe('the command line says', () => {
  it('what it begins with, and what was odd about the list', () => {
    expect(describeStart(ANSWER)).toBe(
      '20 people, ready in 2 min, at 09:02 UTC.\nEach look-up is an exposure.',
    );
    const audience = {
      duplicates: { count: 1_200, first_lines: [3, 4] },
      blank: { count: 1, first_lines: [9] },
      impossible: none,
    };
    expect(describeStart({ ...ANSWER, audience })).toContain(
      'Duplicates: 1,200 (lines 3, 4, …)\nRows without an id: 1 (line 9)\n',
    );
  });

  it.each<[string, Partial<Answer>]>([
    ['475 a minute, 2 min left', {}],
    ['0 a minute, 5 s left', { rate_per_minute: null, remaining_seconds: 5 }],
    ['Amplitude is failing.', { remaining_seconds: null, text: 'Amplitude is failing.' }],
    ['Paused. Somebody asked for it.', { state: 'paused', text: 'Somebody asked for it.' }],
    ['Others send earlier.', { state: 'waiting', text: 'Others send earlier.' }],
  ])('%s', (text, change) => {
    expect(describeNow({ ...ANSWER, ...change })).toBe(text);
  });

  it.each<[number, string, Partial<Answer>]>([
    [0, 'Everyone is looked up.', { state: 'done', text: 'Everyone is looked up.', done: 20 }],
    [3, 'All but 2.', { state: 'done', text: 'All but 2.', done: 20, failed: 2 }],
    [1, 'Cancelled. Somebody asked for it.', { state: 'cancelled', text: 'Somebody asked for it.' }],
  ])('at the end, with exit code %i: %s', (code, text, change) => {
    const answer = { ...ANSWER, ...change };
    expect([describeEnd(answer), exitCodeOf(answer)]).toEqual([text, code]);
  });
});
