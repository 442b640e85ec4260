import { ErrorCode, type EvaluationContext } from '@openfeature/server-sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Gate, type GateOptions, openGate } from '../../src/flags/gate.ts';
import { ANNA, hang, inTime, off, on, providerOf } from './provider.ts';

const SHOW = { flag: 'show-{id}', default: false };
const HIDE_ONLY_WHEN_OFF = { flag: 'show-{id}', default: true };

const gates: Gate[] = [];
const unhandled: unknown[] = [];
const noteUnhandled = (reason: unknown): void => {
  unhandled.push(reason);
};

beforeEach(() => {
  vi.useFakeTimers();
  process.on('unhandledRejection', noteUnhandled);
});

afterEach(async () => {
  const closed = Promise.all(gates.splice(0).map((gate) => gate.close()));
  await vi.advanceTimersByTimeAsync(2_000);
  await closed;
  vi.useRealTimers();
  // Node tells of them once the microtasks are done.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', noteUnhandled);
  expect(unhandled.splice(0)).toEqual([]);
});

async function open(options: GateOptions): Promise<Gate> {
  const gate = await openGate(options);
  gates.push(gate);
  return gate;
}

/** Outcomes and reasons, in the order of the items. */
function counter(): { readonly seen: string[]; readonly onEvaluation: GateOptions['onEvaluation'] } {
  const seen: string[] = [];
  return { seen, onEvaluation: (outcome, reason) => seen.push(`${outcome} ${reason}`) };
}

describe('the items that are shown', () => {
  it('are those whose flag is on', async () => {
    const { seen, onEvaluation } = counter();
    const provider = providerOf((key) => (key === 'show-b' ? off() : on()));
    const gate = await open({ provider, onEvaluation });
    expect([...(await gate.filter(SHOW, ['a', 'b', 'c'], ANNA, inTime()))]).toEqual(['a', 'c']);
    expect(seen).toEqual(['on TARGETING_MATCH', 'off STATIC', 'on TARGETING_MATCH']);
  });

  it('have flags named by the rule, whatever an id is made of', async () => {
    const keys: string[] = [];
    const provider = providerOf((key) => {
      keys.push(key);
      return on();
    });
    const gate = await open({ provider });
    const rule = { flag: '{placement}/{id}/{other}', default: false };
    await gate.filter(rule, ['a', '$&', '{placement}', '__proto__'], ANNA, inTime());
    expect(keys).toEqual([
      'home-hero/a/{other}',
      'home-hero/$&/{other}',
      'home-hero/{placement}/{other}',
      'home-hero/__proto__/{other}',
    ]);
  });

  it('depend on the person, the message and the item, as far as they are known', async () => {
    const contexts: EvaluationContext[] = [];
    const provider = providerOf((_key, _fallback, context) => {
      contexts.push(context);
      return on();
    });
    const gate = await open({ provider });
    await gate.filter(SHOW, ['a', 'b'], ANNA, inTime());
    const nobody = { targetingKey: null, attributes: { placement: 'home-hero', item_id: 'x' } };
    await gate.filter(SHOW, ['c'], nobody, inTime());
    const anna = {
      targetingKey: 'anna',
      placement: 'home-hero',
      locale: 'de',
      channel: 'email',
      id_kind: 'user_id',
    };
    expect(contexts).toEqual([
      { ...anna, item_id: 'a' },
      { ...anna, item_id: 'b' },
      { placement: 'home-hero', item_id: 'c' },
    ]);
  });

  it('are none of none, at once', async () => {
    const gate = await open({ provider: providerOf(hang) });
    expect(await gate.filter(SHOW, [], ANNA, inTime())).toEqual(new Set());
  });

  it('are asked about all at the same time', async () => {
    const answers: (() => void)[] = [];
    const provider = providerOf(
      () =>
        new Promise((resolve) => {
          answers.push(() => resolve({ value: true }));
          if (answers.length === 3) for (const answer of answers) answer();
        }),
    );
    const gate = await open({ provider });
    expect((await gate.filter(SHOW, ['a', 'b', 'c'], ANNA, inTime())).size).toBe(3);
  });

  it('are told to everyone who asks at the same moment', async () => {
    const gate = await open({ provider: providerOf(on), maxUnderWay: 4 });
    const asked = Array.from({ length: 100 }, () => gate.filter(SHOW, ['a', 'b', 'c'], ANNA, inTime()));
    const shown = await Promise.all(asked);
    expect(new Set(shown.map((ids) => ids.size))).toEqual(new Set([3]));
    expect(gate.underWay()).toBe(0);
  });
});

