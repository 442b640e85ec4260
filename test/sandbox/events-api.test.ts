import { createInstance } from '@amplitude/analytics-node';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import type { BookedEvent } from '../../src/sandbox/event-book.ts';
import { createSandboxEventsApi, type SandboxEventsOptions } from '../../src/sandbox/events-api.ts';
import { listen } from '../support/listen.ts';

const API_KEY = 'sandbox-api-key';
const DAY_MS = 86_400_000;

async function open(options: Partial<SandboxEventsOptions> = {}) {
  const recorded: BookedEvent[] = [];
  const book = { record: (event: BookedEvent) => void recorded.push(event) };
  const server = createSandboxEventsApi({ apiKey: API_KEY, book, ...options });
  const { origin: url } = await listen(server);
  return {
    ...{ url, recorded },
    recordedUsers: () => recorded.map(({ userId }) => userId),
    upload: (events: readonly object[], more: object = {}) =>
      request(url)
        .post('/2/httpapi')
        .send({ api_key: API_KEY, events, ...more }),
    send: (body: string, type = 'application/json') =>
      request(url).post('/2/httpapi').set('Content-Type', type).send(body),
  };
}

const event = (change: object = {}) => ({
  event_type: 'served',
  user_id: 'ann@example.com',
  time: 1_396_381_378_123,
  insert_id: 'insert-1',
  event_properties: { placement: 'hero' },
  ...change,
});

describe('the sandbox takes', () => {
  it('events, says so as Amplitude does, and that it is a sandbox', async () => {
    const { upload, recorded } = await open({ wallNow: () => 1_396_381_378_999 });
    const { status, body } = await upload([event(), event({ insert_id: 'insert-2', event_type: 'clicked' })]);
    expect(status).toBe(200);
    expect(body).toEqual({
      ...{ code: 200, events_ingested: 2, payload_size_bytes: expect.any(Number) },
      ...{ server_upload_time: 1_396_381_378_999, sandbox: true },
    });
    expect(recorded[0]).toEqual({
      ...{ eventType: 'served', userId: 'ann@example.com', deviceId: null, timeMs: 1_396_381_378_123 },
      ...{ properties: { placement: 'hero' } },
    });
    expect(recorded.map(({ eventType }) => eventType)).toEqual(['served', 'clicked']);
  });

  it('one of several with the same insert_id, for each person and for seven days', async () => {
    let nowMs = 1_000 * DAY_MS;
    const { upload, recordedUsers } = await open({ wallNow: () => nowMs });
    await upload([event(), event({ time: 5 })]);
    await upload([event(), event({ user_id: 'bob@example.com' })]);
    nowMs += 7 * DAY_MS - 1;
    await upload([event()]);
    expect(recordedUsers()).toEqual(['ann@example.com', 'bob@example.com']);
    nowMs += 2;
    await upload([event()]);
    expect(recordedUsers()).toHaveLength(3);
  });

  it('one of several of a device with the same insert_id, whoever uses it, and all that have none', async () => {
    const { upload, recorded } = await open();
    await upload([event({ device_id: 'device-1' }), event({ device_id: 'device-2' })]);
    await upload([event({ device_id: 'device-1', user_id: 'bob@example.com' })]);
    await upload([event({ insert_id: undefined }), event({ insert_id: undefined })]);
    expect(recorded.map(({ deviceId }) => deviceId)).toEqual(['device-1', 'device-2', null, null]);
  });

  it('short ids where that is asked for, and devices', async () => {
    const { upload, recorded } = await open();
    const device = event({ user_id: undefined, device_id: 'd' });
    expect((await upload([device], { options: { min_id_length: 1 } })).status).toBe(200);
    expect(recorded[0]).toMatchObject({ userId: null, deviceId: 'd' });
  });
});

