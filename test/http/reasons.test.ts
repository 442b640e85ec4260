import { describe, expect, it } from 'vitest';
import { openAmplitude, type Plan } from '../support/amplitude.ts';
import { BASELINE, GOOD, UNUSABLE } from '../support/products.ts';
import {
  broken,
  control,
  knownWith,
  nobody,
  overLimit,
  recommending,
  treatment,
  wrongKey,
} from '../support/replies.ts';
import { openService } from '../support/service.ts';
import { itemIds } from './answers.ts';

const entry = { rec_id: 's234ssg', is_control: false, items: [...GOOD] };

type Row = readonly [name: string, reason: string, plan: Plan];

const FALLBACKS: readonly Row[] = [
  ['recommendations that are null', 'no_recommendation', knownWith(null)],
  ['recommendations that are absent', 'no_recommendation', knownWith(undefined)],
  ['recommendations that are empty', 'no_recommendation', knownWith([])],
  ['another recommendation only', 'no_recommendation', knownWith([{ ...entry, rec_id: 'other' }])],
  ['our recommendation without items', 'no_recommendation', treatment()],
  ['an unknown person, at 200', 'unknown_user', nobody(200)],
  ['an unknown person, at 400', 'unknown_user', nobody(400)],
  ['an unknown person, at 404', 'unknown_user', nobody(404)],
  ['an unknown person, at 429', 'unknown_user', nobody(429)],
  ['the limit exceeded, at 200', 'throttled', overLimit(200)],
  ['the limit exceeded, at 400', 'throttled', overLimit(400)],
  ['the limit exceeded, at 404', 'throttled', overLimit(404)],
  ['the limit exceeded, at 429', 'throttled', overLimit(429)],
  ['a bare 429', 'throttled', { status: 429, body: 'slow down' }],
  ['nothing for too long', 'timeout', { fault: 'hang' }],
  ['a byte now and then', 'timeout', { body: { userData: {} }, dripMs: 200 }],
  ['500', 'upstream_error', broken],
  ['502 with HTML', 'upstream_error', { status: 502, body: '<html>Bad gateway</html>' }],
  ['503 with nothing', 'upstream_error', { status: 503 }],
  ['a broken connection', 'upstream_error', { fault: 'reset' }],
  [
    'half of a body',
    'upstream_error',
    { fault: 'truncate', body: { userData: { recommendations: [entry] } } },
  ],
  ['is_control absent', 'invalid_response', recommending({ items: [...GOOD] })],
  ['is_control as text', 'invalid_response', recommending({ is_control: 'false', items: [...GOOD] })],
  ['is_control null', 'invalid_response', recommending({ is_control: null, items: [...GOOD] })],
  ['HTML at 200', 'invalid_response', { body: '<html>Welcome</html>' }],
  ['nothing at 200', 'invalid_response', {}],
  ['an empty object', 'invalid_response', { body: {} }],
  ['a list', 'invalid_response', { body: [entry] }],
  ['a wrong key', 'upstream_rejected', wrongKey],
  ['403', 'upstream_rejected', { status: 403, body: 'Forbidden' }],
  ['404 with nothing', 'upstream_rejected', { status: 404 }],
  ['404 with HTML', 'upstream_rejected', { status: 404, body: '<html>Not found</html>' }],
  [
    'a redirect',
    'upstream_rejected',
    { status: 301, body: '<html></html>', headers: { location: '/v1/userprofile?user_id=ann' } },
  ],
  ['items without content', 'no_content', treatment(...UNUSABLE)],
];

