/**
 * What the SQLite store costs with a million entries: `node bench/store.ts [entries]`. It needs some 500 MB of disk for a
 * minute.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { createSqliteStore } from '../src/store/sqlite.ts';
import type { Store } from '../src/store/store.ts';

const ENTRIES = Number(process.argv[2] ?? 1_000_000);
const CONCURRENCY = 1_000;
const READS = 200_000;
const RESERVATIONS = 5_000;
const KEEP_MS = 30 * 86_400_000;

const folder = mkdtempSync(join(tmpdir(), 'inlay-bench-'));
const path = join(folder, 'store.db');
try {
  await measure();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const memoryBefore = process.memoryUsage().rss;
  const store = await open();
  print('a key and a value', `${makeKey(1).length} and ${makeValue(1).length} bytes`);
  const fillMs = await timed(() => writeAll(store));
  print('written', `${perSecond(ENTRIES, fillMs)} entries a second`);
  const memoryAfter = process.memoryUsage().rss;
  print('memory of the process', `${megabytes(memoryBefore)} MB before, ${megabytes(memoryAfter)} MB now`);
  print('a read', microseconds(readMany(store)));

  const timer = setInterval(() => void write(store, randomIndex()), 10);
  const calm = await readAndReserve(store);
  clearInterval(timer);
  print('  at 100 writes a second', microseconds(calm.reads));
  print('  a reservation, likewise', microseconds(calm.reservations));

  const writing = writeAll(store);
  const flooded = await readAndReserve(store);
  await writing;
  print(`  with ${CONCURRENCY} writes waiting`, microseconds(flooded.reads));
  print('  a reservation, likewise', microseconds(flooded.reservations));

  print('closed', `after ${Math.round(await timed(() => store.close()))} ms`);
  print('file', `${megabytes(statSync(path).size)} MB`);
  const openMs = await timed(async () => (await open()).close());
  print('opened and closed again', `${Math.round(openMs)} ms`);
}

function open(): Promise<Store> {
  return createSqliteStore({
    path,
    log: pino({ level: 'warn' }),
    now: () => Number(process.hrtime.bigint()) / 1e6,
    wallNow: () => Date.now(),
  });
}

async function readAndReserve(store: Store): Promise<{ reads: number[]; reservations: number[] }> {
  const reads: number[] = [];
  const reservations: number[] = [];
  for (let index = 0; index < RESERVATIONS; index += 1) {
    reservations.push(await timed(() => store.budget.reserve(randomUUID(), Number.MAX_SAFE_INTEGER, 60_000)));
    reads.push(timeRead(store, makeKey(randomIndex())));
    await sleep(1);
  }
  return { reads, reservations };
}

/** As many callers as there are writes under way, each waiting for its own. */
async function writeAll(store: Store): Promise<void> {
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < ENTRIES) await write(store, next++);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, caller));
}

function write(store: Store, index: number): Promise<void> {
  return store.entries.write(makeKey(index), makeValue(index), KEEP_MS);
}

function readMany(store: Store): number[] {
  return Array.from({ length: READS }, () => timeRead(store, makeKey(randomIndex())));
}

function timeRead(store: Store, key: string): number {
  const startedAt = performance.now();
  const value = store.entries.read(key);
  const ms = performance.now() - startedAt;
  if (value === null) throw new Error('An entry is missing');
  return ms;
}

/** Ids come in no order, as a hash would. */
function makeKey(index: number): string {
  const id = (Math.imul(index, 2_654_435_761) >>> 0).toString(16).padStart(8, '0');
  return `default\nuser_id\n${id}-7c1e-4f3a-9c1e-${String(index).padStart(12, '0')}\nrec-home`;
}

function makeValue(index: number): string {
  const items = Array.from({ length: 5 }, (_, rank) => `sku-${(index * 7 + rank * 13) % 10_000}`);
  return JSON.stringify({
    v: 1,
    at: 1_767_225_600_000 + index,
    status: 'found',
    control: false,
    items,
    traits: { tier: 'gold' },
  });
}

function randomIndex(): number {
  return Math.floor(Math.random() * ENTRIES);
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return performance.now() - startedAt;
}

function microseconds(times: readonly number[]): string {
  const sorted = times.map((ms) => ms * 1_000).sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(1);
  return `${at(0.5)} µs (median), ${at(0.99)} µs (p99), ${at(1 - 1 / sorted.length)} µs (longest)`;
}

function perSecond(count: number, ms: number): number {
  return Math.round((count / ms) * 1_000);
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}

function print(what: string, figure: string): void {
  console.log(`${what.padEnd(32)}${figure}`);
}
