/**
 * What the SQLite store costs with a million entries, and with a million pins while others are claimed:
 * `node bench/store.ts [entries] [pins]`. It needs some GB of disk for minutes.
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
const PINS = Number(process.argv[3] ?? 1_000_000);
const CONCURRENCY = 1_000;
const READS = 200_000;
const RESERVATIONS = 5_000;
const KEEP_MS = 30 * 86_400_000;
const FLOOD_MS = 20_000;
const FLOODS_PER_SECOND = [0, 5_000, 20_000];

const folder = mkdtempSync(join(tmpdir(), 'inlay-bench-'));
try {
  if (ENTRIES > 0) await measureEntries(join(folder, 'entries.db'));
  if (PINS > 0) await measurePins(join(folder, 'pins.db'));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measureEntries(path: string): Promise<void> {
  const memoryBefore = process.memoryUsage().rss;
  const store = await open(path);
  print('a key and a value', `${makeKey(1).length} and ${makeValue(1).length} bytes`);
  const writeOne = (index: number) => write(store, index);
  const fillMs = await timed(() => all(ENTRIES, writeOne));
  print('written', `${perSecond(ENTRIES, fillMs)} entries a second`);
  const memoryAfter = process.memoryUsage().rss;
  print('memory of the process', `${megabytes(memoryBefore)} MB before, ${megabytes(memoryAfter)} MB now`);
  print('a read', microseconds(readMany(store, () => makeKey(randomIndex()))));

  const timer = setInterval(() => void write(store, randomIndex()), 10);
  const calm = await readAndReserve(store);
  clearInterval(timer);
  print('  at 100 writes a second', microseconds(calm.reads));
  print('  a reservation, likewise', microseconds(calm.reservations));

  const writing = all(ENTRIES, writeOne);
  const flooded = await readAndReserve(store);
  await writing;
  print(`  with ${CONCURRENCY} writes waiting`, microseconds(flooded.reads));
  print('  a reservation, likewise', microseconds(flooded.reservations));

  print('closed', `after ${Math.round(await timed(() => store.close()))} ms`);
  print('file', `${megabytes(statSync(path).size)} MB`);
  const openMs = await timed(async () => (await open(path)).close());
  print('opened and closed again', `${Math.round(openMs)} ms`);
}

function open(path: string): Promise<Store> {
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

async function measurePins(path: string): Promise<void> {
  const store = await open(path);
  print('\na pin\u2019s key and value', `${makePinKey(1).length} and ${makePinValue(1).length} bytes`);
  const claimMs = await timed(() => all(PINS, (index) => claim(store, index)));
  print('claimed', `${perSecond(PINS, claimMs)} pins a second`);
  const againMs = await timed(() => all(PINS / 10, (index) => claim(store, index)));
  print('claimed in vain', `${perSecond(PINS / 10, againMs)} pins a second`);
  print('a read', microseconds(readMany(store, () => makePinKey(Math.floor(Math.random() * PINS)))));

  await store.close();
  const openMs = await timed(async () => (await open(path)).close());
  print('file', `${megabytes(statSync(path).size)} MB, opened and closed again ${Math.round(openMs)} ms`);
  for (const perSecond of FLOODS_PER_SECOND) await measureFlood(path, perSecond);
}

/** Claims come at their rate and reservations a hundred times a second, whether those before are answered or not. */
async function measureFlood(path: string, claimsPerSecond: number): Promise<void> {
  const store = await open(path);
  // Of people that nobody has asked about.
  let person = PINS + Math.floor(Math.random() * 1e9);
  const [claims, reservations, reads] = await Promise.all([
    atRate(claimsPerSecond, () => claim(store, person++)),
    atRate(100, () => store.budget.reserve(randomUUID(), Number.MAX_SAFE_INTEGER, 60_000)),
    atRate(100, async () => store.entries.read(makePinKey(Math.floor(Math.random() * PINS)))),
  ]);
  print(`with ${claimsPerSecond} claims a second`, `log ${megabytes(statSync(`${path}-wal`).size)} MB`);
  if (claims.length > 0) print('  a claim', `${microseconds(claims)}, ${refusedOf(claims)} refused`);
  print('  a reservation', microseconds(reservations));
  print('  a read', microseconds(reads));
  await store.close();
}

/** How long each call took, without end for one that was refused. */
async function atRate(perSecond: number, call: () => Promise<unknown>): Promise<number[]> {
  const startedAt = performance.now();
  const calls: Promise<number>[] = [];
  while (performance.now() - startedAt < FLOOD_MS) {
    const due = ((performance.now() - startedAt) / 1_000) * perSecond;
    while (calls.length < due) calls.push(timed(call).catch(() => Number.POSITIVE_INFINITY));
    await sleep(2);
  }
  return Promise.all(calls);
}

function refusedOf(times: readonly number[]): number {
  return times.filter((ms) => ms === Number.POSITIVE_INFINITY).length;
}

function claim(store: Store, index: number): Promise<string> {
  return store.entries.claim(makePinKey(index), makePinValue(index), KEEP_MS);
}

/** As many callers as there are calls under way, each waiting for its own. */
async function all(count: number, call: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < count) await call(next++);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, caller));
}

function write(store: Store, index: number): Promise<void> {
  return store.entries.write(makeKey(index), makeValue(index), KEEP_MS);
}

function readMany(store: Store, makeRandomKey: () => string): number[] {
  return Array.from({ length: READS }, () => timeRead(store, makeRandomKey()));
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

/** People come in no order. */
function makePinKey(index: number): string {
  const person = Math.imul(index, 2_654_435_761) >>> 0;
  return `=pin\nuser_id\nuser-${String(person).padStart(10, '0')}\nhome-hero\nweekly-2026-11-27`;
}

function makePinValue(index: number): string {
  const items = Array.from({ length: 26 }, (_, rank) => `sku-${10_000 + ((index * 7 + rank * 13) % 10_000)}`);
  return JSON.stringify({
    v: 1,
    at: 1_795_737_600_000 + index,
    variant: 'treatment',
    reason: 'recommended',
    items,
    source: 'amplitude',
  });
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
