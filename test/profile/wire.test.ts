import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePerson } from '../../src/domain/person.ts';
import type { Lookup, TraitRequest, Traits } from '../../src/domain/profile.ts';
import { formatQuery, type ProfileQuery, parseAnswer } from '../../src/profile/wire.ts';

const NOTHING: TraitRequest = { properties: [], cohorts: [], predictions: [] };
const NO_TRAITS: Traits = { properties: {}, cohorts: [], predictions: {} };
const NO_PREDICTION = { probability: null, percentile: null };
const QUERY = queryFor({});

const UNKNOWN = '{"error":"User id and device id not seen before"}';
const THROTTLED =
  '{"error":"Number of requests per minute exceeds system limit. Please contact us if you need this limit raised"}';

function queryFor(change: Partial<ProfileQuery>): ProfileQuery {
  return {
    person: { kind: 'user_id', id: 'myuser' },
    recommendations: ['s234ssg'],
    traits: NOTHING,
    ...change,
  };
}

function fixture(name: string): string {
  return readFileSync(join(import.meta.dirname, '../fixtures/amplitude', name), 'utf8');
}

/** What is read of our one recommendation. */
function read(body: unknown, status = 200, query = QUERY): Lookup | undefined {
  return parseAnswer(status, typeof body === 'string' ? body : JSON.stringify(body), query).get('s234ssg');
}

function readEntry(entry: object): Lookup | undefined {
  return read({ userData: { recommendations: [{ rec_id: 's234ssg', ...entry }] } });
}

function readTraits(userData: object, asked: Partial<TraitRequest>): Traits | null {
  const lookup = read({ userData }, 200, queryFor({ traits: { ...NOTHING, ...asked } }));
  return lookup && 'traits' in lookup ? lookup.traits : null;
}

function unavailable(reason: string): object {
  return { status: 'unavailable', reason };
}

function paramsOf(query: Partial<ProfileQuery>): URLSearchParams {
  return new URLSearchParams(formatQuery(queryFor(query)));
}

describe('the sample answers of Amplitude’s guide', () => {
  it('a control person: the random items are not in the result', () => {
    const lookup = read(fixture('control.json.txt'));
    expect(lookup).toEqual({ status: 'found', isControl: true, items: [], traits: NO_TRAITS });
    expect(JSON.stringify(lookup)).not.toContain('investing-101');
  });

  it('a treatment person: the items, best first', () => {
    expect(read(fixture('treatment-with-traits.json.txt'))).toEqual({
      status: 'found',
      isControl: false,
      items: [
        'investing-101',
        'mortgage-rates-primer',
        'retirement-goals',
        'what-is-a-cd',
        'setting-up-direct-deposit',
      ],
      traits: NO_TRAITS,
    });
  });

  it('with properties, a cohort and a prediction: those that were asked for, and no other', () => {
    const traits = {
      properties: ['plan_type', 'membership_points'],
      cohorts: ['u567uui', 'other'],
      predictions: ['t456tth'],
    };
    const lookup = read(fixture('treatment-with-traits.json.txt'), 200, queryFor({ traits }));
    expect(lookup).toMatchObject({
      traits: {
        properties: { plan_type: 'starter', membership_points: '1752' },
        cohorts: ['u567uui'],
        predictions: { t456tth: { probability: 0.734, percentile: 97.5 } },
      },
    });
    expect(JSON.stringify(lookup)).not.toContain('user@example.com');
  });
});

