import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHttpServer } from '../../src/http/server.ts';
import { openAmplitude } from '../support/amplitude.ts';
import { formatRequest, sendRaw } from '../support/raw.ts';
import {
  basic,
  CALLER,
  type Credentials,
  METRICS,
  openService,
  type Service,
  STUDIO,
} from '../support/service.ts';
import { expectDocumented } from './openapi-answers.ts';
import { type Body, listOf, numbered, openPrefetching } from './prefetching.ts';

const LIST = listOf(['ann,1', 'bob,2', ',3', 'ann,4', '{{user}},5'], 'user_id,n');

function post(service: Service, query: string, body = LIST, as: Credentials | null = STUDIO) {
  return service.post(`/v1/prefetches?${query}`, as).type('text/csv').send(body);
}

describe('POST /v1/prefetches', () => {
  it('answers what was read, how long it takes and what that means', async () => {
    const { service, until } = await openPrefetching();
    const answer = await post(
      service,
      'placement=Old-Hero,strip&campaign=spring&send_at=2026-11-27T09:00%2B01:00&hold=90m',
    );
    expect(answer.status).toBe(202);
    expectDocumented('startPrefetch', answer);
    expect(answer.headers.location).toBe(`/v1/prefetches/${answer.body.id}`);
    expect(answer.body).toMatchObject({
      placements: ['hero', 'strip'],
      campaign: 'spring',
      send_at: '2026-11-27T09:00:00+01:00',
      hold_seconds: 5_400,
      users: 2,
      estimated_calls: 4,
      estimated_seconds: 1,
      ready_at: '2026-11-27T00:00:01.000Z',
      text: '2 people, ready in 1 s, at 01:00. The send is at 09:00.',
      audience: {
        ...{ rows: 5, users: 2, id_column: 'user_id', id_kind: 'user_id', format: 'csv', packing: 'plain' },
        duplicates: { count: 1, first_lines: [5] },
        blank: { count: 1, first_lines: [4] },
        impossible: { count: 1, first_lines: [6] },
      },
    });
    expect(answer.body.warning).toMatch(/exposure/);
    await until(answer.body.id, 'done');
  });

  it('says how late one can begin, and begins nothing, with dry_run', async () => {
    const { amplitude, service } = await openPrefetching({ settings: { PROFILE_BUDGET_PER_MINUTE: '600' } });
    const people = listOf(numbered(2_000));
    const answer = await post(service, 'placement=hero&send_at=2026-11-27T09:00Z&dry_run=1', people);
    expect(answer.status).toBe(200);
    expectDocumented('startPrefetch', answer);
    expect(answer.body).toMatchObject({ id: null, users: 2_000, start_by: '2026-11-27T08:56:00.000Z' });
    expect(answer.body.text).toBe('2,000 people, ready in 4 min. To send at 09:00 UTC, start by 08:56 UTC.');
    expect((await service.get('/v1/prefetches', STUDIO)).body).toEqual({ prefetches: [] });
    expect(amplitude.calls).toHaveLength(0);
  });

  it.each([
    ['no placement', '', 'placement is required'],
    ['an empty placement', 'placement=,', 'placement names none'],
    ['a placement that is switched off', 'placement=off', 'switched off'],
    [
      'a time without a zone',
      'placement=hero&send_at=2026-11-27T09:00',
      'send_at must be a time with its zone',
    ],
    ['a time that is over', 'placement=hero&send_at=2026-11-26T09:00Z', 'send_at is over'],
    ['a time far ahead', 'placement=hero&send_at=2027-11-26T09:00Z', '30 days'],
    ['no time to hold', 'placement=hero&hold=long', 'hold must be a time'],
    ['a hold of months', 'placement=hero&hold=90d', 'hold must be a time'],
    ['a parameter that is not known', 'placement=hero&sendat=2026-11-27T09:00Z', 'sendat is not known'],
    ['a parameter named like a part of any object', 'placement=hero&toString=1', 'toString is not known'],
    ['a parameter without a name', 'placement=hero&%20=1', 'a nameless parameter is not known'],
    ['a parameter given twice', 'placement=hero&hold=1h&hold=2h', 'hold is given more than once'],
    ['a merge tag', 'placement=hero&campaign={{campaign}}', 'campaign is an unresolved merge tag'],
    ['a campaign that is too long', `placement=hero&campaign=${'x'.repeat(129)}`, 'campaign must be'],
  ])('refuses %s, saying so', async (_case, query, detail) => {
    const { service } = await openPrefetching();
    const answer = await post(service, query);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_parameters']);
    expect(answer.body.detail).toContain(detail);
    expectDocumented('startPrefetch', answer);
  });

  it.each([
    ['a placement that is not there', 'placement=nowhere', LIST, 404, 'unknown_placement'],
    ['a list without ids', 'placement=hero', 'mail,name\na,b\n', 400, 'invalid_audience'],
    ['a column that is not there', 'placement=hero&column=id', LIST, 400, 'invalid_audience'],
    ['nothing', 'placement=hero', '', 400, 'invalid_audience'],
    ['nobody', 'placement=hero', 'user_id\n\n{{x}}\n', 400, 'invalid_audience'],
  ])('refuses %s', async (_case, query, body, status, code) => {
    const { service } = await openPrefetching();
    const answer = await post(service, query, body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expectDocumented('startPrefetch', answer);
    expect((await service.get('/v1/prefetches', STUDIO)).body).toEqual({ prefetches: [] });
  });

  it('refuses more people than a store in memory has room for', async () => {
    const { service } = await openPrefetching({ settings: { STORE_URL: 'memory:' } });
    const answer = await post(service, 'placement=hero', listOf(numbered(100_001)));
    expect([answer.status, answer.body.code]).toEqual([413, 'body_too_large']);
    expect(answer.body.detail).toContain('100,000');
  });

  it('takes a list in pieces, however slowly they come', async () => {
    const { service, until } = await openPrefetching();
    const request = httpRequest(`${service.url}/v1/prefetches?placement=hero`, {
      method: 'POST',
      headers: { authorization: basic(STUDIO), 'content-type': 'text/csv' },
    });
    for (const piece of ['user_', 'id\na', 'nn\nbo', 'b\n']) {
      request.write(piece);
      await sleep(20);
    }
    request.end();
    const [response] = await once(request, 'response');
    const text = (await response.toArray()).join('');
    expect(response.statusCode).toBe(202);
    expect(await until(JSON.parse(text).id, 'done')).toMatchObject({ users: 2, done: 2 });
  });

  it('keeps nothing of a list that breaks off', async () => {
    const { service } = await openPrefetching();
    const socket = connect(service.port, '127.0.0.1');
    const head = `POST /v1/prefetches?placement=hero HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic(STUDIO)}\r\n`;
    const body = listOf(numbered(3_000));
    socket.write(`${head}Content-Length: ${body.length + 100}\r\n\r\n${body}`);
    socket.destroySoon();
    await expect.poll(() => service.log.join(), { timeout: 5_000 }).toContain('invalid_body');
    expect((await service.get('/v1/prefetches', STUDIO)).body).toEqual({ prefetches: [] });
  });

  it('answers a refusal also to those who read no answer before they have sent everything', async () => {
    const { service } = await openPrefetching();
    const body = `mail\n${'someone@example.com\n'.repeat(200_000)}`;
    const headers = { Authorization: basic(STUDIO), 'Content-Type': 'text/csv' };
    const answer = await sendRaw(
      service.port,
      formatRequest({ method: 'POST', target: '/v1/prefetches?placement=hero', headers, body }),
    );
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([400, 'invalid_audience']);
  });

  it('is 503 where the store does not answer', async () => {
    const service = await openService({
      amplitude: await openAmplitude(),
      settings: { STORE_URL: 'redis://127.0.0.1:1' },
    });
    const answers = [await post(service, 'placement=hero'), await service.get('/v1/prefetches', STUDIO)];
    for (const { status, body } of answers) expect([status, body.code]).toEqual([503, 'store_unavailable']);
  });
});

describe('GET /v1/prefetches', () => {
  it('lists them, and tells how far one is', async () => {
    const { service, start, until } = await openPrefetching();
    const { id } = await start(['ann']);
    await until(id, 'done');
    const one = await service.get(`/v1/prefetches/${id}`, STUDIO);
    expectDocumented('getPrefetch', one);
    expect(one.body).toMatchObject({ id, state: 'done', done: 1, text: 'Everyone is looked up.' });
    const all = await service.get('/v1/prefetches', STUDIO);
    expectDocumented('listPrefetches', all);
    expect(all.body).toEqual({ prefetches: [one.body] });
  });

  it('of one that is not there is 404', async () => {
    const { service } = await openPrefetching();
    const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
    for (const answer of [
      await service.get(`/v1/prefetches/${id}`, STUDIO),
      await service.post(`/v1/prefetches/${id}/pause`, STUDIO),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([404, 'unknown_prefetch']);
    }
  });
});

describe('controlling one', () => {
  it('pauses, resumes and cancels it, by POST', async () => {
    const { amplitude, service, start } = await openPrefetching({
      settings: { PROFILE_BUDGET_PER_MINUTE: '10' },
    });
    const { id, links } = await start(numbered(30));
    await amplitude.ended(8);
    const act = async (link: string): Promise<Body> => {
      const answer = await service.post(link, STUDIO);
      expectDocumented('controlPrefetch', answer);
      return answer.body.state;
    };
    expect(await act(links.pause)).toBe('paused');
    expect(await act(links.pause)).toBe('paused');
    expect(['waiting', 'running']).toContain(await act(links.resume));
    expect(
      await act(
        links.cancel.toUpperCase().replace('/V1/PREFETCHES', '/v1/prefetches').replace(id.toUpperCase(), id),
      ),
    ).toBe('cancelled');
    expect(await act(links.resume)).toBe('cancelled');
    expect((await service.post(`${links.self}/stop`, STUDIO)).status).toBe(404);
  });
});

describe.each<readonly [string, string, string]>([
  ['PUT', '/v1/prefetches', 'GET, POST'],
  ['DELETE', '/v1/prefetches/x', 'GET'],
  ['PATCH', '/v1/prefetches/x/pause', 'POST'],
  ['DELETE', '/v1/prefetches/users', 'POST'],
])('%s %s', (method, path, allow) => {
  it(`is 405, and names ${allow}`, async () => {
    const { service } = await openPrefetching();
    const { status, headers } = await service.send(method as 'PUT', path, STUDIO);
    expect([status, headers.allow]).toEqual([405, allow]);
  });
});

describe('prefetches are for studio people', () => {
  it.each<readonly [string, Credentials | null, number, string]>([
    ['no credentials', null, 401, 'unauthorized'],
    ['a wrong password', { ...STUDIO, password: 'guess' }, 401, 'unauthorized'],
    ['a caller’s credentials', CALLER, 403, 'wrong_role'],
    ['a scraper’s credentials', METRICS, 403, 'wrong_role'],
  ])('and not for %s', async (_case, as, status, code) => {
    const { service, amplitude } = await openPrefetching();
    for (const answer of [
      await post(service, 'placement=hero', LIST, as),
      await service.get('/v1/prefetches', as),
      await service.get('/v1/prefetches/x', as),
      await service.post('/v1/prefetches/x/cancel', as),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([status, code]);
    }
    expect(amplitude.calls).toHaveLength(0);
  });

  it('and not for what another web site sends', async () => {
    const { service } = await openPrefetching();
    const { status, body } = await post(service, 'placement=hero').set('Origin', 'https://evil.example');
    expect([status, body.code]).toEqual([403, 'cross_site']);
  });
});

describe('a body that comes too slowly', () => {
  /** A server that lets bodies take 100 ms, in front of the real service. */
  async function openImpatient() {
    const { service } = await openPrefetching();
    const server = createHttpServer(service.app.express, { bodyTimeoutMs: 100 }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const { port } = server.address() as { port: number };
    /** Half of a body, and after three times as long as bodies may take, the rest, if there is any. */
    const send = async (path: string, as: Credentials, rest: string | null): Promise<string> => {
      const socket = connect(port, '127.0.0.1').setEncoding('utf8');
      const type = 'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 20\r\n';
      socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic(as)}\r\n${type}\r\nuser_id`);
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      if (rest !== null) {
        await once(server, 'request');
        await sleep(300);
        socket.write(rest);
      }
      await expect.poll(() => text, { timeout: 5_000 }).toContain('\r\n\r\n');
      socket.destroy();
      return text;
    };
    return send;
  }

  it('is refused', async () => {
    const send = await openImpatient();
    const answer = await send('/v1/placements/hero', CALLER, null);
    expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"invalid_request"/);
  });

  it('may take its time if it is a list of people', async () => {
    const send = await openImpatient();
    expect(await send('/v1/prefetches?placement=hero', STUDIO, '\nann\nbob\ncarl')).toMatch(
      /^HTTP\/1\.1 202 /,
    );
  });
});
