import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  failureOf,
  type OpenRows,
  openRows,
  PASSWORD,
  type Postgres,
  postgresFolder,
  startPostgres,
  USER,
} from '../support/postgres.ts';

const SOON = { timeout: 15_000, interval: 10 };
const NEVER = new AbortController().signal;
/** Sleeps a minute over the id `slow`. */
const SLOW = `select id as sku from unnest($1) as id, lateral (select pg_sleep(case id when 'slow' then 60 else 0 end)) as s`;

const opened: OpenRows[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(opened.splice(0).map(({ close }) => close()));
});

async function open(url: string, query: string, options?: Parameters<typeof openRows>[2]): Promise<OpenRows> {
  const rows = await openRows(url, query, options);
  opened.push(rows);
  return rows;
}

describe.skipIf(postgresFolder() === null)('a PostgreSQL', () => {
  let postgres: Postgres;

  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.remove());

  const sleepers = async (): Promise<number> => {
    const rows = await postgres.sql(
      `select 1 from pg_stat_activity where application_name = 'inlay' and state = 'active' and wait_event = 'PgSleep'`,
    );
    return rows.length;
  };
  const sleep = (count: number) => vi.waitFor(async () => expect(await sleepers()).toBe(count), SOON);

  describe('whose answers are not waited for', () => {
    it('is told to stop, fails at once, and answers others at full strength', async () => {
      const { fetchRows, ask } = await open(postgres.url, SLOW, { timeoutMs: 60_000 });
      const aborter = new AbortController();
      const fetching = Array.from({ length: 10 }, () => failureOf(fetchRows(['slow'], null, aborter.signal)));
      await sleep(4);
      aborter.abort();
      const failures = await Promise.all(fetching);
      expect(failures.map(({ failure }) => failure)).toEqual(Array(10).fill('timeout'));

      const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => ask(`a${index}`)));
      expect(answers.map(([row]) => row?.sku)).toEqual(Array.from({ length: 10 }, (_, index) => `a${index}`));
      await sleep(0);
    });

    it('is not asked at all if it is too late already', async () => {
      const { fetchRows } = await open('postgres://anna@127.0.0.1:1/none', SLOW);
      const error = await failureOf(fetchRows(['a'], null, AbortSignal.abort()));
      expect(error).toMatchObject({ failure: 'timeout', message: 'did not answer in time' });
    });

    it('ends a query by itself after the time-out, and the connection is used again', async () => {
      const query = `select pg_backend_pid() as sku, pg_sleep(case $1[1] when 'slow' then 60 else 0 end)`;
      const { ask, failureOf } = await open(postgres.url, query, { timeoutMs: 200 });
      const [before] = await ask('a');
      expect(await failureOf('slow')).toMatchObject({
        failure: 'timeout',
        message: 'ended the query, which took too long',
      });
      expect(await ask('a')).toEqual([before]);
    });

    it('never has more than four connections, and they do not wear out', async () => {
      const warnings: string[] = [];
      const warn = ({ name }: Error) => void warnings.push(name);
      process.on('warning', warn);
      const { ask } = await open(postgres.url, 'select pg_backend_pid() as sku, pg_sleep(0.01)');
      const rows = await Promise.all(Array.from({ length: 100 }, () => ask('a')));
      expect(new Set(rows.flat().map(({ sku }) => sku)).size).toBe(4);
      process.off('warning', warn);
      expect(warnings).toEqual([]);
    });
  });

  describe('that is stopped', () => {
    it.each(['stop', 'kill'] as const)('by %s is asked again when it is back', async (how) => {
      const log: string[] = [];
      const write = (line: string) => void log.push(JSON.parse(line).msg);
      const { ask, failureOf } = await open(postgres.url, SLOW, { log: pino({}, { write }) });
      await Promise.all(['a', 'b', 'c', 'd'].map((id) => ask(id)));
      await postgres[how]();
      const error = await failureOf('a');
      expect(error.failure).toBe('connection');
      expect(log.join()).toContain('lost an idle connection');
      expect(log.join()).not.toMatch(new RegExp(`${PASSWORD}|${USER}|127.0.0.1`));

      await postgres.start();
      await vi.waitFor(async () => expect(await ask('a')).toEqual([{ sku: 'a' }]), SOON);
    });

    it('fails what is under way', async () => {
      const { failureOf, ask } = await open(postgres.url, SLOW);
      const fetching = Array.from({ length: 3 }, () => failureOf('slow'));
      await sleep(3);
      await postgres.kill();
      const failures = await Promise.all(fetching);
      expect(failures.map(({ failure }) => failure)).toEqual(Array(3).fill('connection'));
      await postgres.start();
      expect(await ask('a')).toEqual([{ sku: 'a' }]);
    });

    it('loses single connections without a trace, used or not', async () => {
      const { ask, failureOf } = await open(postgres.url, SLOW);
      await ask('a');
      const end = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'inlay'`;
      await postgres.sql(end);
      await vi.waitFor(async () => expect(await ask('a')).toEqual([{ sku: 'a' }]), SOON);

      const fetching = failureOf('slow');
      await sleep(1);
      await postgres.sql(end);
      expect(await fetching).toMatchObject({
        failure: 'connection',
        message: 'could not be reached: it is being stopped (57P01)',
      });
      expect(await ask('a')).toEqual([{ sku: 'a' }]);
    });
  });

  describe('that does not let the service in', () => {
    it.each([
      ['a wrong password', `postgres://${USER}:wrong-secret@127.0.0.1`, '28P01'],
      ['no password', `postgres://${USER}@127.0.0.1`, 'SASL'],
      ['an unknown user', 'postgres://secret-user:wrong-secret@127.0.0.1', '28P01'],
    ])('because of %s says so, and nothing more', async (_what, login, code) => {
      const { failureOf } = await open(`${login}:${postgres.port}/postgres`, SLOW);
      const { failure, message } = await failureOf('a');
      expect(failure).toBe('connection');
      expect(message).toMatch(new RegExp(`^could not be reached: [a-z ]+ \\(${code}\\)$`));
      expect(message).not.toMatch(/secret|inlay|127/);
    });

    it('takes no word from variables that other clients of PostgreSQL read', async () => {
      vi.stubEnv('PGPASSWORD', PASSWORD);
      vi.stubEnv('PGSSLMODE', 'require');
      vi.stubEnv('PGSSLNEGOTIATION', 'direct');
      vi.stubEnv('PGDATABASE', 'secret-database');
      vi.stubEnv('PGPORT', '1');
      const { failureOf } = await open(`postgres://${USER}@127.0.0.1:${postgres.port}`, SLOW);
      expect((await failureOf('a')).message).toContain('(SASL)');
      const { ask } = await open(postgres.url, SLOW);
      expect(await ask('a')).toHaveLength(1);
    });

    it('because there is no such database, or no connection left, says so', async () => {
      const none = await open(`${postgres.url.replace(/\/\w+$/, '')}/secret-database`, SLOW);
      expect((await none.failureOf('a')).message).toBe(
        'could not be reached: it has no database of that name (3D000)',
      );

      await postgres.sql('create role few login password null connection limit 0');
      await postgres.sql(`alter role few password 'few'`);
      const few = await open(postgres.url.replace(/\/\/.*@/, '//few:few@'), SLOW);
      expect((await few.failureOf('a')).message).toBe(
        'could not be reached: it has no connection left (53300)',
      );
    });
  });

  describe('that is closed here', () => {
    it('fails what is under way and what comes later, and leaves nothing behind', async () => {
      const slow = await open(postgres.url, SLOW, { timeoutMs: 60_000 });
      const { close, fetchRows, failureOf: later } = slow;
      const fetching = Array.from({ length: 6 }, () => failureOf(fetchRows(['slow'], null, NEVER)));
      await sleep(4);
      await Promise.all([close(), close()]);
      const failures = [...(await Promise.all(fetching)), await later('a')];
      expect(failures.map(({ failure, message }) => `${failure}: ${message}`)).toEqual(
        Array(7).fill('connection: is closed'),
      );
      const left = () => postgres.sql(`select 1 from pg_stat_activity where application_name = 'inlay'`);
      await vi.waitFor(async () => expect(await left()).toEqual([]), SOON);
    });
  });

  describe('at an address that is refused', () => {
    const isRefusedAddress = (address: string) => /^(127\.|::1$)/.test(address);

    it.each(['127.0.0.1', 'localhost', '127.1', '0x7f000001'])('%s is not connected to', async (host) => {
      const url = `${postgres.url.replace('127.0.0.1', host)}?sslmode=disable`;
      const { failureOf } = await open(url, SLOW, { isRefusedAddress });
      expect(await failureOf('a')).toMatchObject({
        failure: 'refused_address',
        message: 'is at an address that is refused',
      });
    });

    it('one address of several may be allowed', async () => {
      const url = postgres.url.replace('127.0.0.1', 'localhost');
      const { ask } = await open(url, SLOW, { isRefusedAddress: (address) => address === '::1' });
      expect(await ask('a')).toEqual([{ sku: 'a' }]);
    });
  });
});

