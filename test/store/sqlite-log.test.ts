import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createClocks, makeStoreFolder, openSqlite, type TestStore } from './sqlite-support.ts';

const HOUR_MS = 3_600_000;
const MIB = 1_048_576;

async function open() {
  const path = join(makeStoreFolder(), 'store.db');
  return { path, store: await openSqlite(path, createClocks()) };
}

/** Writes so many megabytes, of which a few stay, and asks the budget in between. */
async function writeMuch({ entries, budget }: TestStore, mebibytes: number): Promise<void> {
  const caller = async (name: string): Promise<void> => {
    for (let index = 0; index < mebibytes / 4; index += 1) {
      await entries.write(name, `${index}`.padEnd(MIB), HOUR_MS);
      expect(await budget.reserve(`${name} ${index}`, 9_999, HOUR_MS)).toBe(true);
    }
  };
  await Promise.all(['a', 'b', 'c', 'd'].map(caller));
}

describe('the log of a file that is written all the time', () => {
  it('begins anew, and nothing is lost', async () => {
    const { store, path } = await open();
    await writeMuch(store, 400);
    expect(statSync(`${path}-wal`).size).toBeLessThan(300 * MIB);
    expect(['a', 'b', 'c', 'd'].map((key) => String(store.entries.read(key)).trim())).toEqual(
      Array(4).fill('99'),
    );
    expect(await store.budget.inUse()).toBe(400);
    await store.close();
  });

  it('grows while another program reads for long, which holds nobody up, and is gone in the end', async () => {
    const { store, path } = await open();
    await store.entries.write('a', '1', HOUR_MS);
    const reader = new DatabaseSync(path);
    onTestFinished(() => reader[Symbol.dispose]());
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM entries').get();
    await writeMuch(store, 160);
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(150 * MIB);
    reader.exec('COMMIT');
    reader.close();
    await store.close();
    expect(() => statSync(`${path}-wal`)).toThrow('ENOENT');
  });

  it('is put into the file when the store is closed just as it is long, whatever is under way', async () => {
    const closeLong = async (): Promise<void> => {
      const { store, path } = await open();
      await writeMuch(store, 64);
      await store.close();
      expect((await openSqlite(path, createClocks())).entries.read('a')).toBe('15'.padEnd(MIB));
    };
    for (let time = 0; time < 3; time += 1)
      await Promise.all([closeLong(), closeLong(), closeLong(), closeLong()]);
  });

  it('is put into the file also when the store is closed in the middle of that', async () => {
    const { store, path } = await open();
    const writing = writeMuch(store, 400).catch((error) => error.message);
    await store.entries.write('first', '1', HOUR_MS);
    while (statSync(`${path}-wal`).size < 40 * MIB) await store.entries.write('last', '2', HOUR_MS);
    await store.close();
    expect(await writing).toBe('the store is closed');
    const again = await openSqlite(path, createClocks());
    expect([again.entries.read('first'), again.entries.read('last')]).toEqual(['1', '2']);
  });
});
