import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * A thread that moves what was written from SQLite's log into the file itself. That waits for the disk (measured: up to
 * 600 ms for four megabytes), which the writing thread must not while somebody wants to reserve a call. The log begins
 * anew only when all of it is moved; if it is long and somebody always writes, the writing thread itself moves the rest
 * (see WAL_BYTES). So the more is written, the sooner this moves it again, and the less that rest is: with 5,000 claims
 * a second, 15 ms of the disk instead of 50 to 140.
 */
const CALM_MS = 1_000;
const BUSY_MS = 50;
/** Busy is who fills so many pages a second, that is 4 MB. */
const BUSY_PAGES = 1_000;

const db = new DatabaseSync(String(workerData));
const checkpoint = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');

let movedBefore = 0;
let movedAt = performance.now();
let timer = setTimeout(move, CALM_MS);

function move(): void {
  const pages = moveOnce();
  const elapsedMs = performance.now() - movedAt;
  movedAt = performance.now();
  timer = setTimeout(move, (pages / elapsedMs) * 1_000 > BUSY_PAGES ? BUSY_MS : CALM_MS);
}

/** How many pages came since the last time. */
function moveOnce(): number {
  try {
    const moved = Number(checkpoint.get()?.checkpointed);
    // The writing thread is at it, because its log is long.
    if (moved < 0) return Number.POSITIVE_INFINITY;
    // Less than before: the log has begun anew since.
    const pages = moved < movedBefore ? moved : moved - movedBefore;
    movedBefore = moved;
    return pages;
  } catch {
    // Nothing is lost and it is tried again; a disk that stays full or broken makes the writes fail, which is told.
    return 0;
  }
}

parentPort?.once('message', () => {
  clearTimeout(timer);
  db.close();
});