describe('the default of the rule counts', () => {
  const faults: Record<string, [Parameters<typeof providerOf>[0], string]> = {
    'the flag does not exist': [
      async (_key, value) => ({ value, errorCode: ErrorCode.FLAG_NOT_FOUND }),
      'FLAG_NOT_FOUND',
    ],
    'the flag cannot be read': [
      async (_key, value) => ({ value, errorCode: ErrorCode.PARSE_ERROR }),
      'PARSE_ERROR',
    ],
    'the flag is of another type': [
      async (_key, value) => ({ value, errorCode: ErrorCode.TYPE_MISMATCH }),
      'TYPE_MISMATCH',
    ],
    'the provider gives another type without saying so': [
      async () => ({ value: 'true' as never }),
      'TYPE_MISMATCH',
    ],
    'the provider gives nothing': [async () => undefined as never, 'GENERAL'],
    'the provider invents an error code': [
      async () => ({ value: false, errorCode: 'anna' as ErrorCode }),
      'GENERAL',
    ],
    'the provider rejects': [() => Promise.reject(new Error('anna')), 'GENERAL'],
    'the provider rejects with a code of its own': [
      () => Promise.reject(Object.assign(new Error('anna'), { code: 'ECONNREFUSED' })),
      'GENERAL',
    ],
    'the provider throws': [
      () => {
        throw new Error('anna');
      },
      'GENERAL',
    ],
    'the flag is disabled': [async (_key, value) => ({ value, reason: 'DISABLED' }), 'DISABLED'],
    'no variant is chosen': [async (_key, value) => ({ value, reason: 'DEFAULT' }), 'DEFAULT'],
  };

  it.each(Object.entries(faults))('where %s', async (_name, [resolve, reason]) => {
    const { seen, onEvaluation } = counter();
    const gate = await open({ provider: providerOf(resolve), onEvaluation });
    expect(await gate.filter(SHOW, ['a'], ANNA, inTime())).toEqual(new Set());
    expect(await gate.filter(HIDE_ONLY_WHEN_OFF, ['a'], ANNA, inTime())).toEqual(new Set(['a']));
    expect(seen).toEqual([`default ${reason}`, `default ${reason}`]);
  });

  it('where hooks of the provider are broken', async () => {
    const broken = {
      before: () => {
        throw new Error('anna');
      },
      finally: () => Promise.reject(new Error('anna')),
    };
    const gate = await open({ provider: providerOf(on, { hooks: [broken] }) });
    const unusable = await open({ provider: providerOf(on, { hooks: 7 as never }) });
    expect(await gate.filter(SHOW, ['a'], ANNA, inTime())).toEqual(new Set());
    expect(await unusable.filter(SHOW, ['a'], ANNA, inTime())).toEqual(new Set());
  });

  it('not where the provider names a reason that nobody knows', async () => {
    const { seen, onEvaluation } = counter();
    const provider = providerOf(async () => ({ value: true, reason: 'because anna asked' }));
    const gate = await open({ provider, onEvaluation });
    expect(await gate.filter(SHOW, ['a'], ANNA, inTime())).toEqual(new Set(['a']));
    expect(seen).toEqual(['on UNKNOWN']);
  });
});

describe('a slow provider', () => {
  it('is waited for 50 ms, and what it told by then counts', async () => {
    const { seen, onEvaluation } = counter();
    const provider = providerOf((key) => (key === 'show-b' ? hang() : on()));
    const gate = await open({ provider, onEvaluation });
    let shown: ReadonlySet<string> | null = null;
    void gate.filter(SHOW, ['a', 'b'], ANNA, inTime()).then((ids) => {
      shown = ids;
    });
    await vi.advanceTimersByTimeAsync(49);
    expect(shown).toBeNull();
    await vi.advanceTimersByTimeAsync(1);
    expect(shown).toEqual(new Set(['a']));
    expect(seen).toEqual(['on TARGETING_MATCH', 'default TIMEOUT']);
  });

  it('is not waited for longer than the answer may take', async () => {
    const gate = await open({ provider: providerOf(hang) });
    const filtered = gate.filter(HIDE_ONLY_WHEN_OFF, ['a'], ANNA, inTime(10));
    await vi.advanceTimersByTimeAsync(10);
    expect(await filtered).toEqual(new Set(['a']));
  });

  it('changes nothing, and harms nobody, by what it says later', async () => {
    const { seen, onEvaluation } = counter();
    const ends: { readonly yes: () => void; readonly fail: () => void }[] = [];
    const provider = providerOf(
      () =>
        new Promise((resolve, reject) => {
          ends.push({ yes: () => resolve({ value: true }), fail: () => reject(new Error('anna')) });
        }),
    );
    const gate = await open({ provider, onEvaluation });
    const filtered = gate.filter(SHOW, ['a', 'b'], ANNA, inTime());
    await vi.advanceTimersByTimeAsync(50);
    const shown = await filtered;
    expect(gate.underWay()).toBe(2);
    ends[0]?.yes();
    ends[1]?.fail();
    await vi.advanceTimersByTimeAsync(0);
    expect(shown).toEqual(new Set());
    expect(seen).toEqual(['default TIMEOUT', 'default TIMEOUT']);
    expect(gate.underWay()).toBe(0);
  });
});

describe('a provider that hangs', () => {
  it('is asked no more than so many questions at once, and the rest does not wait', async () => {
    const { seen, onEvaluation } = counter();
    const resolve = vi.fn(hang);
    const gate = await open({ provider: providerOf(resolve), maxUnderWay: 2, onEvaluation });
    const filtered = gate.filter(SHOW, ['a', 'b', 'c'], ANNA, inTime());
    await vi.advanceTimersByTimeAsync(50);
    await filtered;
    expect(await gate.filter(SHOW, ['d'], ANNA, inTime())).toEqual(new Set());
    expect(seen).toEqual(['default TIMEOUT', 'default TIMEOUT', 'default OVERLOADED', 'default OVERLOADED']);
    expect(resolve).toHaveBeenCalledTimes(2);
  });

  it('is used again once it answers, though it never answers the old questions', async () => {
    let isHanging = true;
    const resolve = vi.fn(() => (isHanging ? hang() : on()));
    const gate = await open({ provider: providerOf(resolve), maxUnderWay: 2 });
    const filtered = gate.filter(SHOW, ['a', 'b'], ANNA, inTime());
    await vi.advanceTimersByTimeAsync(50);
    await filtered;
    isHanging = false;
    expect(await gate.filter(SHOW, ['a'], ANNA, inTime())).toEqual(new Set());
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await gate.filter(SHOW, ['a', 'b'], ANNA, inTime())).toEqual(new Set(['a']));
    expect(await gate.filter(SHOW, ['a', 'b'], ANNA, inTime())).toEqual(new Set(['a', 'b']));
    expect(resolve).toHaveBeenCalledTimes(5);
  });
});
