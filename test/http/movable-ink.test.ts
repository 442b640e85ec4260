import { describe, expect, it } from 'vitest';
import { openAmplitude, type Plan } from '../support/amplitude.ts';
import { BASELINE, GOOD } from '../support/products.ts';
import { formatRequest, sendRaw } from '../support/raw.ts';
import { treatment } from '../support/replies.ts';
import { basic, CALLER, openService } from '../support/service.ts';

const AUTHORIZED = { Authorization: basic(CALLER), 'x-reverse-proxy-ttl': '10', 'x-mi-cbe': '12345' };

async function open(plan: Plan = treatment(...GOOD)) {
  const amplitude = await openAmplitude();
  amplitude.planForAll(plan);
  const service = await openService({ amplitude });
  /** As its data source does: tokens replaced, nothing encoded. */
  const ask = async (query: string) => {
    const target = `/v1/placements/hero.json?${query}`;
    const { status, body } = await sendRaw(service.port, formatRequest({ target, headers: AUTHORIZED }));
    return { status, body: JSON.parse(body) };
  };
  return { amplitude, service, ask };
}

const blocks = (query: string): string[] => [1, 2, 3].map((index) => `${query}&item_index=${index}`);

describe('three image blocks of one message', () => {
  it('agree with each other and cost one look-up', async () => {
    const { amplitude, ask } = await open();
    const answers = await Promise.all(blocks('user_id=ann').map(ask));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(answers.map(({ body }) => body.item_id)).toEqual(GOOD.slice(0, 3));
    expect(amplitude.calls).toHaveLength(1);
  });

  it('agree when Amplitude fails', async () => {
    const { ask } = await open({ fault: 'hang' });
    const answers = await Promise.all(blocks('user_id=ann').map(ask));
    expect(answers.map(({ body }) => body.reason)).toEqual(['timeout', 'timeout', 'timeout']);
    expect(answers.map(({ body }) => body.item_id)).toEqual(BASELINE.slice(0, 3));
  });

  it('agree with the whole answer and with the HTML of a web crop', async () => {
    const { amplitude, service, ask } = await open();
    const answers = await Promise.all(blocks('user_id=ann').map(ask));
    const crop = await service.get('/v1/placements/hero.html?user_id=ann&position=2&page=1');
    expect(crop.text).toContain('setting-up-direct-deposit');
    expect(crop.text).not.toContain('mortgage-rates-primer');
    const whole = await ask('user_id=ann');
    expect(answers.map(({ body }) => body.item_url)).toEqual(
      [1, 2, 3].map((position) => whole.body[`item_${position}_url`]),
    );
    expect(amplitude.calls).toHaveLength(1);
  });

  it('have the same keys, none of them nested', async () => {
    const { ask } = await open(treatment('no-image'));
    const answers = await Promise.all(blocks('user_id=ann').map(ask));
    const keys = new Set(answers.map(({ body }) => Object.keys(body).join(' ')));
    expect([...keys]).toHaveLength(1);
    for (const { body } of answers) {
      for (const value of Object.values(body)) expect(value === null || typeof value !== 'object').toBe(true);
    }
  });
});

describe('a token that was not replaced', () => {
  it.each([
    '[user_id]',
    '[User ID]',
    '[profile.user-id]',
    '%%email%%',
    '{{user_id}}',
    '{{${user_id}}}',
    '*|ID|*',
  ])('%s makes no call and gives the baseline', async (token) => {
    const { amplitude, ask } = await open();
    const encoded = token.replaceAll(' ', '%20');
    const { status, body } = await ask(`user_id=${encoded}&item_index=1`);
    expect([status, body.reason]).toEqual([200, 'unresolved_merge_tag']);
    expect(body.item_id).toBe(BASELINE[0]);
    expect(amplitude.calls).toHaveLength(0);
  });

  it('in another parameter counts as not given', async () => {
    const { ask } = await open();
    const { status, body } = await ask(
      'user_id=ann&campaign=[campaign]&item_index=[index]&channel=%%channel%%',
    );
    expect([status, body.reason, body.item_count]).toEqual([200, 'recommended', 3]);
  });
});

it('headers change nothing: two calls for one URL get the same bytes', async () => {
  const { service } = await open();
  const target = '/v1/placements/hero.json?user_id=ann';
  const headers = {
    ...AUTHORIZED,
    'Accept-Language': 'de',
    Accept: 'text/html',
    'X-User-Id': 'bob',
    Cookie: 'a=b',
  };
  const plain = await sendRaw(service.port, formatRequest({ target, headers: AUTHORIZED }));
  const other = await sendRaw(service.port, formatRequest({ target, headers }));
  expect(other.body).toBe(plain.body);
});
