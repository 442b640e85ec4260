import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRefusingConnector, isRefusedAddress } from '../../src/content/addresses.ts';
import { createHttpRows } from '../../src/content/http.ts';
import { type Answer, json, startContentServer } from '../fixtures/cms/server.ts';

const CONNECT_TIMEOUT_MS = 5_000;

describe('an address', () => {
  it.each([
    ...['169.254.0.0', '169.254.169.254', '169.254.255.255'],
    ...['fe80::1', 'FE80::1', 'febf:ffff::1', 'fe80::1%eth0', '[fe80::1]'],
    ...['::ffff:169.254.169.254', '::ffff:a9fe:a9fe', '0:0:0:0:0:ffff:a9fe:1', '[::ffff:a9fe:a9fe]'],
    ...['64:ff9b::169.254.169.254', '[64:ff9b::a9fe:a9fe]'],
    ...['fd00:ec2::254', 'fd00:0ec2:0:0:0:0:0:254', '[fd00:ec2::254]'],
  ])('that is link-local or hands out credentials is refused: %s', (address) => {
    expect(isRefusedAddress(address)).toBe(true);
  });

  it.each([
    ...['169.253.255.255', '169.255.0.0', '127.0.0.1', '10.0.0.1', '192.168.1.1', '8.8.8.8', '0.0.0.0'],
    ...['::1', '::', 'fe7f::1', 'fec0::1', 'fd00:ec2::253', 'fd00::1', '2001:db8::1', '::ffff:10.0.0.1'],
    ...['64:ff9b::808:808', 'localhost', 'cdn.contentful.com', '169.254.169.254.example.com', ''],
  ])('that is another, or a name, is not: %s', (address) => {
    expect(isRefusedAddress(address)).toBe(false);
  });
});

/** Answers each look-up of a name with the next of these lists, the last one for ever. */
function fakeDns(...answers: readonly (readonly string[])[]): { lookup: LookupFunction; asked: string[] } {
  const asked: string[] = [];
  const lookup: LookupFunction = (host, options, callback) => {
    const found = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(host);
    const all: LookupAddress[] = found.map((address) => ({ address, family: isIP(address) }));
    if (!options.all) throw new Error('all addresses of a name must be looked at');
    setImmediate(() => callback(null, all));
  };
  return { lookup, asked };
}

/** Asks a source at this URL through an agent made as the service makes it. */
async function ask(url: string, lookup?: LookupFunction): Promise<unknown> {
  const agent = new Agent({ connect: createRefusingConnector({ timeout: CONNECT_TIMEOUT_MS }, lookup) });
  onTestFinished(() => agent.destroy());
  return createRows(url, agent)();
}

function createRows(url: string, agent: Agent): () => Promise<unknown> {
  const fetchRows = createHttpRows(
    {
      ...{ name: 'items', type: 'http', url: `${url}?ids={ids}`, method: 'GET', headers: {}, body: null },
      ...{ ids: 'list', rows: null, key: 'id', paging: null, resolve: null, fields: [], required: [] },
      ...{ batch: 1, timeoutMs: 1, freshMs: 0, staleMs: 0, staleIfErrorMs: 0, missingMs: 0 },
    },
    agent,
  );
  return () => fetchRows(['a'], null, AbortSignal.timeout(CONNECT_TIMEOUT_MS));
}

const REFUSED = {
  name: 'SourceError',
  failure: 'refused_address',
  message: 'is at a link-local address, which is refused',
};

