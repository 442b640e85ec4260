import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StoreFileError, StoreInUseError } from '../../src/store/sqlite-errors.ts';
import { createClocks, lookInto, makeStoreFolder, openSqlite } from './sqlite-support.ts';

const HOUR_MS = 3_600_000;

/** A file with some hundred pages, as a process leaves it that ends well. */
async function makeFile(): Promise<string> {
  const path = join(makeStoreFolder(), 'store.db');
  const store = await openSqlite(path, createClocks());
  await Promise.all(
    Array.from({ length: 2_000 }, (_, index) =>
      store.entries.write(`key ${index}`, 'x'.repeat(200), HOUR_MS),
    ),
  );
  await store.close();
  return path;
}

const DAMAGES: [string, (path: string) => void][] = [
  [
    'is no database',
    (path) => writeFileSync(path, 'These are not the rows you are looking for. '.repeat(500)),
  ],
  ['was cut short', (path) => truncateSync(path, Math.floor(statSync(path).size / 2))],
  [
    'has damaged pages',
    (path) => {
      const bytes = readFileSync(path);
      bytes.fill(0x5a, 40_000, 200_000);
      writeFileSync(path, bytes);
    },
  ],
  [
    "is another program's database",
    (path) => {
      writeFileSync(path, '');
      lookInto(path, (db) => db.exec('CREATE TABLE songs (title TEXT)'));
    },
  ],
  ['is of a newer version', (path) => lookInto(path, (db) => db.exec('PRAGMA user_version = 2'))],
];

describe('a file that', () => {
  it.each(DAMAGES)('%s is set aside as it is, and a new one is begun', async (_name, damage) => {
    const path = await makeFile();
    damage(path);
    const bytes = readFileSync(path);

    const store = await openSqlite(path, createClocks());
    expect(store.log).toEqual(['warn store file damaged or not ours: set aside, a new one is begun']);
    const aside = `${path}.corrupt-20260501T080000.000Z`;
    expect(JSON.parse(store.logLines[0] ?? '').set_aside).toBe(aside);
    expect(readFileSync(aside).equals(bytes)).toBe(true);

    expect(store.entries.read('key 1')).toBe(null);
    await store.entries.write('key 1', 'new', HOUR_MS);
    await store.close();
    const again = await openSqlite(path, createClocks());
    expect(again.entries.read('key 1')).toBe('new');
    expect(again.log).toEqual([]);
  });

  it('is empty is used', async () => {
    const path = join(makeStoreFolder(), 'store.db');
    writeFileSync(path, '');
    expect((await openSqlite(path, createClocks())).log).toEqual([]);
  });

  it('is whole is used again', async () => {
    const path = await makeFile();
    const store = await openSqlite(path, createClocks());
    expect(store.log).toEqual([]);
    expect(store.entries.read('key 1999')).toBe('x'.repeat(200));
  });
});

