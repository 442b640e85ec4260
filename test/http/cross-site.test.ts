import { describe, expect, it } from 'vitest';
import { openAmplitude } from '../support/amplitude.ts';
import { openService, STUDIO } from '../support/service.ts';

const PATH = '/v1/placements/hero.json?user_id=inlay-sample-treatment';

type Headers = Readonly<Record<string, string>>;

async function open() {
  return openService({ amplitude: await openAmplitude() });
}

describe('a request that a browser sends across sites', () => {
  it.each<readonly [string, Headers]>([
    ['Sec-Fetch-Site: cross-site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a navigation from another site', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }],
    ['a foreign Origin', { Origin: 'https://evil.example' }],
    [
      'a foreign Origin of the same site',
      { Origin: 'https://shop.example.com', 'Sec-Fetch-Site': 'same-site' },
    ],
    ['our host on another port', { Origin: 'https://inlay.example.com:8443' }],
    ['our host without TLS', { Origin: 'http://inlay.example.com' }],
    ['a name that begins like ours', { Origin: 'https://inlay.example.com.evil.example' }],
    ['an Origin of null', { Origin: 'null' }],
    ['an empty Origin', { Origin: '' }],
  ])('is refused for %s, whatever its credentials', async (_name, headers) => {
    const service = await open();
    for (const credentials of [undefined, STUDIO, null]) {
      for (const call of [service.get(PATH, credentials), service.post(PATH, credentials)]) {
        const answer = await call.set(headers);
        expect([answer.status, answer.body.code]).toEqual([403, 'cross_site']);
        expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
      }
    }
  });

  it.each<readonly [string, Headers]>([
    ['no such header at all, as of a server', {}],
    ['an address typed by a person', { 'Sec-Fetch-Site': 'none', 'Sec-Fetch-Mode': 'navigate' }],
    ['our own page', { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://inlay.example.com' }],
    ['our own page in an old browser', { Origin: 'https://inlay.example.com' }],
  ])('is something else with %s', async (_name, headers) => {
    const service = await open();
    const answer = await service.get(PATH).set(headers);
    expect([answer.status, answer.body.reason]).toEqual([200, 'recommended']);
  });

  it('gets no permission from a pre-flight', async () => {
    const service = await open();
    const answer = await service
      .send('OPTIONS', PATH)
      .set({ Origin: 'https://evil.example', 'Access-Control-Request-Method': 'GET' });
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
  });
});
