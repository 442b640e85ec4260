import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  makeCertificate,
  type OpenRows,
  openRows,
  PASSWORD,
  type Postgres,
  postgresFolder,
  startPostgres,
} from '../support/postgres.ts';

const IS_PRIVATE = 'select ssl as sku from pg_stat_ssl where pid = pg_backend_pid()';
const NOT_TRUSTED =
  'could not be reached: nobody who is trusted vouches for its certificate; sslrootcert can name its CA';

describe.skipIf(postgresFolder() === null)('TLS to a PostgreSQL', () => {
  /** That takes nothing in plain text. */
  let postgres: Postgres;
  let otherCa: string;
  let folder: string;
  const opened: OpenRows[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inlay-ca-'));
    [postgres, otherCa] = await Promise.all([startPostgres({ tls: true }), makeCertificate(folder)]);
  });
  afterAll(async () => {
    await postgres.remove();
    await rm(folder, { recursive: true });
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(({ close }) => close()));
  });

  const open = async (parameters: string, host = '127.0.0.1', query = IS_PRIVATE): Promise<OpenRows> => {
    const rows = await openRows(`${postgres.url.replace('127.0.0.1', host)}?${parameters}`, query);
    opened.push(rows);
    return rows;
  };
  const ca = () => `sslrootcert=${encodeURIComponent(postgres.certificatePath)}`;

  it.each([
    ['verify-full with its CA', '127.0.0.1', () => `sslmode=verify-full&${ca()}`],
    ['its CA alone, even on the same machine', '127.0.0.1', () => ca()],
    ['verify-ca with its CA, under another name', 'localhost', () => `sslmode=verify-ca&${ca()}`],
    ['require with its CA, under another name', 'localhost', () => `sslmode=require&${ca()}`],
    ['require, whoever it is', 'localhost', () => 'sslmode=require'],
  ])('is made with %s', async (_what, host, parameters) => {
    const { ask } = await open(parameters(), host);
    expect(await ask('a')).toEqual([{ sku: true }]);
  });

  it.each([
    ['verify-full without its CA', '127.0.0.1', () => 'sslmode=verify-full', NOT_TRUSTED],
    ['bound channels', '127.0.0.1', () => 'sslmode=require&channel_binding=require', NOT_TRUSTED],
    ['another CA', '127.0.0.1', () => `sslrootcert=${encodeURIComponent(otherCa)}`, NOT_TRUSTED],
    ['verify-ca and another CA', 'localhost', () => `sslmode=verify-ca&sslrootcert=${otherCa}`, NOT_TRUSTED],
    [
      'verify-full under another name',
      'localhost',
      () => `sslmode=verify-full&${ca()}`,
      'could not be reached: its certificate is for another host',
    ],
  ])('is refused with %s', async (_what, host, parameters, message) => {
    const error = await (await open(parameters(), host)).failureOf('a');
    expect(error.failure).toBe('connection');
    expect(error.message).toContain(message);
    expect(error.message).not.toContain(PASSWORD);
  });

  it('is not left for plain text, nor plain text for TLS', async () => {
    const plain = await open('sslmode=disable');
    expect(await plain.failureOf('a')).toMatchObject({
      failure: 'connection',
      message: 'could not be reached: it does not let this user in from here, or not without TLS (28000)',
    });
  });

  it('cannot be made with a file that is not there, or is no certificate', async () => {
    await expect(open('sslrootcert=/nowhere/ca.pem')).rejects.toThrow(
      /^names a file in sslrootcert that cannot be read \(ENOENT\)$/,
    );
    const path = join(folder, 'empty.pem');
    await writeFile(path, 'nothing\n');
    expect((await (await open(`sslrootcert=${path}`)).failureOf('a')).failure).toBe('connection');
  });

  it('covers the request to end a query that takes too long', async () => {
    const { fetchRows } = await open(ca(), '127.0.0.1', 'select pg_sleep(60) as sku');
    const running = () =>
      postgres.sql(`select pid from pg_stat_activity where application_name = 'inlay' and state = 'active'`);
    const aborter = new AbortController();
    const fetching = fetchRows(['a'], null, aborter.signal).catch((error) => error.failure);
    await vi.waitFor(async () => expect(await running()).toHaveLength(1), { timeout: 10_000, interval: 10 });
    aborter.abort();
    expect(await fetching).toBe('timeout');
    await vi.waitFor(async () => expect(await running()).toEqual([]), { timeout: 5_000, interval: 10 });
  });
});

describe.skipIf(postgresFolder() === null)('TLS to a PostgreSQL that has none', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.remove());

  it.each(['require', 'verify-full'])('is refused, and nothing is sent in plain text: %s', async (mode) => {
    const { failureOf, close } = await openRows(`${postgres.url}?sslmode=${mode}`, IS_PRIVATE);
    expect(await failureOf('a')).toMatchObject({
      failure: 'connection',
      message: 'could not be reached: it offers no TLS, and nothing is sent without (NO_TLS)',
    });
    await close();
  });
});
