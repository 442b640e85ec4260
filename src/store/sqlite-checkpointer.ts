import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * A thread that moves what was written from SQLite's log into the file itself. That waits for the disk (measured: up to
 * 600 ms for four megabytes), which the writing thread must not while somebody wants to reserve a call; it does so
 * itself only if the log grows faster than this can follow.
 */
const EVERY_MS = 1_000;

const db = new DatabaseSync(String(workerData));
const checkpoint = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');

const timer = setInterval(() => {
  try {
    checkpoint.get();
  } catch {
    // Nothing is lost and it is tried again; a disk that stays full or broken makes the writes fail, which is told.
  }
}, EVERY_MS);

parentPort?.once('message', () => {
  clearInterval(timer);
  db.close();
});
