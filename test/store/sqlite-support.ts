import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pino from 'pino';
import { onTestFinished } from 'vitest';
import { createSqliteStore, type SqliteStoreOptions } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';

/** A folder that is gone after the test. */
export function makeStoreFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'inlay-sqlite-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export type Clocks = {
  readonly now: () => number;
  readonly wallNow: () => number;
  /** Time passes. */
  readonly advance: (ms: number) => void;
  /** Somebody sets the clock. */
  readonly stepWall: (ms: number) => void;
};

export function createClocks(): Clocks {
  let ms = 5_000_000.25;
  let wallMs = Date.UTC(2026, 4, 1, 8);
  return {
    now: () => ms,
    wallNow: () => wallMs,
    advance: (by) => {
      ms += by;
      wallMs += by;
    },
    stepWall: (by) => {
      wallMs += by;
    },
  };
}

export type TestStore = Store & {
  /** What was logged: `warn store full: …`. */
  readonly log: readonly string[];
  /** The same, whole. */
  readonly logLines: readonly string[];
};

/** A store on one start of the machine that sweeps only when told to. The test closes it, or its end does. */
export async function openSqlite(
  path: string,
  clocks: Clocks,
  options: Partial<SqliteStoreOptions> = {},
): Promise<TestStore> {
  const logLines: string[] = [];
  const log: string[] = [];
  const write = (line: string): void => {
    const { level, msg } = JSON.parse(line);
    logLines.push(line);
    log.push(`${pino.levels.labels[level]} ${msg}`);
  };
  const { now, wallNow } = clocks;
  const store = await createSqliteStore({
    path,
    now,
    wallNow,
    log: pino({ level: 'trace' }, { write }),
    bootId: 'this boot',
    sweepEveryMs: 3_600_000,
    ...options,
  });
  onTestFinished(() => store.close());
  return { ...store, log, logLines };
}

/** Another program's look into the file. */
export function lookInto<T>(path: string, look: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(path);
  try {
    return look(db);
  } finally {
    db.close();
  }
}

export function countRows(path: string, table: 'entries' | 'reservations' | 'queue' | 'outbox'): number {
  return lookInto(path, (db) => Number(db.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.rows));
}

/** Another program writes, and takes its time. Returns what ends that. */
export function lockFile(path: string): () => void {
  const db = new DatabaseSync(path);
  db.exec('BEGIN IMMEDIATE');
  return () => {
    if (!db.isOpen) return;
    db.exec('ROLLBACK');
    db.close();
  };
}
