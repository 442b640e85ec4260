import { describe, expect, it } from 'vitest';
import type { GateSubject } from '../../src/flags/context.ts';
import { EmbeddedFlags } from '../../src/flags/embedded.ts';
import { openGate } from '../../src/flags/gate.ts';
import { ANNA, inTime, providerOf } from './provider.ts';

const SHOW = { flag: 'show-{id}', default: false };
const SWITCH = { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'off' };

/** What a flag gives, for the rule's defaults no and yes: `on on` and `off off` where the flag decides. */
async function evaluate(flag: unknown, subject: GateSubject = ANNA, more: object = {}): Promise<string> {
  const seen: string[] = [];
  const gate = await openGate({
    provider: new EmbeddedFlags({ flags: { 'show-x': flag }, ...more }),
    onEvaluation: (outcome, reason) => seen.push(outcome === 'default' ? reason : outcome),
  });
  for (const isShown of [false, true]) {
    const open = await gate.filter({ ...SHOW, default: isShown }, ['x'], subject, inTime());
    seen[seen.length - 1] += open.has('x') ? ' shown' : ' hidden';
  }
  await gate.close();
  return seen.join(', ');
}

const person = (targetingKey: string | null, attributes = {}): GateSubject => ({ targetingKey, attributes });
const ON = 'on shown, on shown';
const OFF = 'off hidden, off hidden';

describe('a flag of a definition', () => {
  it('is its default variant without targeting', async () => {
    expect(await evaluate({ ...SWITCH, defaultVariant: 'on' })).toBe(ON);
    expect(await evaluate(SWITCH)).toBe(OFF);
  });

  it('is what its targeting says of the person, the message and the item', async () => {
    const anna = { ...SWITCH, targeting: { if: [{ in: [{ var: 'targetingKey' }, ['anna']] }, 'on'] } };
    const german = { ...SWITCH, targeting: { if: [{ '==': [{ var: 'locale' }, 'de'] }, 'on', 'off'] } };
    const item = { ...SWITCH, targeting: { if: [{ '==': [{ var: 'item_id' }, 'x'] }, 'on', 'off'] } };
    const key = { ...SWITCH, targeting: { if: [{ '==': [{ var: '$flagd.flagKey' }, 'show-x'] }, 'on'] } };
    expect(await evaluate(anna)).toBe(ON);
    expect(await evaluate(anna, person('ben'))).toBe(OFF);
    expect(await evaluate(anna, person(null))).toBe(OFF);
    expect(await evaluate(german)).toBe(ON);
    expect(await evaluate(german, person('anna', { locale: null }))).toBe(OFF);
    expect(await evaluate(item)).toBe(ON);
    expect(await evaluate(key)).toBe(ON);
  });

  it('may share its targeting with others', async () => {
    const $evaluators = { isGerman: { '==': [{ var: 'locale' }, 'de'] } };
    const flag = { ...SWITCH, targeting: { if: [{ $ref: 'isGerman' }, 'on', 'off'] } };
    expect(await evaluate(flag, ANNA, { $evaluators })).toBe(ON);
    expect(await evaluate(flag, person('ben', { locale: 'en' }), { $evaluators })).toBe(OFF);
  });

  it('is on for its fraction of people, always the same ones, and for nobody without an id', async () => {
    const targeting = {
      fractional: [
        ['on', 25],
        ['off', 75],
      ],
    };
    const flags = new EmbeddedFlags({ flags: { 'show-x': { ...SWITCH, targeting } } });
    const gate = await openGate({ provider: flags });
    const countOn = async (): Promise<string[]> => {
      const people = Array.from({ length: 2_000 }, (_, index) => `person-${index}`);
      const shown = people.map(async (id) => (await gate.filter(SHOW, ['x'], person(id), inTime())).has('x'));
      const isOn = await Promise.all(shown);
      return people.filter((_, index) => isOn[index]);
    };
    const first = await countOn();
    expect(first.length).toBeGreaterThan(420);
    expect(first.length).toBeLessThan(580);
    expect(await countOn()).toEqual(first);
    expect(await evaluate({ ...SWITCH, targeting }, person(null))).toBe(OFF);
    await gate.close();
  });

  it('leaves it to the rule where it decides nothing', async () => {
    const left = (reason: string): string => `${reason} hidden, ${reason} shown`;
    const { defaultVariant, ...noDefault } = SWITCH;
    const text = { state: 'ENABLED', variants: { on: 'yes', off: 'no' }, defaultVariant: 'on' };
    const lost = { ...SWITCH, targeting: { if: [{ '==': [{ var: 'locale' }, 'de'] }, 'nowhere'] } };
    const gate = { 'show-y': SWITCH };
    // The result is the context itself, which cannot be made a variant's name.
    const odd = { ...SWITCH, targeting: { var: [''] } };
    expect(await evaluate(odd, person('anna', { toString: 'anna' }))).toBe(left('GENERAL'));
    expect(defaultVariant).toBe('off');
    expect(await evaluate({ ...SWITCH, state: 'DISABLED', defaultVariant: 'on' })).toBe(left('DISABLED'));
    expect(await evaluate(noDefault)).toBe(left('DEFAULT'));
    expect(await evaluate(text)).toBe(left('TYPE_MISMATCH'));
    expect(await evaluate(lost)).toBe(left('GENERAL'));
    expect(await evaluate(null, ANNA, { flags: gate })).toBe(left('FLAG_NOT_FOUND'));
  });
});

