import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { openConnection } from '../support/connection.ts';
import { startDemo } from '../support/process.ts';
import { formatRequest, sendRaw } from '../support/raw.ts';
import { basic, type Credentials } from '../support/service.ts';

const CONNECTIONS = 20;

/** Generous: an answer takes less than a second, and nothing else is to be waited for. */
const STOP_MS = 8_000;

const headersFor = (credentials: Credentials) => ({
  Authorization: basic(credentials),
  Connection: 'keep-alive',
  'Content-Type': 'application/x-www-form-urlencoded',
});

const ask = (person: string, credentials: Credentials) =>
  formatRequest({
    target: `/v1/placements/home-hero?user_id=${person}`,
    headers: headersFor(credentials),
  });

describe('npm run demo', () => {
  it('says an address and credentials that work, for each of its people', async () => {
    const { port, credentials } = await startDemo();
    const headers = { Authorization: basic(credentials) };
    const reasons = await Promise.all(
      ['treatment-1', 'control-1', 'new-1', 'empty-1', 'slow-1', 'error-1', 'throttled-1'].map(
        async (person) => {
          const target = `/v1/placements/home-hero?user_id=${person}`;
          const { status, body } = await sendRaw(port, formatRequest({ target, headers }));
          return [status, JSON.parse(body).reason];
        },
      ),
    );
    expect(reasons).toEqual([
      [200, 'recommended'],
      [200, 'control'],
      [200, 'unknown_user'],
      [200, 'no_recommendation'],
      [200, 'timeout'],
      [200, 'upstream_error'],
      [200, 'throttled'],
    ]);
  });

  it('says commands that can be pasted, with a placement that exists', async () => {
    const { output, port } = await startDemo();
    const commands = [...output().matchAll(/curl -su (\S+):(\S+) 'http:\/\/127\.0\.0\.1:\d+(\/[^']*)'/g)];
    expect(commands.length).toBeGreaterThan(3);
    for (const [, name = '', password = '', target = ''] of commands) {
      const headers = { Authorization: basic({ name, password }) };
      expect((await sendRaw(port, formatRequest({ target, headers }))).status).toBe(200);
    }
  });

  it('listens on this machine alone', async () => {
    const { port } = await startDemo();
    const other = connect(port, '127.0.0.2');
    await expect(once(other, 'connect')).rejects.toThrow();
  });
});

describe('a signal to stop', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: requests under way get a full answer, then it exits with 0',
    async (signal) => {
      const { child, port, credentials, exited } = await startDemo();
      const connections = await Promise.all(
        Array.from({ length: CONNECTIONS }, async (_, index) => {
          const connection = await openConnection(port);
          connection.write(
            formatRequest({
              method: 'POST',
              target: '/v1/placements/home-hero.json',
              headers: { ...headersFor(credentials), Expect: '100-continue', 'Content-Length': '30' },
            }),
          );
          // From here on the process has the request; only its body is still missing.
          await connection.received(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
          return { connection, body: `user_id=slow-${index}`.padEnd(30, '&') };
        }),
      );
      child.kill(signal);
      const answers = await Promise.all(
        connections.map(async ({ connection, body }) => {
          connection.write(body);
          return connection.received(/\r\n\r\n\{.*\}$/s);
        }),
      );
      for (const answer of answers) {
        expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
        expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({
          reason: 'timeout',
          item_count: 3,
        });
      }
      expect(await exited).toBe(0);
    },
    STOP_MS,
  );

  it(
    'does not wait for connections that are kept open after an answer',
    async () => {
      const { child, port, credentials, exited } = await startDemo();
      const served = await openConnection(port);
      const waiting = await openConnection(port);
      served.write(ask('treatment-1', credentials));
      await served.received(/\}$/);
      waiting.write(ask('slow-1', credentials));
      // Sent later and answered, so the process has read the one before.
      await sendRaw(port, formatRequest({ target: '/livez' }));
      child.kill('SIGTERM');
      expect(await waiting.received(/\}$/)).toContain('"reason":"timeout"');
      await Promise.all([served.closed, waiting.closed]);
      expect(await exited).toBe(0);
    },
    STOP_MS,
  );

  it('is not held up for ever by a connection on which nothing was ever sent', async () => {
    const { child, port, exited } = await startDemo();
    const silent = await openConnection(port);
    await sendRaw(port, formatRequest({ target: '/livez' }));
    child.kill('SIGTERM');
    await silent.closed;
    expect(await exited).toBe(0);
  });
});
