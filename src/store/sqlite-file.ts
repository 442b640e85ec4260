import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SQLITE, StoreFileError, StoreInUseError, sqliteCode } from './sqlite-errors.ts';

/** "Inly", so that another program's database is not taken for ours. */
const APPLICATION_ID = 0x496e6c79;
const SCHEMA_VERSION = 1;

/** A process that is just ending still has it for a moment. */
const LOCK_WAIT_MS = 500;
/** For another program that writes to the file. Callers do not wait so long, but what they asked for is then kept. */
const BUSY_WAIT_MS = 1_000;
const CACHE_KIB = 32_768;
/** How long SQLite's log stays at most once it begins anew, for which sqlite-checkpointer.ts sees in time. */
const WAL_BYTES = 64 * 1_048_576;
/** If it does not, the writing thread itself empties it here. */
const MAX_WAL_BYTES = 2 * WAL_BYTES;
/** Each of these may lie beside a database that a killed process left. */
const SUFFIXES = ['', '-wal', '-shm', '-journal'];

/**
 * Entries lie in the order in which they were written, with the key in an index of its own: what expires together lies
 * together, so dropping it frees whole pages. By key, a full file would need a large part of its rows dropped first.
 * (A million pins: 605 MB, of which the keys' index is 74 and that of expiries 17, at 20,000 a second; by key, without an
 * index of keys, 680 MB at 9,000.)
 * SQLite counts rows by reading all of them, so the sizes of the queue and of the outbox's boxes are kept beside them.
 * `AUTOINCREMENT`: whoever was late to remove a row must not take out the one that came after it.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entries (
    key TEXT NOT NULL UNIQUE, value TEXT NOT NULL, expires_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS entries_by_expiry ON entries (expires_at);
  CREATE TABLE IF NOT EXISTS reservations (
    id TEXT PRIMARY KEY, expires_ms REAL NOT NULL, hold_ms REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS queue (
    place INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, value TEXT NOT NULL, expires_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS queue_by_expiry ON queue (expires_at);
  CREATE TABLE IF NOT EXISTS queue_size (rows INTEGER NOT NULL) STRICT;
  INSERT INTO queue_size SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM queue_size);
  CREATE TRIGGER IF NOT EXISTS queue_grows AFTER INSERT ON queue BEGIN UPDATE queue_size SET rows = rows + 1; END;
  CREATE TRIGGER IF NOT EXISTS queue_shrinks AFTER DELETE ON queue BEGIN UPDATE queue_size SET rows = rows - 1; END;
  CREATE TABLE IF NOT EXISTS outbox (
    place INTEGER PRIMARY KEY AUTOINCREMENT, box TEXT NOT NULL, count INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, value TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS outbox_by_box ON outbox (box);
  CREATE INDEX IF NOT EXISTS outbox_by_expiry ON outbox (expires_at);
  CREATE TABLE IF NOT EXISTS outbox_size (
    box TEXT PRIMARY KEY, things INTEGER NOT NULL, bytes INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER IF NOT EXISTS outbox_grows AFTER INSERT ON outbox BEGIN
    INSERT OR IGNORE INTO outbox_size VALUES (NEW.box, 0, 0);
    UPDATE outbox_size SET things = things + NEW.count, bytes = bytes + octet_length(NEW.value) WHERE box = NEW.box;
  END;
  CREATE TRIGGER IF NOT EXISTS outbox_changes AFTER UPDATE OF count, value ON outbox BEGIN
    UPDATE outbox_size SET things = things + NEW.count - OLD.count,
      bytes = bytes + octet_length(NEW.value) - octet_length(OLD.value) WHERE box = NEW.box;
  END;
  CREATE TRIGGER IF NOT EXISTS outbox_shrinks AFTER DELETE ON outbox BEGIN
    UPDATE outbox_size SET things = things - OLD.count, bytes = bytes - octet_length(OLD.value) WHERE box = OLD.box;
  END;
  CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

export type StoreFile = {
  readonly db: DatabaseSync;
  /** Where the file that was there before lies now, if it could not be used. */
  readonly setAside: string | null;
  /** Puts everything into the file itself and lets other processes have it. */
  readonly close: () => void;
};