describe('where no PostgreSQL answers', () => {
  let silent: Server;
  const sockets: Socket[] = [];
  beforeEach(async () => {
    silent = createServer((socket) => void sockets.push(socket.on('error', () => {}).resume())).listen(
      0,
      '127.0.0.1',
    );
    await once(silent, 'listening');
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    silent.close();
  });
  const url = () => `postgres://anna:secret@127.0.0.1:${(silent.address() as AddressInfo).port}/shop`;

  it('nothing is waited for beyond the signal, and closing does not wait either', async () => {
    const { fetchRows, close } = await open(url(), SLOW);
    const aborter = new AbortController();
    const fetching = Array.from({ length: 6 }, () => failureOf(fetchRows(['a'], null, aborter.signal)));
    await vi.waitFor(() => expect(sockets).toHaveLength(4), SOON);
    aborter.abort();
    const failures = await Promise.all(fetching);
    expect(failures.map(({ failure }) => failure)).toEqual(Array(6).fill('timeout'));
    await close();
    await vi.waitFor(() => expect(sockets.every(({ closed }) => closed)).toBe(true), 1_000);
  });

  it('a connection is given up after a while, so that the next can be tried', async () => {
    const { ask } = await open(url(), SLOW, { connectMs: 50 });
    const failures = await Promise.all(Array.from({ length: 6 }, () => failureOf(ask('a'))));
    for (const error of failures) {
      expect(error).toMatchObject({ failure: 'timeout', message: 'did not answer in time' });
    }
  });

  it('whatever is said instead is no PostgreSQL', async () => {
    silent.on('connection', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    for (const mode of ['disable', 'require']) {
      const { failureOf } = await open(`${url()}?sslmode=${mode}`, SLOW);
      const { failure, message } = await failureOf('a');
      expect(failure).toBe('connection');
      expect(message).not.toMatch(/HTTP|secret|anna/);
    }
  });

  it.each([
    ['postgres://anna:secret@127.0.0.1:1/shop', 'could not be reached: nothing listens there (ECONNREFUSED)'],
    ['postgres://anna:secret@localhost:1/shop', 'could not be reached: nothing listens there (ECONNREFUSED)'],
    [
      'postgres://anna:secret@/shop?host=/nowhere',
      'could not be reached: there is no such Unix socket (ENOENT)',
    ],
    [
      'postgres://anna:secret@nowhere.invalid/shop',
      /^could not be reached: the name of its machine .+ \((ENOTFOUND|EAI_AGAIN)\)$/,
    ],
  ])('%s says why', async (place, expected) => {
    const { failureOf } = await open(place, SLOW);
    const { failure, message } = await failureOf('a');
    expect(failure).toBe('connection');
    if (typeof expected === 'string') expect(message).toBe(expected);
    else expect(message).toMatch(expected);
  });
});