it('counts no more once the gate is closed', async () => {
  const seen: string[] = [];
  const gate = await openGate({
    provider: new EmbeddedFlags({ flags: { 'show-x': { ...SWITCH, defaultVariant: 'on' } } }),
    onEvaluation: (outcome, reason) => seen.push(`${outcome} ${reason}`),
  });
  await gate.close();
  expect(await gate.filter(SHOW, ['x'], ANNA, inTime())).toEqual(new Set());
  expect(seen).toEqual(['default CLOSED']);
});

it('counts alike for whoever asks through the SDK', async () => {
  const targeting = {
    fractional: [
      ['on', 50],
      ['off', 50],
    ],
  };
  const ids = Array.from({ length: 40 }, (_, index) => `${index}`);
  const definition = { flags: Object.fromEntries(ids.map((id) => [`show-${id}`, { ...SWITCH, targeting }])) };
  const flags = new EmbeddedFlags(definition);
  const direct = await openGate({ provider: flags });
  const throughSdk = await openGate({
    provider: providerOf((key, fallback, context) => flags.resolveBooleanEvaluation(key, fallback, context)),
  });
  const shown = await direct.filter(SHOW, ids, ANNA, inTime());
  expect(shown.size).toBeGreaterThan(5);
  expect(shown.size).toBeLessThan(35);
  expect(await throughSdk.filter(SHOW, ids, ANNA, inTime())).toEqual(shown);
  await Promise.all([direct.close(), throughSdk.close()]);
});

describe('a definition that is replaced', () => {
  const definition = (variant: string, ...keys: string[]) => ({
    flags: Object.fromEntries(keys.map((key) => [key, { ...SWITCH, defaultVariant: variant }])),
  });

  it('counts as a whole from the next question on', async () => {
    const flags = new EmbeddedFlags();
    const gate = await openGate({ provider: flags });
    const shown = async (): Promise<string[]> => [
      ...(await gate.filter(SHOW, ['a', 'b', 'c'], ANNA, inTime())),
    ];
    expect(await shown()).toEqual([]);
    flags.setFlags(definition('on', 'show-a', 'show-b'));
    expect(await shown()).toEqual(['a', 'b']);
    flags.setFlags(definition('on', 'show-b', 'show-c'));
    expect(await shown()).toEqual(['b', 'c']);
    await gate.close();
  });

  it('does not count at all where anything is wrong with it', async () => {
    const flags = new EmbeddedFlags(definition('on', 'show-a'));
    const gate = await openGate({ provider: flags });
    const broken = { flags: { 'show-b': { ...SWITCH, defaultVariant: 'on' }, 'show-c': { state: 'ON' } } };
    expect(() => flags.setFlags(broken)).toThrow(/show-c/);
    expect([...(await gate.filter(SHOW, ['a', 'b'], ANNA, inTime()))]).toEqual(['a']);
    await gate.close();
  });
});
