import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { MockAgent } from 'undici';
import { describe, expect, it, vi } from 'vitest';
import { createSources, type OpenedContent } from '../../src/content/open.ts';
import type { FileDeclaration, HttpDeclaration } from '../../src/domain/content-source.ts';
import { createMetrics } from '../../src/metrics.ts';
import { useFakeTime } from '../profile/fake-time.ts';
import { makeFolder } from '../support/templates.ts';

const clock = useFakeTime();

const FILE: FileDeclaration = {
  ...{ name: 'products', type: 'file', path: 'products.csv', key: 'sku', required: [] },
  fields: [{ name: 'title', from: 'name', type: 'text', max: null }],
};

const REMOTE: HttpDeclaration = {
  ...{ name: 'products', type: 'http', method: 'GET', headers: {}, body: null, ids: 'list', key: 'id' },
  ...{ url: 'https://cms.example/?ids={ids}', rows: null, paging: null, resolve: null },
  ...{ fields: FILE.fields, required: [], batch: 100, timeoutMs: 500 },
  ...{ freshMs: 60_000, staleMs: 60_000, staleIfErrorMs: 60_000, missingMs: 60_000 },
};

/** Sources in a folder with a catalogue, and which were closed, each time that they were. */
function open() {
  const folder = makeFolder();
  const write = (title: string): void => writeFileSync(join(folder, FILE.path), `sku,name\na,${title}\n`);
  write('Apple');
  const agent = new MockAgent();
  agent.disableNetConnect();
  const sources = createSources({
    store: { read: () => null, write: async () => {} },
    dispatcher: agent,
    clock,
    metrics: createMetrics(),
    log: pino({ level: 'silent' }),
  });
  const closed: OpenedContent[] = [];
  const known = new Set<OpenedContent>();
  const openOne = async (declaration: FileDeclaration | HttpDeclaration): Promise<OpenedContent> => {
    const source = await sources.open(declaration, folder);
    if (known.has(source)) return source;
    known.add(source);
    const { close } = source;
    const counted = async (): Promise<void> => {
      closed.push(source);
      await close();
    };
    return Object.assign(source, { close: counted });
  };
  return { keepOnly: sources.keepOnly, close: sources.close, open: openOne, write, closed };
}

describe('a source', () => {
  it.each([FILE, REMOTE])('that did not change is the same one ($type)', async (declaration) => {
    const { open: openOne, keepOnly, closed } = open();
    const source = await openOne(declaration);
    keepOnly([source]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await openOne({ ...declaration })).toBe(source);
    expect(closed).toEqual([]);
  });

  it('of a file that changed is another one, and the one before is closed at once, and once', async () => {
    const { open: openOne, keepOnly, close, write, closed } = open();
    const before = await openOne(FILE);
    write('Melon');
    const after = await openOne(FILE);
    expect(after).not.toBe(before);
    keepOnly([after]);
    await vi.advanceTimersByTimeAsync(0);
    expect(closed).toEqual([before]);
    keepOnly([after]);
    await close();
    await close();
    expect(closed).toEqual([before, after]);
  });

  it('over the network that changed is closed when no answer can be waiting for it, and once', async () => {
    const { open: openOne, keepOnly, close, closed } = open();
    const before = await openOne(REMOTE);
    const after = await openOne({ ...REMOTE, batch: 10 });
    keepOnly([after]);
    await vi.advanceTimersByTimeAsync(4_000);
    keepOnly([after]);
    expect(closed).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(closed).toEqual([before]);
    await close();
    expect(closed).toEqual([before, after]);
  });

  it('that is back before it was closed is a new one', async () => {
    const { open: openOne, keepOnly, closed } = open();
    const before = await openOne(REMOTE);
    keepOnly([]);
    const after = await openOne(REMOTE);
    expect(after).not.toBe(before);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(closed).toEqual([before]);
  });
});

it('closing waits for no grace', async () => {
  const { open: openOne, keepOnly, close, closed } = open();
  const leaving = await openOne(REMOTE);
  const other = await openOne({ ...REMOTE, batch: 10 });
  keepOnly([other]);
  await close();
  expect(new Set(closed)).toEqual(new Set([leaving, other]));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(closed).toHaveLength(2);
});