describe('the sandbox refuses', () => {
  it.each<[string, object[], object]>([
    ['a time that is none', [event({ time: '2026-11-27' })], { events_with_invalid_fields: { time: [1] } }],
    [
      'an event without type',
      [event({ event_type: undefined })],
      { events_with_missing_fields: { event_type: [1] } },
    ],
    ['an event of nobody', [event({ user_id: undefined })], { events_with_missing_fields: { user_id: [1] } }],
    ['a short id', [event({ user_id: 'ann' })], { events_with_invalid_id_lengths: { user_id: [1] } }],
    [
      'an id that stands for nobody',
      [event({ user_id: 'anonymous' })],
      { events_with_invalid_fields: { user_id: [1] } },
    ],
  ])('everything for %s, and names it', async (_what, faulty, named) => {
    const { upload, recorded } = await open();
    const { status, body } = await upload([event(), ...faulty]);
    expect([status, recorded]).toEqual([400, []]);
    expect(body).toMatchObject({
      code: 400,
      error: 'Invalid field values on some events',
      sandbox: true,
      ...named,
    });
  });

  it('an id that stands for nobody however short ids may be', async () => {
    const { upload } = await open();
    expect((await upload([event({ user_id: '0' })], { options: { min_id_length: 1 } })).status).toBe(400);
  });

  it.each([
    ['a wrong key', { api_key: 'another', events: [event()] }, { error: 'Invalid API key' }],
    ['no key', { events: [event()] }, { error: 'Request missing required field', missing_field: 'api_key' }],
    ['no events', { api_key: API_KEY }, { error: 'Request missing required field', missing_field: 'events' }],
    ['events that are none', { api_key: API_KEY, events: ['served'] }, { error: 'Invalid event JSON' }],
  ])('%s', async (_what, body, answer) => {
    const { send } = await open();
    const { status, body: told } = await send(JSON.stringify(body));
    expect([status, told]).toEqual([400, { code: 400, ...answer, sandbox: true }]);
  });

  it.each([
    ['what is no JSON', '{"api_key":', 'application/json'],
    ['another type', JSON.stringify({ api_key: API_KEY, events: [event()] }), 'text/plain'],
  ])('%s', async (_what, body, type) => {
    const { send } = await open();
    const { status, body: told } = await send(body, type);
    expect([status, told.error]).toEqual([400, 'Invalid JSON request body']);
  });

  it('more than a megabyte, and more than 2,000 events', async () => {
    const { upload, recorded } = await open();
    const large = event({ event_properties: { text: 'x'.repeat(1_048_576) } });
    const many = Array.from({ length: 2_001 }, (_, index) => event({ insert_id: `insert-${index}` }));
    for (const events of [[large], many]) {
      const { status, body } = await upload(events);
      expect([status, body]).toEqual([413, { code: 413, error: 'Payload too large', sandbox: true }]);
    }
    expect(recorded).toEqual([]);
    expect((await upload(many.slice(1))).status).toBe(200);
  });

  it('events of those who have too many, and names them', async () => {
    const { upload, recorded } = await open({ isThrottled: (id) => id.startsWith('busy') });
    const { status, body } = await upload([event(), event({ user_id: 'busy@example.com' })]);
    expect([status, recorded]).toEqual([429, []]);
    expect(body).toMatchObject({
      ...{
        code: 429,
        error: 'Too many requests for some devices and users',
        eps_threshold: 30,
        sandbox: true,
      },
      ...{ throttled_users: { 'busy@example.com': 31 }, throttled_devices: {}, throttled_events: [1] },
    });
  });

  it('other paths and methods', async () => {
    const { url } = await open();
    expect((await request(url).post('/batch').send({})).body.error).toBe('Invalid request path');
    expect((await request(url).get('/2/httpapi')).status).toBe(400);
  });
});

/** Amplitude's own client knows the contract from the other side. */
describe('Amplitude’s own client', () => {
  const openClient = async (options: Partial<SandboxEventsOptions> = {}, apiKey = API_KEY) => {
    const sandbox = await open(options);
    const client = createInstance();
    const serverUrl = `${sandbox.url}/2/httpapi`;
    await client.init(apiKey, {
      serverUrl,
      flushIntervalMillis: 5,
      flushQueueSize: 2,
      flushMaxRetries: 5,
      logLevel: 0,
    }).promise;
    const track = async (user_id: string, text = '') => {
      const { code, message } = await client.track('served', { text }, { user_id }).promise;
      return `${code} ${message}`;
    };
    return { ...sandbox, track };
  };

  it('has its events taken', async () => {
    const { track, recordedUsers } = await openClient();
    expect(await track('ann@example.com')).toBe('200 Event tracked successfully');
    expect(recordedUsers()).toEqual(['ann@example.com']);
  });

  it('understands which events are refused, and sends the others again', async () => {
    const { track, recordedUsers } = await openClient();
    const results = await Promise.all([track('ann@example.com'), track('anonymous'), track('bob')]);
    expect(results).toEqual([
      '200 Event tracked successfully',
      '400 Invalid field values on some events',
      '400 Invalid field values on some events',
    ]);
    expect(recordedUsers()).toEqual(['ann@example.com']);
  });

  it('understands that the key is wrong', async () => {
    const { track } = await openClient({}, 'another-key');
    expect(await track('ann@example.com')).toBe('400 Invalid API key');
  });

  it('understands that it is too large, and sends less', async () => {
    const { track, recordedUsers } = await openClient();
    const half = 'x'.repeat(600_000);
    const results = await Promise.all([track('ann@example.com', half), track('bob@example.com', half)]);
    expect(results).toEqual(Array(2).fill('200 Event tracked successfully'));
    expect(recordedUsers().sort()).toEqual(['ann@example.com', 'bob@example.com']);
  });
});
