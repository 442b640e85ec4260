import { describe, expect, it } from 'vitest';
import { type AnsweredCall, createTrafficRecorder } from '../../src/traffic/recorder.ts';
import { mergeSnapshots, NO_TRAFFIC, parseSnapshot } from '../../src/traffic/snapshot.ts';
import { createClock } from '../support/clock.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const CALL: AnsweredCall = {
  ...{ placement: 'hero', reason: 'recommended', wasAsked: true, hasFailed: false, caller: 'braze' },
};

function open() {
  const clock = createClock();
  const recorder = createTrafficRecorder(clock.wall);
  return {
    clock,
    recorder,
    count: (change: Partial<AnsweredCall> = {}) => recorder.countAnswer({ ...CALL, ...change }),
  };
}

describe('answers', () => {
  it('are counted by minute and reason, with how often Amplitude was asked and failed', () => {
    const { clock, recorder, count } = open();
    count();
    count({ reason: 'control', wasAsked: false });
    count({ reason: 'timeout', hasFailed: true });
    clock.advance(MINUTE_MS);
    count();
    expect(recorder.snapshot().minutes.map(({ minute: _, ...counts }) => counts)).toEqual([
      { reasons: { recommended: 1, control: 1, timeout: 1 }, asked: 2, failed: 1 },
      { reasons: { recommended: 1 }, asked: 1, failed: 0 },
    ]);
  });

  it('are counted by placement and hour, with the last call and its caller', () => {
    const { clock, recorder, count } = open();
    count();
    count({ placement: 'strip', caller: 'movable-ink' });
    clock.advance(HOUR_MS);
    count({ caller: 'cms' });
    const { hero, strip } = recorder.snapshot().placements;
    expect(hero).toMatchObject({ lastAtMs: clock.wall(), lastCaller: 'cms' });
    expect(hero?.hours.map(({ reasons }) => reasons)).toEqual([{ recommended: 1 }, { recommended: 1 }]);
    expect(strip).toMatchObject({ lastAtMs: clock.wall() - HOUR_MS, lastCaller: 'movable-ink' });
  });

  it('of more than an hour ago are in no minute, and of more than a day ago in no hour', () => {
    const { clock, recorder, count } = open();
    count();
    clock.advance(59 * MINUTE_MS);
    count({ placement: 'strip' });
    expect(recorder.snapshot().minutes).toHaveLength(2);
    clock.advance(MINUTE_MS);
    expect(recorder.snapshot().minutes).toHaveLength(1);
    clock.advance(22 * HOUR_MS);
    expect(recorder.snapshot().placements.hero?.hours).toHaveLength(1);
    clock.advance(HOUR_MS);
    expect(recorder.snapshot().placements.hero).toMatchObject({ hours: [], lastCaller: 'braze' });
  });

  it('of a placement that nobody has called for a month are forgotten', () => {
    const { clock, recorder, count } = open();
    count();
    clock.advance(31 * 24 * HOUR_MS);
    expect(recorder.snapshot()).toMatchObject({ placements: {}, minutes: [] });
  });

  it('stay few, however long it runs', () => {
    const { clock, recorder, count } = open();
    for (let minute = 0; minute < 3 * 24 * 60; minute += 1) {
      clock.advance(MINUTE_MS);
      count();
    }
    const { minutes, placements } = recorder.snapshot();
    expect([minutes.length, placements.hero?.hours.length]).toEqual([60, 24]);
  });

  it('are counted once, and in order, where the clock was set back', () => {
    const { clock, recorder, count } = open();
    count();
    clock.advance(3 * MINUTE_MS);
    count();
    clock.advance(-3 * MINUTE_MS);
    count();
    const { minutes, placements } = recorder.snapshot();
    expect(minutes.map(({ asked }) => asked)).toEqual([2, 1]);
    expect(placements.hero?.hours.map(({ reasons }) => reasons)).toEqual([{ recommended: 3 }]);
  });
});

