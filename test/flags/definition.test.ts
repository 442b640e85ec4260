import { describe, expect, it } from 'vitest';
import { FlagsError, readDefinition } from '../../src/flags/definition.ts';
import type { FlagFault } from '../../src/flags/flag-fault.ts';

const SWITCH = { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'off' };

function faultsOf(definition: unknown): readonly FlagFault[] {
  try {
    readDefinition(definition);
    return [];
  } catch (error) {
    if (error instanceof FlagsError) return error.faults;
    throw error;
  }
}

const messagesOf = (definition: unknown): string[] => faultsOf(definition).map(({ message }) => message);
const messageOf = (flag: unknown): string[] => messagesOf({ flags: { fine: SWITCH, x: flag } });
const targeting = (rule: unknown): string[] => messageOf({ ...SWITCH, targeting: rule });

describe('a definition', () => {
  it('may hold flags of any type, evaluators, and whatever else flagd takes', () => {
    const text = { state: 'DISABLED', variants: { a: 'A', b: 'B' }, defaultVariant: null };
    const $evaluators = { isGerman: { '==': [{ var: 'locale' }, 'de'] } };
    const shared = { ...SWITCH, targeting: { if: [{ $ref: 'isGerman' }, 'on'] }, metadata: { owner: 'crm' } };
    const definition = { $schema: 'https://flagd.dev/schema/v0/flags.json', $evaluators, metadata: { v: 1 } };
    expect(faultsOf({ ...definition, flags: { text, shared } })).toEqual([]);
    expect([...readDefinition({ flags: { text } }).getFlags().keys()]).toEqual(['text']);
  });

  it.each([
    [null, 'must hold names with values'],
    [[], 'must hold names with values'],
    ['flags: {}', 'must hold names with values'],
    [{}, "must have required property 'flags'"],
    [{ flags: null }, 'flags must be object'],
    [{ flags: [SWITCH] }, 'flags must be object'],
    [{ flags: { '': SWITCH } }, 'flags holds , which flagd does not know'],
    [
      { flags: { x: SWITCH }, $evaluators: { rule: { foo: 1 } } },
      '$evaluators.rule holds foo, which flagd does not know',
    ],
    [{ flags: {}, metadata: { a: {} } }, 'metadata.a must be string,number,boolean'],
    [{ flags: { x: { ...SWITCH, metadata: 1n } } }, 'flags.x: Do not know how to serialize a BigInt'],
  ])('is refused where it is none: %o', (definition, message) => {
    expect(messagesOf(definition)).toEqual([message]);
  });

  it('is refused where a reference leads to itself', () => {
    const flags: Record<string, unknown> = {};
    flags.x = flags;
    expect(messagesOf({ flags })[0]).toMatch(/circular/);
  });
});

describe('a flag that is refused', () => {
  it.each([
    [null, 'flags.x must be object'],
    [{ ...SWITCH, state: 'ON' }, 'flags.x.state must be equal to one of the allowed values'],
    [{ ...SWITCH, state: undefined }, "flags.x must have required property 'state'"],
    [{ ...SWITCH, variants: undefined }, "flags.x must have required property 'variants'"],
    [{ ...SWITCH, variants: {} }, 'flags.x.variants must NOT have fewer than 1 properties'],
    [{ ...SWITCH, variants: { on: true, off: 'no' } }, 'flags.x.variants.off must be boolean'],
    [{ ...SWITCH, defaultVariant: 'maybe' }, 'flags.x: Default variant maybe missing from variants'],
  ])('is named with what is wrong: %o', (flag, message) => {
    expect(messageOf(flag)).toEqual([message]);
  });

  it.each([
    ['on', 'flags.x.targeting must be object'],
    [{ foo: [1] }, 'flags.x.targeting holds foo, which flagd does not know'],
    [{ if: [true, 'on', { bar: 1 }] }, 'flags.x.targeting.if.2 holds bar, which flagd does not know'],
    [
      {
        fractional: [
          ['on', 0.5],
          ['off', 0.5],
        ],
      },
      'flags.x.targeting.fractional.0.1 must be integer or must be object',
    ],
    [
      { if: [{ $ref: 'nowhere' }, 'on'] },
      'flags.x: its targeting cannot be understood: is there an evaluator for each $ref?',
    ],
  ])('is named with what flagd would only warn of: %o', (rule, message) => {
    expect(targeting(rule)).toEqual([message]);
  });

  it('does not hide the others, and each says where it is', () => {
    const flags = {
      fine: SWITCH,
      'a/b~c': { ...SWITCH, state: 'ON' },
      lost: { ...SWITCH, defaultVariant: 'x' },
    };
    expect(faultsOf({ flags }).map(({ path }) => path)).toEqual([
      ['flags', 'a/b~c', 'state'],
      ['flags', 'lost'],
    ]);
  });
});
