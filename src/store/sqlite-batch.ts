import type { DatabaseSync } from 'node:sqlite';
import { SQLITE, sqliteCode } from './sqlite-errors.ts';
import { readValue } from './sqlite-file.ts';
import type { Step } from './sqlite-operations.ts';
import type { Outcome } from './sqlite-protocol.ts';

/** How many entries make room at once, and how often for one batch. */
const DROP_ROWS = 1_000;
const MAX_DROPS = 50;

/** A full file can need a page or two before it gives any back. */
const SPARE_PAGES = 64;

/** What one operation can do wrong alone; anything else concerns the whole transaction. */
const OWN_FAULTS = new Set([SQLITE.TOOBIG, SQLITE.CONSTRAINT, SQLITE.MISMATCH]);

/** With what it needs in memory, a step takes some microseconds; from a slow disk, milliseconds. */
const MAX_MS = 4;

/**
 * Runs steps in one transaction: the first ones, if all would take long, because whoever waits for the next transaction
 * may be in a hurry. Where it fails all of them fail, each with the reason.
 */
export type RunBatch = (steps: readonly Step[]) => {
  /** Of those that were run, in their order: one at least. */
  readonly outcomes: readonly Outcome[];
  /** How many entries had to go to make room. */
  readonly dropped: number;
};

/** Keeps the file within `maxBytes` by dropping the entries that expire soonest. */
export function createBatchRunner(db: DatabaseSync, maxBytes: number): RunBatch {
  const maxPages = Math.max(SPARE_PAGES, Math.floor(maxBytes / Number(readValue(db, 'PRAGMA page_size'))));
  const dropSoonest = db.prepare(
    `DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries ORDER BY expires_at LIMIT ${DROP_ROWS})`,
  );
  const limitPages = (pages: number): void => db.exec(`PRAGMA max_page_count = ${pages}`);
  limitPages(maxPages);

  const isAtBound = (): boolean => {
    const free = Number(readValue(db, 'PRAGMA freelist_count'));
    return Number(readValue(db, 'PRAGMA page_count')) - free > maxPages * 0.9;
  };

  const makeRoom = (): number => {
    // A full disk looks the same to SQLite, and dropping entries would not help it.
    if (!isAtBound()) return 0;
    limitPages(maxPages + SPARE_PAGES);
    try {
      return Number(dropSoonest.run().changes);
    } finally {
      limitPages(maxPages);
    }
  };

  return (steps) => {
    let dropped = 0;
    for (let drops = 0; ; drops += 1) {
      try {
        return { outcomes: runOnce(db, steps), dropped };
      } catch (error) {
        const made = sqliteCode(error) === SQLITE.FULL && drops < MAX_DROPS ? makeRoom() : 0;
        if (made === 0) return { outcomes: steps.map(() => failure(error)), dropped };
        dropped += made;
      }
    }
  };
}

function runOnce(db: DatabaseSync, steps: readonly Step[]): Outcome[] {
  db.exec('BEGIN IMMEDIATE');
  try {
    const outcomes = runSome(steps);
    db.exec('COMMIT');
    return outcomes;
  } catch (error) {
    // SQLite has rolled back by itself after some errors.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function runSome(steps: readonly Step[]): Outcome[] {
  const endsAt = performance.now() + MAX_MS;
  const outcomes: Outcome[] = [];
  for (const step of steps) {
    outcomes.push(runStep(step));
    if (performance.now() >= endsAt) break;
  }
  return outcomes;
}

function runStep(step: Step): Outcome {
  try {
    return { ok: true, value: step() };
  } catch (error) {
    const code = sqliteCode(error);
    if (code === null || OWN_FAULTS.has(code)) return failure(error);
    throw error;
  }
}

/** SQLite's messages name tables and columns, never what is in them. */
function failure(error: unknown): Outcome {
  return { ok: false, reason: (error as Error).message };
}