describe('calls to placements that do not exist', () => {
  it('are counted by name and caller', () => {
    const { recorder } = open();
    for (const caller of ['braze', 'cms', 'braze']) recorder.countUnknown('home-herro', caller);
    expect(recorder.snapshot().unknown).toMatchObject({ 'home-herro': { callers: { braze: 2, cms: 1 } } });
  });

  it('are kept as short, clean text, whatever was called', () => {
    const { recorder } = open();
    for (const name of [
      'x'.repeat(5_000),
      '<script>alert(1)</script>',
      ' \u0000 ',
      '{{7|times:7}}',
      '__proto__',
    ])
      recorder.countUnknown(name, 'braze');
    const names = Object.keys(recorder.snapshot().unknown);
    expect(names).toHaveLength(4);
    expect(names.every((name) => name.length <= 61 && !/[<>]|\{\{/.test(name))).toBe(true);
    expect(names).toContain('(blank)');
  });

  it('are no more than fifty names, and new ones come in when old ones are forgotten', () => {
    const { clock, recorder } = open();
    for (let index = 0; index < 80; index += 1) recorder.countUnknown(`name-${index}`, 'braze');
    recorder.countUnknown('name-3', 'braze');
    const { unknown } = recorder.snapshot();
    expect(Object.keys(unknown)).toHaveLength(50);
    expect(unknown['name-3']?.callers).toEqual({ braze: 2 });
    clock.advance(25 * HOUR_MS);
    recorder.countUnknown('late', 'braze');
    expect(Object.keys(recorder.snapshot().unknown)).toEqual(['late']);
  });
});

it('the last use of each password is kept apart', () => {
  const { clock, recorder } = open();
  const first = { role: 'callers', name: 'braze', slot: 1 };
  recorder.markCredential(first);
  recorder.markCredential({ ...first, slot: 2 });
  clock.advance(500);
  recorder.markCredential(first);
  expect(recorder.snapshot().credentials).toEqual({
    'callers\nbraze\n1': clock.wall(),
    'callers\nbraze\n2': clock.wall() - 500,
  });
});

it('a snapshot is a copy, which later calls do not change', () => {
  const { recorder, count } = open();
  count();
  const before = recorder.snapshot();
  count();
  expect(before.minutes[0]?.reasons).toEqual({ recommended: 1 });
});

it('goes on from an earlier process as if it had been one', () => {
  const { clock, recorder, count } = open();
  count();
  recorder.countUnknown('herro', 'braze');
  const next = createTrafficRecorder(clock.wall);
  next.adopt(recorder.snapshot());
  next.countAnswer(CALL);
  next.countUnknown('herro', 'braze');
  expect(next.snapshot()).toMatchObject({
    minutes: [{ reasons: { recommended: 2 }, asked: 2 }],
    placements: { hero: { hours: [{ reasons: { recommended: 2 } }] } },
    unknown: { herro: { callers: { braze: 2 } } },
  });
});

describe('snapshots of several replicas', () => {
  it('are one, minute by minute, hour by hour, the later call being the last', () => {
    const one = open();
    const other = open();
    other.clock.advance(1_000);
    one.count();
    one.recorder.markCredential({ role: 'callers', name: 'braze', slot: 1 });
    other.count({ caller: 'cms', reason: 'control', wasAsked: false });
    other.recorder.markCredential({ role: 'callers', name: 'braze', slot: 1 });
    const merged = mergeSnapshots([other.recorder.snapshot(), one.recorder.snapshot()]);
    expect(merged).toMatchObject({
      minutes: [{ reasons: { recommended: 1, control: 1 }, asked: 1, failed: 0 }],
      placements: { hero: { lastCaller: 'cms', hours: [{ reasons: { recommended: 1, control: 1 } }] } },
      credentials: { 'callers\nbraze\n1': other.clock.wall() },
    });
  });

  it('are nothing where there are none', () => {
    expect(mergeSnapshots([])).toEqual(NO_TRAFFIC);
  });

  it.each([
    '',
    'null',
    '[]',
    '{"v":2}',
    '{"v":1,"minutes":"x"}',
    '{"v":1',
    '{"v":1,"minutes":[{"minute":1.5}]}',
  ])('that cannot be read count as none: %s', (text) => {
    expect(parseSnapshot(text)).toBeNull();
  });

  it('survive the way through the store', () => {
    const { recorder, count } = open();
    count();
    recorder.countUnknown('herro', 'braze');
    expect(parseSnapshot(JSON.stringify(recorder.snapshot()))).toEqual(recorder.snapshot());
  });
});