describe('is_control', () => {
  const items = ['a', 'b'];

  it('false with items is a recommendation', () => {
    expect(readEntry({ is_control: false, items })).toMatchObject({ isControl: false, items });
  });

  it.each([
    ['items', items],
    ['no items', []],
    ['null items', null],
    ['items of an odd shape', { 0: 'a' }],
  ])('true is control, with %s', (_case, given) => {
    expect(readEntry({ is_control: true, items: given })).toEqual({
      status: 'found',
      isControl: true,
      items: [],
      traits: NO_TRAITS,
    });
  });

  it.each(['false', 'true', 0, 1, null, '', [], {}, [false]])(
    '%j is no boolean and no guess: an invalid response',
    (value) => {
      expect(readEntry({ is_control: value, items })).toEqual(unavailable('invalid_response'));
    },
  );

  it('absent is an invalid response', () => {
    expect(readEntry({ items })).toEqual(unavailable('invalid_response'));
  });

  it('that contradicts itself in two entries of one id is an invalid response', () => {
    const recommendations = [
      { rec_id: 's234ssg', is_control: false, items },
      { rec_id: 's234ssg', is_control: true, items },
    ];
    expect(read({ userData: { recommendations } })).toEqual(unavailable('invalid_response'));
    expect(read({ userData: { recommendations: recommendations.toReversed() } })).toEqual(
      unavailable('invalid_response'),
    );
  });

  it('said twice alike is normal', () => {
    const entry = { rec_id: 's234ssg', is_control: false, items };
    expect(read({ userData: { recommendations: [entry, entry] } })).toMatchObject({ status: 'found', items });
  });
});

describe('nothing to recommend', () => {
  const none = { status: 'no_recommendation', traits: NO_TRAITS };

  it.each<[string, object]>([
    ['recommendations null', { recommendations: null }],
    ['recommendations absent', {}],
    ['recommendations empty', { recommendations: [] }],
    ['another recommendation only', { recommendations: [{ rec_id: 'x', is_control: false, items: ['a'] }] }],
    ['our id in another case', { recommendations: [{ rec_id: 'S234SSG', is_control: true, items: [] }] }],
    ['items empty', { recommendations: [{ rec_id: 's234ssg', is_control: false, items: [] }] }],
    ['items null', { recommendations: [{ rec_id: 's234ssg', is_control: false, items: null }] }],
    ['items absent', { recommendations: [{ rec_id: 's234ssg', is_control: false }] }],
    ['items blank', { recommendations: [{ rec_id: 's234ssg', is_control: false, items: ['', ' '] }] }],
  ])('%s', (_case, userData) => {
    expect(read({ userData: { user_id: 'myuser', ...userData } })).toEqual(none);
  });
});

describe('error bodies count before any status', () => {
  it.each([200, 400, 404, 429, 500])('a person not seen before, at %i, is unknown', (status) => {
    expect(read(UNKNOWN, status)).toEqual({ status: 'unknown_user' });
  });

  it.each([200, 400, 404, 429, 500])('the limit exceeded, at %i, is throttled', (status) => {
    expect(read(THROTTLED, status)).toEqual(unavailable('throttled'));
  });

  it('any other error at 200 is no recommendation of any kind', () => {
    expect(read({ error: 'Something new' })).toMatchObject({ status: 'unavailable' });
    expect(read({ error: { message: 'Something new' } })).toMatchObject({ status: 'unavailable' });
  });
});

describe('statuses', () => {
  it.each<[string, number, string, string]>([
    ['a wrong key', 401, 'Invalid Api-Key', 'upstream_rejected'],
    ['a missing key', 401, 'Missing Api-Key in Authorization header', 'upstream_rejected'],
    ['403', 403, 'Forbidden', 'upstream_rejected'],
    ['404 without body', 404, '', 'upstream_rejected'],
    ['404 with HTML', 404, '<html><body><h1>404 Not Found</h1></body></html>', 'upstream_rejected'],
    ['301 with HTML', 301, '<html><body>Moved Permanently</body></html>', 'upstream_rejected'],
    ['302', 302, '', 'upstream_rejected'],
    ['307', 307, '', 'upstream_rejected'],
    ['429 without body', 429, '', 'throttled'],
    ['429 with HTML', 429, '<html></html>', 'throttled'],
    ['500', 500, '{"error":"Internal server error"}', 'upstream_error'],
    ['502 with HTML', 502, '<html>Bad gateway</html>', 'upstream_error'],
    ['503', 503, '', 'upstream_error'],
    ['504', 504, '', 'upstream_error'],
  ])('%s', (_case, status, body, reason) => {
    expect(read(body, status)).toEqual(unavailable(reason));
  });

  it('a profile that comes with a 5xx is not trusted', () => {
    expect(read(fixture('treatment-with-traits.json.txt'), 500)).toEqual(unavailable('upstream_error'));
  });

  it.each([
    '',
    'OK',
    '<html></html>',
    '{"userData":',
    'null',
    '[]',
    '"text"',
    '42',
    '{}',
    '{"userData":null}',
    '{"userData":[]}',
    '{"userData":"text"}',
    '{"userData":{"recommendations":{}}}',
    '{"userData":{"recommendations":"none"}}',
  ])('200 with %j is an invalid response', (body) => {
    expect(read(body)).toEqual(unavailable('invalid_response'));
  });
});

