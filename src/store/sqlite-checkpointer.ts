import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { FromCheckpointer, ToCheckpointer } from './sqlite-protocol.ts';

/**
 * A thread that moves what was written from SQLite's log into the file itself. That waits for the disk (measured: up to
 * 600 ms for four megabytes), which the writing thread must not while somebody wants to reserve a call.
 *
 * The log begins anew at the first write after all of it was moved, which never is while entries keep coming. So when it
 * is long, the writing thread holds them back for the moment that moving the rest takes; the less that is, the sooner it
 * was done before.
 */
const CALM_MS = 250;
const BUSY_MS = 50;
/** Pages that came since the last time, each 4 KiB. */
const BUSY_PAGES = 200;
const LONG_PAGES = 12_000;

/** Reservations go on meanwhile, and each is a little more to move. */
const TRIES = 20;

const port = parentPort;
if (!port) throw new Error('sqlite-checkpointer.ts runs in a thread of sqlite-worker.ts');

const tell = (message: FromCheckpointer): void => port.postMessage(message);

const db = new DatabaseSync(String(workerData));
const checkpoint = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');

/** Pages: how many are in the log, and how many of them are in the file too. Both -1 while the writing thread is at it. */
let log = 0;
let moved = 0;
let timer = setTimeout(move, CALM_MS);

port.on('message', (message: ToCheckpointer) => {
  if (message === 'held') {
    moveRest();
    tell('let_go');
    timer = setTimeout(move, BUSY_MS);
  } else {
    clearTimeout(timer);
    db.close();
    port.close();
  }
});

function move(): void {
  const movedBefore = moved;
  const isDone = moveOnce();
  // If it begins anew in between, it is shorter.
  const came = moved < movedBefore ? moved : moved - movedBefore;
  if (isDone && came > 0 && log > LONG_PAGES) tell('hold');
  else timer = setTimeout(move, came > BUSY_PAGES ? BUSY_MS : CALM_MS);
}

function moveRest(): void {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = log;
    if (!moveOnce() || (log === before && moved === log)) return;
  }
}

/** False if it cannot be done: nothing is lost, and if the disk stays full or broken, writes fail, which is told. */
function moveOnce(): boolean {
  try {
    const pages = checkpoint.get();
    log = Number(pages?.log);
    moved = Number(pages?.checkpointed);
    return true;
  } catch {
    return false;
  }
}
