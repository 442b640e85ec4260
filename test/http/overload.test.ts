import { once } from 'node:events';
import { IncomingMessage, type RequestListener, ServerResponse } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import request from 'supertest';
import { describe, expect, it, onTestFinished } from 'vitest';
import { takeTurns, waitedMs } from '../../src/http/arrivals.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { openAmplitude } from '../support/amplitude.ts';
import { GOOD } from '../support/products.ts';
import { treatment } from '../support/replies.ts';
import { basic, CALLER, openService } from '../support/service.ts';

/** A request as the server hands it over. */
function arrive(handler: RequestListener, name: string): ServerResponse {
  const message = new IncomingMessage(new Socket());
  message.url = name;
  const response = new ServerResponse(message);
  handler(message, response as Parameters<RequestListener>[1]);
  return response;
}

function open() {
  const handled: string[] = [];
  const waited: number[] = [];
  const handler = takeTurns((message) => {
    handled.push(message.url ?? '');
    waited.push(waitedMs(message));
  });
  return { handler, handled, waited };
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `r${index}`);

describe('requests that arrive together', () => {
  it('are handed over in the order of their arrival, sixteen a turn', async () => {
    const { handler, handled } = open();
    for (const name of names(40)) arrive(handler, name);
    const counts = [handled.length];
    for (let turn = 0; turn < 4; turn += 1) {
      await nextTurn();
      counts.push(handled.length);
    }
    expect(counts).toEqual([0, 16, 32, 40, 40]);
    expect(handled).toEqual(names(40));
  });

  it('queue up behind those who wait already', async () => {
    const { handler, handled } = open();
    for (const name of names(20)) arrive(handler, name);
    await nextTurn();
    arrive(handler, 'later');
    await nextTurn();
    expect(handled).toEqual([...names(20), 'later']);
  });

  it('are dropped where the caller has hung up in the line', async () => {
    const { handler, handled } = open();
    const responses = names(20).map((name) => arrive(handler, name));
    for (const index of [0, 5, 19]) responses[index]?.destroy();
    await nextTurn();
    await nextTurn();
    expect(handled).toEqual(names(20).filter((_, index) => ![0, 5, 19].includes(index)));
  });

  it('are served again after a pause', async () => {
    const { handler, handled } = open();
    for (const name of ['first', 'second']) {
      arrive(handler, name);
      await nextTurn();
    }
    expect(handled).toEqual(['first', 'second']);
  });

  it('are told how long they waited', async () => {
    const { handler, waited } = open();
    arrive(handler, 'one');
    blockFor(20);
    await nextTurn();
    expect(waited[0]).toBeGreaterThanOrEqual(20);
    expect(waitedMs(new IncomingMessage(new Socket()))).toBe(0);
  });
});

describe('the service', () => {
  it('answers everybody when hundreds come at once', async () => {
    const amplitude = await openAmplitude();
    amplitude.planForAll(treatment(...GOOD));
    const service = await openService({ amplitude });
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, index) => service.get(`/v1/placements/hero?user_id=p${index % 10}`)),
    );
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.reason}`))).toEqual(
      new Set(['200 recommended']),
    );
    expect(amplitude.calls).toHaveLength(10);
  });

  it('looks nobody up whose time is over before it is their turn, and answers those who are known', async () => {
    const amplitude = await openAmplitude();
    amplitude.planForAll(treatment(...GOOD));
    const { app, get } = await openService({ amplitude, settings: { ANSWER_DEADLINE: '100ms' } });
    await get('/v1/placements/hero?user_id=known');
    const server = createHttpServer(app.express);
    // Whatever else this process has to do between the arrival of a request and its turn.
    server.on('request', () => blockFor(150));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const ask = async (person: string) =>
      (
        await request(`http://127.0.0.1:${port}`)
          .get(`/v1/placements/hero?user_id=${person}`)
          .set('Authorization', basic(CALLER))
      ).body;
    expect(await ask('new')).toMatchObject({ reason: 'timeout', variant: 'baseline', item_count: 3 });
    expect(await ask('known')).toMatchObject({ reason: 'recommended' });
    expect(amplitude.calls.map(({ person }) => person)).toEqual(['known']);
  });
});

function blockFor(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