/** Opens the file for this process alone. Throws a `StoreInUseError` or a `StoreFileError`. */
export function openStoreFile(path: string, wallNowMs: number): StoreFile {
  const lock = lockFile(path);
  try {
    const setAside = setAsideUnlessUsable(path, wallNowMs);
    const db = openForWriting(path);
    return { db, setAside, close: () => closeAll(db, lock) };
  } catch (error) {
    lock.close();
    throw asStoreError(path, error);
  }
}

/** The first value that a statement gives. */
export function readValue(db: DatabaseSync, sql: string): unknown {
  return Object.values(db.prepare(sql).get() ?? {})[0];
}

/** The lock is the system's, so it goes with the process however that ends; the file that carries it stays. */
function lockFile(path: string): DatabaseSync {
  let lock: DatabaseSync | null = null;
  try {
    mkdirSync(dirname(path), { recursive: true });
    // SQLite would only say that it cannot open the file.
    accessSync(dirname(path), constants.R_OK | constants.W_OK | constants.X_OK);
    lock = new DatabaseSync(`${withoutLinks(path)}.lock`, { timeout: LOCK_WAIT_MS });
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    throw sqliteCode(error) === SQLITE.BUSY ? new StoreInUseError(path) : asStoreError(path, error);
  }
}

/** Two names of one file are one lock. */
function withoutLinks(path: string): string {
  return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path));
}

function setAsideUnlessUsable(path: string, wallNowMs: number): string | null {
  // Keys hold people's ids, so the file is for this user only. SQLite gives its companions the same rights.
  closeSync(openSync(path, 'a', 0o600));
  if (isUsable(path)) return null;
  const aside = `${path}.corrupt-${new Date(wallNowMs).toISOString().replaceAll(/[-:]/g, '')}`;
  for (const suffix of SUFFIXES) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  }
  closeSync(openSync(path, 'a', 0o600));
  return aside;
}

function isUsable(path: string): boolean {
  const db = new DatabaseSync(path, { timeout: BUSY_WAIT_MS });
  try {
    if (readValue(db, 'SELECT count(*) FROM sqlite_schema') === 0) return true;
    return (
      readValue(db, 'PRAGMA application_id') === APPLICATION_ID &&
      readValue(db, 'PRAGMA user_version') === SCHEMA_VERSION &&
      readValue(db, 'PRAGMA quick_check(1)') === 'ok'
    );
  } catch (error) {
    const code = sqliteCode(error);
    if (code === SQLITE.CORRUPT || code === SQLITE.NOTADB) return false;
    throw error;
  } finally {
    db.close();
  }
}

function openForWriting(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: BUSY_WAIT_MS });
  if (readValue(db, 'PRAGMA journal_mode = WAL') !== 'wal') {
    throw new StoreFileError(path, 'the file system has no shared memory for SQLite (WAL)');
  }
  // NORMAL: what is committed is with the system, which survives the process. A power cut may cost the last commits.
  db.exec(`PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${CACHE_KIB}; PRAGMA temp_store = MEMORY`);
  const walPages = MAX_WAL_BYTES / Number(readValue(db, 'PRAGMA page_size'));
  db.exec(`PRAGMA journal_size_limit = ${WAL_BYTES}; PRAGMA wal_autocheckpoint = ${walPages}`);
  db.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`);
  return db;
}

function closeAll(db: DatabaseSync, lock: DatabaseSync): void {
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    db.close();
    lock.close();
  }
}

function asStoreError(path: string, error: unknown): Error {
  if (error instanceof StoreFileError || error instanceof StoreInUseError) return error;
  const { message } = error as Error;
  return new StoreFileError(path, message);
}