/** What was laid out before entries could be claimed, as the first version left it. */
const FIRST_VERSION = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE entries (key TEXT NOT NULL UNIQUE, value TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT;
  CREATE INDEX entries_by_expiry ON entries (expires_at);
  CREATE TABLE reservations (
    id TEXT PRIMARY KEY, expires_ms REAL NOT NULL, hold_ms REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE queue (
    place INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, value TEXT NOT NULL, expires_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX queue_by_expiry ON queue (expires_at);
  CREATE TABLE queue_size (rows INTEGER NOT NULL) STRICT;
  INSERT INTO queue_size VALUES (0);
  CREATE TRIGGER queue_grows AFTER INSERT ON queue BEGIN UPDATE queue_size SET rows = rows + 1; END;
  CREATE TRIGGER queue_shrinks AFTER DELETE ON queue BEGIN UPDATE queue_size SET rows = rows - 1; END;
  CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO facts VALUES ('boot_id', 'this boot');
  INSERT INTO entries VALUES
    ('kept', 'value', ${Date.UTC(2027, 0)}), ('over', 'value', ${Date.UTC(2026, 0)}), ('one 1', 'v', ${Date.UTC(2027, 0)});
  INSERT INTO reservations VALUES ('call', 5060000.25, 60000);
  INSERT INTO queue (key, value, expires_at) VALUES ('person', 'v', ${Date.UTC(2027, 0)});
  PRAGMA application_id = ${0x496e6c79};
  PRAGMA user_version = 1;
`;

describe('a file of the first version', () => {
  it('is used as it is, and its entries are claimed and removed like new ones', async () => {
    const path = join(makeStoreFolder(), 'store.db');
    lookInto(path, (db) => db.exec(FIRST_VERSION));
    const { entries, budget, queue, log } = await openSqlite(path, createClocks());
    expect(log).toEqual([]);
    expect(await entries.claim('kept', 'new', HOUR_MS)).toBe('value');
    expect(await entries.claim('over', 'new', HOUR_MS)).toBe('new');
    await entries.removeAll('one ');
    expect([entries.read('kept'), entries.read('over'), entries.read('one 1')]).toEqual([
      'value',
      'new',
      null,
    ]);
    expect(await budget.inUse()).toBe(1);
    expect(await queue.take(9)).toEqual([{ key: 'person', value: 'v' }]);
  });
});

describe('the file', () => {
  it('is made with its folder, for this user only', async () => {
    const path = join(makeStoreFolder(), 'data', 'inlay', 'store.db');
    const store = await openSqlite(path, createClocks());
    await store.entries.write('a', '1', HOUR_MS);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
  });

  it('is alone after closing, but for its lock', async () => {
    const path = join(makeStoreFolder(), 'store.db');
    const store = await openSqlite(path, createClocks());
    const write = store.entries.write('a', '1', HOUR_MS);
    await store.close();
    await write;
    expect(readdirSync(join(path, '..')).sort()).toEqual(['store.db', 'store.db.lock']);
    expect((await openSqlite(path, createClocks())).entries.read('a')).toBe('1');
  });

  it('is for one store, under whatever name', async () => {
    const folder = makeStoreFolder();
    const path = join(folder, 'store.db');
    const store = await openSqlite(path, createClocks());
    symlinkSync(path, join(folder, 'other-name.db'));
    symlinkSync(folder, join(folder, 'other-folder'));
    for (const name of ['store.db', 'other-name.db', 'other-folder/store.db']) {
      await expect(openSqlite(join(folder, name), createClocks())).rejects.toThrow(StoreInUseError);
    }
    await store.close();
    await openSqlite(join(folder, 'other-name.db'), createClocks());
  });
});

describe('a file that cannot be made', () => {
  it.each([
    ['its folder would be inside a file', 'file/store.db', /ENOTDIR|EEXIST/],
    ['it is a folder', 'folder', /EISDIR/],
    ['its folder is a link to nowhere', 'link/data/store.db', /ENOENT/],
  ])('is refused with the reason: %s', async (_name, name, reason) => {
    const folder = makeStoreFolder();
    writeFileSync(join(folder, 'file'), '');
    mkdirSync(join(folder, 'folder'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'link'));
    const opening = openSqlite(join(folder, name), createClocks());
    await expect(opening).rejects.toThrow(StoreFileError);
    await expect(opening).rejects.toThrow(reason);
    await expect(opening).rejects.toThrow(join(folder, name));
  });

  // To root, no folder is read-only.
  const itForOthers = process.getuid?.() === 0 ? () => {} : it;
  itForOthers('is refused with the reason: its folder is read-only', async () => {
    const folder = join(makeStoreFolder(), 'read-only');
    mkdirSync(folder, { mode: 0o500 });
    const opening = openSqlite(join(folder, 'store.db'), createClocks());
    await expect(opening).rejects.toThrow(StoreFileError);
    await expect(opening).rejects.toThrow(/EACCES/);
  });

  it('is refused on a file system that takes no files', async () => {
    await expect(openSqlite('/sys/inlay/store.db', createClocks())).rejects.toThrow(StoreFileError);
  });
});
