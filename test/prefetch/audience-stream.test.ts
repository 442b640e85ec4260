import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { Person } from '../../src/domain/person.ts';
import { type AudienceReport, readAudience } from '../../src/prefetch/audience.ts';
import type { LargeReading } from './audience-large-worker.ts';
import { NO_OPTIONS } from './audience-reading.ts';

const ignore = async (): Promise<void> => {};
const someRows = (count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, (_, index) => `user-${index}\n`).join(''));

const PACKINGS: [string, (file: Buffer) => Buffer][] = [
  ['plain', (file) => file],
  ['gzip', (file) => gzipSync(file)],
];

describe('people', () => {
  it('come in order, some hundreds at a time', async () => {
    const batches: (readonly Person[])[] = [];
    const body = Readable.from([Buffer.from('user_id\n'), someRows(1_234)]);
    await readAudience(body, NO_OPTIONS, async (people) => {
      batches.push(people);
    });
    expect(batches.map(({ length }) => length)).toEqual([500, 500, 234]);
    expect(batches.flat().map(({ id }) => id)).toEqual(
      Array.from({ length: 1_234 }, (_, index) => `user-${index}`),
    );
  });

  it('wait until those before are done with, and nothing more is read meanwhile', async () => {
    let pulled = 0;
    const body = Readable.from(
      (function* () {
        yield Buffer.from('user_id\n');
        for (; pulled < 100; pulled += 1)
          yield Buffer.from(someRows(1_000).toString().replaceAll('user', `u${pulled}`));
      })(),
      { highWaterMark: 2 },
    );
    const first = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    let batches = 0;
    const reading = readAudience(body, NO_OPTIONS, () => {
      batches += 1;
      asked.resolve();
      return first.promise;
    });
    await asked.promise;
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
    expect(batches).toBe(1);
    expect(pulled).toBeLessThan(6);
    first.resolve();
    expect((await reading).users).toBe(100_000);
  });

  it('whom nobody can take end the reading with what went wrong, and the body is left open', async () => {
    const full = new Error('full');
    const body = Readable.from([Buffer.from('user_id\n'), someRows(5_000)]);
    await expect(readAudience(body, NO_OPTIONS, () => Promise.reject(full))).rejects.toBe(full);
    expect(body.destroyed).toBe(false);
    expect(body.listenerCount('error') + body.listenerCount('readable')).toBe(0);
  });
});

describe('reading', () => {
  it.each(PACKINGS)('is given up when it is told to, while it waits for more: %s', async (_case, pack) => {
    const stop = new AbortController();
    const body = new Readable({ read() {} });
    body.push(pack(Buffer.concat([Buffer.from('user_id\n'), someRows(5_000)])).subarray(0, -20));
    const asked = Promise.withResolvers<void>();
    const reading = readAudience(body, { ...NO_OPTIONS, signal: stop.signal }, async () => asked.resolve());
    await asked.promise;
    stop.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    expect(body.destroyed).toBe(false);
    expect(body.listenerCount('error') + body.listenerCount('readable') + body.listenerCount('end')).toBe(0);
  });

  it('does not begin when it was told before', async () => {
    const options = { ...NO_OPTIONS, signal: AbortSignal.abort(new Error('enough')) };
    await expect(readAudience(Readable.from(['user_id\na\n']), options, ignore)).rejects.toThrow('enough');
  });

  it.each(PACKINGS)('ends when the body fails: %s', async (_case, pack) => {
    const body = new Readable({ read() {} });
    body.push(pack(Buffer.concat([Buffer.from('user_id\n'), someRows(5_000)])).subarray(0, -20));
    const reading = readAudience(body, NO_OPTIONS, async () => {
      body.destroy(new Error('ECONNRESET'));
    });
    await expect(reading).rejects.toMatchObject({ name: 'AudienceError', code: 'interrupted' });
  });

  it('ends when the body has failed before', async () => {
    const body = new Readable({ read() {} });
    body.destroy();
    await once(body, 'close');
    await expect(readAudience(body, NO_OPTIONS, ignore)).rejects.toMatchObject({ code: 'interrupted' });
  });
});

describe('a row without an end', () => {
  it.each([
    ['as the first line', ''],
    ['in a CSV file', 'user_id\nanna\n'],
    ['in quotes', 'user_id\nanna\n"'],
    ['in NDJSON', '{"user_id":"anna"}\n'],
    ['in a list', '["'],
    ['before the list of people', '{"x":"'],
    ['after it', '["anna"] '],
  ])('is given up after a megabyte or two: %s', async (_case, beginning) => {
    let chunks = 0;
    const endless = (function* () {
      yield Buffer.from(beginning);
      for (; chunks < 16_384; chunks += 1) yield Buffer.alloc(65_536, beginning.endsWith(' ') ? ' ' : 'x');
    })();
    await expect(readAudience(Readable.from(endless), NO_OPTIONS, ignore)).rejects.toMatchObject({
      code: 'row_too_long',
    });
    expect(chunks).toBeLessThan(50);
  });
});

describe('an upload over HTTP', () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  async function listen(onReading: (reading: Promise<AudienceReport>) => void): Promise<number> {
    const server = createServer((message, response) => {
      const reading = readAudience(message, NO_OPTIONS, ignore);
      onReading(reading);
      reading.then(
        ({ users }) => response.end(String(users)),
        ({ code }) => response.writeHead(400, { Connection: 'close' }).end(code),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closers.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  }

  const textOf = async (response: IncomingMessage): Promise<string> => (await response.toArray()).join('');

  it('is read', async () => {
    const port = await listen(() => {});
    const body = Buffer.concat([Buffer.from('user_id\n'), someRows(50_000)]);
    const response = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body });
    expect(await response.text()).toBe('50000');
  });

  it.each(PACKINGS)('is answered before its end if it cannot be read: %s', async (_case, pack) => {
    const port = await listen(() => {});
    const upload = request({ port, host: '127.0.0.1', method: 'POST' });
    closers.push(() => upload.destroy());
    // It does not end.
    upload.write(pack(Buffer.from(`customer\n${someRows(50_000)}`)).subarray(0, -20));
    const [response] = (await once(upload, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(400);
    expect(await textOf(response)).toBe('no_id_column');
  });

  it('is interrupted when the client goes', async () => {
    const begun = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<string>();
    const port = await listen((reading) => {
      begun.resolve();
      reading.then(
        () => ended.resolve('read'),
        ({ code }) => ended.resolve(code),
      );
    });
    const upload = request({ port, host: '127.0.0.1', method: 'POST' });
    upload.on('error', () => {});
    upload.write('user_id\nanna\n');
    await begun.promise;
    upload.destroy();
    expect(await ended.promise).toBe('interrupted');
  });
});

describe('a large audience', () => {
  it('fits into little memory, and leaves the event loop to others', async () => {
    const worker = new Worker(new URL('./audience-large-worker.ts', import.meta.url), {
      execArgv: [],
      // Its ids alone would take some 50 MB. The old generation has room for a busy machine that collects late.
      resourceLimits: { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 8 },
    });
    const [{ users, hashBytes, turns }] = (await once(worker, 'message')) as [LargeReading];
    await worker.terminate();
    expect(users).toBe(400_000);
    expect(hashBytes).toBeLessThan(20_000_000);
    // All of it is work without a wait in between, and takes several hundred milliseconds.
    expect(turns).toBeGreaterThan(20);
  });
});
