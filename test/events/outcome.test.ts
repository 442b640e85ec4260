import { describe, expect, it } from 'vitest';
import { type Outcome, parseOutcome } from '../../src/events/outcome.ts';

// Amplitude's answers as its page on the HTTP API V2 shows them, about these events.
const LINES = ['ann@example.com', 'bob@example.com', 'cat@example.com', 'dan@example.com'].map((user_id) =>
  JSON.stringify({ event_type: 'served', user_id }),
);
LINES.push(JSON.stringify({ event_type: 'served', device_id: 'C8F9E604-F01A-4BD9-95C6-8E5357DF265D' }));

const read = (status: number, body: object | string): Outcome =>
  parseOutcome(status, typeof body === 'string' ? body : JSON.stringify(body), LINES);
const named = (outcome: Outcome): number[] => (outcome.kind === 'refused' ? [...outcome.refused].sort() : []);

describe('200', () => {
  it('is taken', () => {
    const body = {
      ...{ code: 200, events_ingested: 50, payload_size_bytes: 50 },
      server_upload_time: 1_396_381_378_123,
    };
    expect(read(200, body)).toEqual({ kind: 'taken' });
  });

  it.each(['', '<html>Sign in to the network</html>', '{}', '{"code":200', '[]', 'null'])(
    'of somebody else is not: %s',
    (body) => expect(read(200, body)).toEqual({ kind: 'failed', reason: 'not_amplitude' }),
  );
});

describe('400', () => {
  it('names the events that are wrong, by whatever is wrong with them', () => {
    const outcome = read(400, {
      ...{ code: 400, error: 'Invalid field values on some events' },
      events_with_invalid_fields: { time: [3], user_id: [0, 3] },
      events_with_missing_fields: { event_type: [4] },
      events_with_invalid_id_lengths: { user_id: [1] },
      silenced_events: [2],
    });
    expect([outcome.kind, named(outcome)]).toEqual(['refused', [0, 1, 2, 3, 4]]);
  });

  it('names nothing that was not sent', () => {
    const body = { code: 400, events_with_invalid_fields: { time: [2, 99] } };
    expect(named(read(400, body))).toEqual([2]);
    expect(read(400, { code: 400, events_with_invalid_fields: { time: [99] } })).toEqual({
      kind: 'unreadable',
    });
  });

  it.each([
    { code: 400, error: 'Invalid API key: 12345' },
    { code: 400, error: 'invalid api_key' },
    { code: 400, error: 'Request missing required field', missing_field: 'api_key' },
  ])('that concerns the key is about no event: %o', (body) => {
    expect(read(400, body)).toEqual({ kind: 'denied', reason: 'wrong_key' });
  });

  it.each([
    { code: 400, error: 'Invalid JSON request body' },
    { code: 400, error: 'Request missing required field', missing_field: 'events' },
    { code: 400, error: 'Invalid field values on some events', events_with_invalid_fields: {} },
    { events_with_invalid_fields: { time: 'all' }, silenced_events: null },
    'Bad Request',
  ])('that names none is about any of them: %o', (body) => {
    expect(read(400, body)).toEqual({ kind: 'unreadable' });
  });
});

it('413 is too large', () => {
  expect(read(413, { code: 413, error: 'Payload too large' })).toEqual({ kind: 'too_large' });
});

describe('429', () => {
  const throttling = (body: object) => {
    const outcome = read(429, { code: 429, error: 'Too many requests for some devices and users', ...body });
    if (outcome.kind !== 'throttled') throw new Error(outcome.kind);
    return [[...outcome.throttled].sort(), [...outcome.overQuota].sort()];
  };

  it('names the events of those who have too many', () => {
    const body = {
      eps_threshold: 10,
      throttled_devices: { 'C8F9E604-F01A-4BD9-95C6-8E5357DF265D': 11 },
      throttled_users: { 'ann@example.com': 12 },
      throttled_events: [0, 4],
    };
    expect(throttling(body)).toEqual([[0, 4], []]);
  });

  it('names them by the user or the device alone', () => {
    const body = { throttled_users: { 'bob@example.com': 12, 'eve@example.com': 9 }, throttled_devices: {} };
    expect(throttling(body)).toEqual([[1], []]);
    expect(throttling({ throttled_devices: { 'C8F9E604-F01A-4BD9-95C6-8E5357DF265D': 11 } })).toEqual([
      [4],
      [],
    ]);
  });

  it('names those who have had enough for today', () => {
    const body = {
      exceeded_daily_quota_users: { 'ann@example.com': 500_200 },
      exceeded_daily_quota_devices: { 'C8F9E604-F01A-4BD9-95C6-8E5357DF265D': 600_200 },
      throttled_events: [0, 1, 99],
    };
    expect(throttling(body)).toEqual([[1], [0, 4]]);
  });

  it.each([{}, { throttled_events: [], throttled_users: null }])('may name nobody: %o', (body) => {
    expect(throttling(body)).toEqual([[], []]);
  });

  it('may be no JSON', () => {
    expect(read(429, 'slow down')).toMatchObject({ kind: 'throttled' });
  });
});

it.each([500, 502, 503, 504, 408, 599])('%d may have been taken or not', (status) => {
  expect(read(status, 'whatever')).toEqual({ kind: 'failed', reason: `status_${status}` });
});

it.each([301, 302, 401, 403, 404, 405])('%d is no fault of the events', (status) => {
  expect(read(status, '<html></html>')).toEqual({ kind: 'denied', reason: `status_${status}` });
});