describe('what is normal', () => {
  const entry = { rec_id: 's234ssg', is_control: false, items: ['a'] };
  const asUsual = { status: 'found', isControl: false, items: ['a'], traits: NO_TRAITS };

  it.each<[string, string]>([
    ['seconds as a whole number', '1614192260'],
    ['seconds as a float with exponent', '1.61419226E9'],
    ['null', 'null'],
  ])('last_updated as %s', (_case, value) => {
    const body = `{"userData":{"recommendations":[${JSON.stringify(entry).slice(0, -1)},"last_updated":${value}}]}}`;
    expect(read(body)).toEqual(asUsual);
  });

  it.each<[string, object]>([
    ['unknown keys', { recommendations: [{ ...entry, child_rec_id: 'x', new: {} }], also: 1 }],
    ['entries in another order', { recommendations: [{ ...entry, rec_id: 'z', items: ['z'] }, entry] }],
    ['entries of odd shapes beside ours', { recommendations: [null, 7, 'x', {}, [], entry] }],
    ['a null id', { user_id: null, device_id: null, recommendations: [entry] }],
    ['a sandbox', { sandbox: true, recommendations: [entry] }],
  ])('%s', (_case, userData) => {
    expect(read({ userData })).toEqual(asUsual);
  });

  it('answers several recommendations each on its own', () => {
    const recommendations = [
      { rec_id: 'b', is_control: true, items: ['x'] },
      { rec_id: 'c', is_control: 'yes', items: ['x'] },
      { rec_id: 'a', is_control: false, items: ['y'] },
    ];
    const lookups = parseAnswer(
      200,
      JSON.stringify({ userData: { recommendations } }),
      queryFor({ recommendations: ['a', 'b', 'c', 'd'] }),
    );
    expect([...lookups.keys()]).toEqual(['a', 'b', 'c', 'd']);
    expect(lookups.get('a')).toMatchObject({ isControl: false, items: ['y'] });
    expect(lookups.get('b')).toMatchObject({ isControl: true, items: [] });
    expect(lookups.get('c')).toEqual(unavailable('invalid_response'));
    expect(lookups.get('d')).toMatchObject({ status: 'no_recommendation' });
  });

  it('never throws and never shows a control person’s items, whatever the body', () => {
    const odd = fc.oneof(fc.boolean(), fc.constantFrom('true', null, 0, 1, undefined));
    const items = fc.oneof(fc.array(fc.oneof(fc.string(), fc.jsonValue())), fc.jsonValue());
    const recommendation = fc.record({ rec_id: fc.constantFrom('s234ssg', 'x'), is_control: odd, items });
    fc.assert(
      fc.property(
        fc.array(fc.oneof(recommendation, fc.jsonValue()), { maxLength: 4 }),
        fc.constantFrom(200, 400, 429, 500),
        (recommendations, status) => {
          const lookup = read({ userData: { recommendations } }, status);
          const ours = recommendations.filter(
            (entry): entry is { rec_id: string; is_control: boolean; items: string[] } =>
              typeof entry === 'object' && entry !== null && 'rec_id' in entry && entry.rec_id === 's234ssg',
          );
          if (lookup?.status === 'found') {
            expect(status).toBe(200);
            expect(ours.map((entry) => entry.is_control)).toContain(lookup.isControl);
            if (lookup.isControl) expect(lookup.items).toEqual([]);
            else expect(lookup.items.length).toBeGreaterThan(0);
          }
        },
      ),
    );
    fc.assert(
      fc.property(fc.json(), fc.integer({ min: 100, max: 599 }), (body, status) => void read(body, status)),
    );
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 100, max: 599 }), (body, status) => void read(body, status)),
    );
  });
});