describe('what Amplitude says', () => {
  it.each(FALLBACKS)('%s gives the baseline as a fallback, for %s', async (_name, reason, plan) => {
    const amplitude = await openAmplitude();
    const service = await openService({ amplitude });
    amplitude.plan('ann', plan);
    const { status, body } = await service.get('/v1/placements/hero.json?user_id=ann');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      placement: 'hero',
      variant: 'baseline',
      reason,
      is_treatment: false,
      is_fallback: true,
      is_sample: false,
      has_items: true,
      item_count: 3,
    });
    expect(itemIds(body)).toEqual(BASELINE.slice(0, 3));
  });

  it('gives a treatment its items, best first', async () => {
    const amplitude = await openAmplitude();
    const service = await openService({ amplitude });
    amplitude.plan('ann', treatment(...GOOD));
    const { status, body } = await service.get('/v1/placements/hero.json?user_id=ann');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      placement: 'hero',
      variant: 'treatment',
      reason: 'recommended',
      is_treatment: true,
      is_fallback: false,
      is_sample: false,
      has_items: true,
      item_count: 3,
      item_1_title: 'All about mortgage-rates-primer & more',
      item_1_url: 'https://www.example.com/learn/mortgage-rates-primer?ref=a&x=1',
      item_1_app_link: 'myapp://learn/mortgage-rates-primer',
      item_1_image_url: 'https://images.example.com/mortgage-rates-primer.jpg',
      item_1_price: 40.5,
      item_1_price_text: '$40.50',
    });
    expect(itemIds(body)).toEqual(GOOD.slice(0, 3));
  });

  it('gives control the baseline, never the random items that came along, and no fallback', async () => {
    const amplitude = await openAmplitude();
    const service = await openService({ amplitude });
    amplitude.plan('ann', control(...GOOD));
    const { body } = await service.get('/v1/placements/hero.json?user_id=ann');
    expect(body).toMatchObject({
      variant: 'baseline',
      reason: 'control',
      is_treatment: false,
      is_fallback: false,
    });
    expect(itemIds(body)).toEqual(BASELINE.slice(0, 3));
  });

  it('backfills items without content by the next ones, and never by the baseline', async () => {
    const amplitude = await openAmplitude();
    const service = await openService({ amplitude });
    amplitude.plan('ann', treatment('gone', 'index-funds', 'javascript-url', 'no-title', 'credit-score'));
    const { body } = await service.get('/v1/placements/hero.json?user_id=ann');
    expect(body).toMatchObject({ reason: 'recommended', item_count: 2, item_3_id: null, item_3_url: null });
    expect(itemIds(body)).toEqual(['index-funds', 'credit-score']);
  });

  it.each<readonly [string, Plan]>([
    ['another order and extra entries', knownWith([{ ...entry, rec_id: 'other', is_control: true }, entry])],
    ['a float in exponent form as last_updated', knownWith([{ ...entry, last_updated: 1.614e9 }])],
    ['unknown keys', knownWith([{ ...entry, child_rec_id: null, news: { a: [1] } }])],
  ])('takes %s as normal', async (_name, plan) => {
    const amplitude = await openAmplitude();
    const service = await openService({ amplitude });
    amplitude.plan('ann', plan);
    const { body } = await service.get('/v1/placements/hero.json?user_id=ann');
    expect(body).toMatchObject({ reason: 'recommended' });
  });
});

describe('what needs no Amplitude', () => {
  const long = 'x'.repeat(257);
  it.each([
    ['no id', 'no_user', 'hero', ''],
    ['a blank id', 'no_user', 'hero', 'user_id=%20%20&device_id='],
    ['an id of Liquid', 'unresolved_merge_tag', 'hero', 'user_id={{${user_id}}}'],
    ['an encoded id of Liquid', 'unresolved_merge_tag', 'hero', 'user_id=%7B%7B%24%7Buser_id%7D%7D%7D'],
    ['a token in brackets', 'unresolved_merge_tag', 'hero', 'user_id=%5Buser_id%5D'],
    ['a token in brackets with a space', 'unresolved_merge_tag', 'hero', 'user_id=%5Buser%20id%5D'],
    ['a token in percent signs', 'unresolved_merge_tag', 'hero', 'user_id=%%user_id%%'],
    ['an encoded token in percent signs', 'unresolved_merge_tag', 'hero', 'user_id=%25%25email%25%25'],
    ['a token in dollar signs', 'unresolved_merge_tag', 'hero', 'user_id=$$user_id$$'],
    ['a token in stars and bars', 'unresolved_merge_tag', 'hero', 'user_id=*%7CUSERID%7C*'],
    ['such a device id', 'unresolved_merge_tag', 'hero', 'device_id=%5Bdevice_id%5D'],
    ['an id of 257 bytes', 'invalid_user', 'hero', `user_id=${long}`],
    ['an id of 129 characters of two bytes', 'invalid_user', 'hero', `user_id=${'%C3%A9'.repeat(129)}`],
    ['a device id that is too long', 'invalid_user', 'hero', `device_id=${long}`],
    ['an id with a line break', 'invalid_user', 'hero', 'user_id=ann%0Abob'],
    ['an id with a null', 'invalid_user', 'hero', 'user_id=ann%00'],
    ['an id with DEL', 'invalid_user', 'hero', 'user_id=ann%7Fbob'],
    ['a placement switched off', 'disabled', 'off', 'user_id=ann'],
  ])('%s gives the baseline, for %s, without a call', async (_name, reason, placement, query) => {
    const amplitude = await openAmplitude();
    const service = await openService({ amplitude });
    const { status, body } = await service.get(`/v1/placements/${placement}.json?${query}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ variant: 'baseline', reason, is_treatment: false, is_fallback: true });
    expect(itemIds(body)).toEqual(BASELINE.slice(0, 3));
    expect(amplitude.calls).toHaveLength(0);
  });

  it.each([
    ['256 bytes', 'y'.repeat(256)],
    ['128 characters of two bytes', 'é'.repeat(128)],
    ['64 emoji', '😀'.repeat(64)],
    ['brackets inside', 'ann[1]bob'],
    ['one percent sign', '100%'],
    ['a mail address with a plus', 'ann+news@example.com'],
  ])('an id of %s is looked up as it is', async (_name, id) => {
    const amplitude = await openAmplitude();
    const service = await openService({ amplitude });
    amplitude.plan(id, treatment(...GOOD));
    const { body } = await service.get(`/v1/placements/hero.json?user_id=${encodeURIComponent(id)}`);
    expect(body.reason).toBe('recommended');
    expect(amplitude.callsFor(id)).toHaveLength(1);
  });
});
