import { describe, expect, it } from 'vitest';
import { PARAMETER_NAMES, type Parameters, parseParameters } from '../../src/http/parameters.ts';
import { Problem } from '../../src/http/problem.ts';
import { parseQuery } from '../../src/http/query.ts';

function parse(query: string): Parameters {
  return parseParameters(parseQuery(query, PARAMETER_NAMES));
}

function problemOf(query: string): Problem {
  try {
    parse(query);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error(`expected ${query} to be refused`);
}

const DEFAULTS = {
  user_id: null,
  device_id: null,
  campaign: null,
  position: null,
  limit: null,
  exclude: [],
  locale: null,
  channel: null,
  template: null,
  shape: 'flat',
  escape: null,
  page: false,
  width: null,
  height: null,
  on_unavailable: 'serve',
  explain: false,
  hints: [],
};

describe('parameters', () => {
  it('have the defaults of the contract', () => {
    expect(parse('')).toEqual(DEFAULTS);
  });

  it('that are blank count as not given', () => {
    const names = [...PARAMETER_NAMES].filter((name) => name !== 'user_id' && name !== 'device_id');
    expect(parse(names.map((name) => `${name}=%20`).join('&'))).toEqual(DEFAULTS);
    expect(parse(names.join('&'))).toEqual(DEFAULTS);
  });

  it.each<[string, Partial<Parameters>]>([
    ['user_id=a', { user_id: 'a' }],
    ['device_id=a', { device_id: 'a' }],
    ['user_id=a&device_id=b', { user_id: 'a', device_id: 'b' }],
    ['campaign=weekly-2026-11-27', { campaign: 'weekly-2026-11-27' }],
    ['campaign=%20weekly%20', { campaign: 'weekly' }],
    ['position=2', { position: 2 }],
    ['item_index=2', { position: 2 }],
    ['item_index=2&position=2', { position: 2 }],
    ['limit=3', { limit: 3 }],
    ['exclude=a,b', { exclude: ['a', 'b'] }],
    ['exclude=%20a%20,,b,', { exclude: ['a', 'b'] }],
    ['exclude=,', { exclude: [] }],
    ['locale=de', { locale: 'de' }],
    ['locale=de-AT', { locale: 'de-AT' }],
    ['locale=de_AT', { locale: 'de-AT' }],
    ['locale=zh-Hant-TW', { locale: 'zh-Hant-TW' }],
    ['channel=push', { channel: 'push' }],
    ['channel=E-Mail%20%26%20more', { channel: 'E-Mail & more' }],
    ['template=message', { template: 'message' }],
    ['shape=flat', { shape: 'flat' }],
    ['shape=list', { shape: 'list' }],
    ['escape=html', { escape: 'html' }],
    ['page=1', { page: true }],
    ['page=0', { page: false }],
    ['page=true', { page: true }],
    ['width=320&height=240', { width: 320, height: 240 }],
    ['on_unavailable=serve', { on_unavailable: 'serve' }],
    ['on_unavailable=retry', { on_unavailable: 'retry' }],
    ['explain=1', { explain: true }],
    ['explain=0', { explain: false }],
  ])('%s', (query, expected) => {
    expect(parse(query)).toEqual({ ...DEFAULTS, ...expected });
  });
});

describe('ids are not checked here, since a bad one is a reason and no error', () => {
  it.each(['', '  ', '{{x}}', '[user_id]', '%%user_id%%', 'a\u0000b', 'a'.repeat(300), ' a '])('%j', (id) => {
    expect(parse(`user_id=${encodeURIComponent(id)}`)).toEqual({ ...DEFAULTS, user_id: id });
    expect(parse(`device_id=${encodeURIComponent(id)}`)).toEqual({ ...DEFAULTS, device_id: id });
  });
});

describe('what cannot be read is refused, by name', () => {
  it.each([
    'position=0',
    'position=-1',
    'position=1.5',
    'position=first',
    'position=0x2',
    'position=1e1',
    'position=Infinity',
    'item_index=0',
    'limit=0',
    'limit=-3',
    'limit=two',
    'limit=2.5',
    'locale=!',
    'locale=d',
    'locale=../de',
    'template=../email',
    'template=a/b',
    'shape=tree',
    'shape=FLAT',
    'escape=xml',
    'escape=1',
    'page=yes',
    'page=2',
    'width=0',
    'width=wide',
    'height=100000',
    'on_unavailable=fail',
    'explain=yes',
    'explain=2',
  ])('%s', (query) => {
    const name = query.split('=')[0]?.replace('item_index', 'position') ?? '';
    const problem = problemOf(query);
    expect([problem.code, problem.status]).toEqual(['invalid_parameters', 400]);
    expect(problem.message).toMatch(new RegExp(`\\b${name}\\b`));
  });

  it('all at once', () => {
    const { message } = problemOf('position=0&shape=tree&user_id=a&user_id=b&explain=yes');
    for (const name of ['position', 'shape', 'user_id', 'explain']) expect(message).toContain(name);
  });

  it('without repeating what was sent', () => {
    const { message } = problemOf(
      'user_id=anna&user_id=carl&shape=secret&locale=%21secret&template=secret%2F&campaign=' +
        'secret'.repeat(30),
    );
    expect(message).not.toMatch(/anna|carl|secret/);
  });
});

describe('a campaign', () => {
  it.each<[string, string, number]>([
    ['ASCII', 'a', 128],
    ['two bytes each', 'ü', 64],
    ['three bytes each', '中', 42],
    ['four bytes each', '🦊', 32],
  ])('has at most 128 bytes: %s', (_case, character, most) => {
    const fits = character.repeat(most);
    expect(parse(`campaign=${encodeURIComponent(fits)}`).campaign).toBe(fits);
    expect(problemOf(`campaign=${encodeURIComponent(fits + character)}`).message).toMatch(/campaign.*128/);
  });

  it('holds neither markup, nor Liquid, nor control characters', () => {
    const { campaign } = parse(`campaign=${encodeURIComponent('<b>week</b>\u0000 {{x}}')}`);
    expect(campaign).toMatch(/^week \{\u2060\{x\}\}$/);
  });
});

describe('given more than once', () => {
  it.each([
    'user_id=a&user_id=a',
    'position=1&position=1',
    'position=1&item_index=1',
    'shape=list&shape=list',
  ])('alike is fine: %s', (query) => {
    expect(() => parse(query)).not.toThrow();
  });

  it.each([
    'user_id=a&user_id=b',
    'user_id=a&user_id=',
    'position=1&position=2',
    'position=1&item_index=2',
    'item_index=2&position=1',
  ])('differently is refused: %s', (query) => {
    const problem = problemOf(query);
    expect(problem.message).toMatch(/(user_id|position).*more than once/);
  });
});

describe('merge tags that nobody resolved', () => {
  it.each(['{{campaign.${name}}}', '[campaign]', '%%campaign%%', '$$campaign$$', '*|CAMPAIGN|*'])(
    '%s counts as not given, with a hint, in anything but an id',
    (tag) => {
      const names = [
        'campaign',
        'position',
        'limit',
        'locale',
        'channel',
        'template',
        'shape',
        'escape',
        'explain',
      ];
      for (const name of names) {
        const { hints, ...rest } = parse(`${name}=${encodeURIComponent(tag)}`);
        expect({ ...rest, hints: [] }, name).toEqual(DEFAULTS);
        expect(hints).toEqual([expect.stringMatching(new RegExp(`${name}.*merge tag`))]);
      }
    },
  );
});

describe('hints', () => {
  it('name parameters that are not known', () => {
    expect(parse('user=a&userid=b').hints).toEqual([
      expect.stringMatching(/\buser\b.*not known/),
      expect.stringMatching(/\buserid\b.*not known/),
    ]);
  });

  it('know every name of the contract', () => {
    const names =
      'user_id device_id campaign position item_index limit exclude locale channel template shape escape page on_unavailable explain';
    expect(names.split(' ').filter((name) => !PARAMETER_NAMES.has(name))).toEqual([]);
  });

  it.each(['toString', 'constructor', '__proto__', 'hasOwnProperty'])(
    'say of %s that it is not known',
    (name) => {
      const { hints, ...rest } = parse(`${name}=1`);
      expect({ ...rest, hints: [] }).toEqual(DEFAULTS);
      expect(hints).toEqual([expect.stringMatching(/not known/)]);
    },
  );

  it('hold no markup and no Liquid, however a parameter is called', () => {
    const { hints } = parse(`${encodeURIComponent('<b>{{x}}</b>\n')}=1`);
    expect(hints.join()).not.toMatch(/[<\n]|\{\{/);
  });

  it('tell of ids that came unencoded', () => {
    expect(parse('user_id=a+b').hints).toEqual([expect.stringMatching(/raw \+/)]);
  });
});