describe('traits', () => {
  it.each<[string, object]>([
    ['cohort_ids, as the API page has it', { cohort_ids: ['u567uui', 'x'] }],
    ['cohort_memberships, as the guide has it', { cohort_memberships: ['x', 'u567uui'] }],
    ['both, one of them null', { cohort_ids: null, cohort_memberships: ['u567uui'] }],
  ])('cohorts in %s', (_case, userData) => {
    expect(readTraits(userData, { cohorts: ['u567uui', 'absent'] })?.cohorts).toEqual(['u567uui']);
  });

  it.each<[string, object]>([
    ['null', { cohort_ids: null }],
    ['absent', {}],
    ['no array', { cohort_ids: 'u567uui' }],
  ])('cohorts %s are none', (_case, userData) => {
    expect(readTraits(userData, { cohorts: ['u567uui'] })?.cohorts).toEqual([]);
  });

  it.each<[string, object, { probability: number | null; percentile: number | null }]>([
    [
      'the guide’s prediction',
      { predictions: [{ name: 'n', percentile: 97.5, pred_id: 'p', probability: 0.734 }] },
      { probability: 0.734, percentile: 97.5 },
    ],
    [
      'the API page’s propensity',
      { predictions: [{ pred_id: 'p', propensity: 0.83 }] },
      { probability: 0.83, percentile: null },
    ],
    [
      'a propensity as text',
      { predictions: [{ pred_id: 'p', propensity: '0.83', percentile: '97' }] },
      { probability: 0.83, percentile: 97 },
    ],
    [
      'propensities of both kinds',
      {
        propensities: [
          { prop: 83, pred_id: 'p', prop_type: 'pct' },
          { prop: '0.12', pred_id: 'p', prop_type: 'score' },
        ],
      },
      { probability: 0.12, percentile: 83 },
    ],
    [
      'a rank alone: never taken for a probability',
      { propensities: [{ prop: 83, pred_id: 'p', prop_type: 'pct' }] },
      { probability: null, percentile: 83 },
    ],
    ['null values', { predictions: [{ pred_id: 'p', probability: null, percentile: null }] }, NO_PREDICTION],
    [
      'texts that are no numbers',
      { propensities: [{ pred_id: 'p', prop: 'high', prop_type: 'score' }] },
      NO_PREDICTION,
    ],
    ['an empty text', { predictions: [{ pred_id: 'p', propensity: '' }] }, NO_PREDICTION],
    ['another prediction', { predictions: [{ pred_id: 'q', probability: 0.5 }] }, NO_PREDICTION],
    ['none', { predictions: null, propensities: null }, NO_PREDICTION],
    ['odd entries', { predictions: [null, 'p', 7] }, NO_PREDICTION],
  ])('a prediction from %s', (_case, userData, expected) => {
    expect(readTraits(userData, { predictions: ['p'] })?.predictions).toEqual({ p: expected });
  });

  it.each<[string, string, string]>([
    ['bare in both', 'points', 'points'],
    ['prefixed in both', 'gp:points', 'gp:points'],
    ['asked bare, answered with gp:', 'points', 'gp:points'],
    ['asked with gp:, answered bare', 'gp:points', 'points'],
  ])('a property %s', (_case, asked, answered) => {
    expect(
      readTraits({ amp_props: { [answered]: '1752', other: 'x' } }, { properties: [asked] })?.properties,
    ).toEqual({
      [asked]: '1752',
    });
  });

  it.each(['text', '5000000.0', 0, 12.5, true, false])('the property value %j comes as it is', (value) => {
    expect(readTraits({ amp_props: { p: value } }, { properties: ['p'] })?.properties).toEqual({ p: value });
  });

  it.each<[string, object]>([
    ['null', { amp_props: null }],
    ['absent', {}],
    ['a list', { amp_props: ['p'] }],
    ['a text', { amp_props: 'p' }],
    ['of a value that is no scalar', { amp_props: { p: { deep: 1 } } }],
    ['of a null value', { amp_props: { p: null } }],
  ])('properties %s give nothing', (_case, userData) => {
    expect(readTraits(userData, { properties: ['p', 'constructor'] })?.properties).toEqual({});
  });

  it('that were not asked for never leave the wire, not even by name', () => {
    const lookup = JSON.stringify(read(fixture('treatment-with-traits.json.txt')));
    for (const secret of ['Springfield', 'email', 'u567uui', 't456tth', '0.734', 'myuser']) {
      expect(lookup).not.toContain(secret);
    }
  });

  it('are told of a person without a recommendation too', () => {
    expect(readTraits({ recommendations: null, cohort_ids: ['c'] }, { cohorts: ['c'] })?.cohorts).toEqual([
      'c',
    ]);
  });
});