describe('a URL with an address for its host', () => {
  it.each([
    ...['http://169.254.169.254/', 'https://169.254.169.254/', 'http://169.254.169.254:8080/latest'],
    ...['http://0xA9FEA9FE/', 'http://2852039166/', 'http://0251.0376.0251.0376/', 'http://169.254.43518/'],
    ...['http://169.254.169.254./', 'http://①⑥⑨.②⑤④.①⑥⑨.②⑤④/', 'http://169。254。169。254/'],
    ...[
      'http://[::ffff:a9fe:a9fe]/',
      'https://[::ffff:169.254.169.254]/',
      'http://[0:0:0:0:0:ffff:a9fe:a9fe]/',
    ],
    ...[
      'http://[fe80::1]/',
      'http://[fd00:ec2::254]/',
      'http://[FD00:EC2:0::254]/',
      'http://[64:ff9b::a9fe:a9fe]/',
    ],
  ])('is refused however the address is spelt: %s', async (url) => {
    await expect(ask(url)).rejects.toMatchObject(REFUSED);
  });

  it('is asked if it is any other', async () => {
    const { origin } = await startContentServer(json([{ id: 'a' }]));
    expect(await ask(origin)).toEqual([{ id: 'a' }]);
  });
});

describe('a URL with a name for its host', () => {
  it.each([
    [['169.254.169.254']],
    [['fe80::1']],
    [['::ffff:169.254.169.254']],
    [['fd00:ec2::254', '169.254.1.1']],
  ])('is refused when the name means %j', async (addresses) => {
    const { lookup, asked } = fakeDns(addresses);
    await expect(ask('http://metadata.example/', lookup)).rejects.toMatchObject(REFUSED);
    await expect(ask('https://metadata.example/', lookup)).rejects.toMatchObject(REFUSED);
    expect(asked).toEqual(['metadata.example', 'metadata.example']);
  });

  it('is asked at its other addresses only', async () => {
    const { origin, seen } = await startContentServer(json([{ id: 'a' }]));
    const { port } = new URL(origin);
    const { lookup } = fakeDns(['169.254.169.254', '127.0.0.1', 'fe80::1']);
    expect(await ask(`http://cms.example:${port}/`, lookup)).toEqual([{ id: 'a' }]);
    expect(seen[0]?.headers.host).toBe(`cms.example:${port}`);
  });

  it('is judged again at each connection, so the name cannot be bent afterwards', async () => {
    const once: Answer = (seen, response) => {
      response.setHeader('Connection', 'close');
      json([{ id: 'a' }])(seen, response);
    };
    const server = await startContentServer(once);
    const { lookup, asked } = fakeDns(['127.0.0.1'], ['169.254.169.254']);
    const agent = new Agent({ connect: createRefusingConnector({ timeout: CONNECT_TIMEOUT_MS }, lookup) });
    onTestFinished(() => agent.destroy());
    const fetchRows = createRows(`http://cms.example:${new URL(server.origin).port}/`, agent);

    expect(await fetchRows()).toEqual([{ id: 'a' }]);
    await server.connections[0]?.closed;
    await expect(fetchRows()).rejects.toMatchObject(REFUSED);
    expect(asked).toHaveLength(2);
    expect(server.seen).toHaveLength(1);
  });

  it('is looked up by the system, where nothing else is said', async () => {
    const { origin } = await startContentServer(json([{ id: 'a' }]));
    expect(await ask(`http://localhost:${new URL(origin).port}/`)).toEqual([{ id: 'a' }]);
  });

  it('is told as unreachable when it cannot be looked up', async () => {
    const lookup: LookupFunction = (_host, _options, callback) =>
      callback(Object.assign(new Error('secret.example'), { code: 'ENOTFOUND' }), '', 0);
    await expect(ask('http://secret.example/', lookup)).rejects.toMatchObject({
      failure: 'connection',
      message: 'could not be reached (ENOTFOUND)',
    });
  });

  it('works where one address is asked for and not all', async () => {
    const { origin } = await startContentServer(json([{ id: 'a' }]));
    const { lookup } = fakeDns(['169.254.169.254', '127.0.0.1']);
    const connect = createRefusingConnector({ timeout: CONNECT_TIMEOUT_MS, autoSelectFamily: false }, lookup);
    const agent = new Agent({ connect });
    onTestFinished(() => agent.destroy());
    const { port } = new URL(origin);
    expect(await createRows(`http://cms.example:${port}/`, agent)()).toEqual([{ id: 'a' }]);
  });
});