describe('the query', () => {
  it('asks for recommendations in both of the documented ways', () => {
    expect(Object.fromEntries(paramsOf({}))).toEqual({
      user_id: 'myuser',
      get_recs: 'true',
      rec_id: 's234ssg',
    });
  });

  it('names several recommendations in one parameter', () => {
    expect(paramsOf({ recommendations: ['a', 'b'] }).get('rec_id')).toBe('a,b');
  });

  it('names a device as a device', () => {
    const params = paramsOf({ person: { kind: 'device_id', id: 'd1' } });
    expect([params.get('device_id'), params.has('user_id')]).toEqual(['d1', false]);
  });

  it.each([
    'a+b',
    'a&rec_type=random',
    'a#b',
    'a b',
    'a%20b',
    'a\u00a0b',
    '🦊',
    'ünï',
    'a=b?c/d',
    'x@example.com',
    '"\'<>\\',
    '😀'.repeat(64),
  ])('encodes the id %j so that it arrives as it is, in ASCII', (id) => {
    const query = formatQuery(queryFor({ person: { kind: 'user_id', id } }));
    expect(query).toMatch(/^[\w.~!*'()%=&-]+$/);
    expect(query).not.toContain('+');
    expect(new URLSearchParams(query).get('user_id')).toBe(id);
    expect(new URLSearchParams(query).has('rec_type')).toBe(false);
  });

  it('can be written for every person that there can be', () => {
    const anyText = fc.string({
      unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    });
    fc.assert(
      fc.property(fc.oneof(anyText, fc.string({ unit: 'binary' })), (text) => {
        const person = parsePerson(text, null);
        if (typeof person === 'string') return;
        expect(paramsOf({ person }).get('user_id')).toBe(person.id);
      }),
      { examples: [['user-\ud800'], ['\udfff']] },
    );
  });

  it.each<[string, Partial<TraitRequest>, Record<string, string>]>([
    ['properties', { properties: ['p'] }, { get_amp_props: 'true' }],
    ['cohorts', { cohorts: ['c'] }, { get_cohort_ids: 'true' }],
    ['predictions', { predictions: ['p', 'q'] }, { get_propensity: 'true', prediction_id: 'p,q' }],
  ])('asks for %s only where they are wanted', (_case, asked, expected) => {
    const { user_id, get_recs, rec_id, ...rest } = Object.fromEntries(
      paramsOf({ traits: { ...NOTHING, ...asked } }),
    );
    expect(rest).toEqual(expected);
  });

  it('never overrides the arm of the experiment', () => {
    const all = { properties: ['rec_type'], cohorts: ['rec_type'], predictions: ['model'] };
    expect(formatQuery(queryFor({ traits: all }))).not.toContain('rec_type=');
  });
});
