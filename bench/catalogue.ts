import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import { type FileSource, openFileSource } from '../src/content/file.ts';
import { Deadline } from '../src/deadline.ts';
import type { FileDeclaration } from '../src/domain/content-source.ts';

// What a catalogue file of so many rows (first argument, default 200,000) costs: to read it, to read it again while it is
// in use, and to look its items up.

const ROWS = Number(process.argv[2] ?? 200_000);
const RUNS = 3;
const JOIN_RUNS = 15;
/** So many answers of three items each in a millisecond. */
const LOAD = 10;
const HEADER = 'sku,name,name_de,category,description,product_url,deep_link,image,price\n';

const DECLARATION: FileDeclaration = {
  type: 'file',
  name: 'products',
  path: 'products.csv',
  key: 'sku',
  fields: [
    { name: 'title', from: { default: 'name', de: 'name_de' }, type: 'text', max: null },
    { name: 'category', from: 'category', type: 'text', max: null },
    { name: 'description', from: 'description', type: 'text', max: 200 },
    { name: 'url', from: 'product_url', type: 'url', base: null },
    { name: 'app_url', from: 'deep_link', type: 'link', schemes: ['myapp'] },
    { name: 'image', from: 'image', type: 'image', base: null },
    { name: 'price', from: 'price', type: 'number', currency: 'USD' },
  ],
  required: ['title', 'url'],
};

const deadline = new Deadline(1_000);
const folder = mkdtempSync(resolve(tmpdir(), 'inlay-bench-'));
const path = resolve(folder, 'products.csv');

try {
  await pipeline(Readable.from(rows(), { objectMode: false }), createWriteStream(path));
  console.log(`${ROWS} rows, ${megabytes(statSync(path).size)} MB`);
  // First, since what the process takes at most is counted from its start.
  const source = await measureReloads();
  measureJoins(source);
  await measureLoading();
} finally {
  rmSync(folder, { recursive: true });
}

function* rows(): Generator<string> {
  yield HEADER;
  for (let n = 0; n < ROWS; n += 1) {
    const texts = `"Course number ${n}, explained",Kurs Nummer ${n} verständlich erklärt,Home buying`;
    const long = `"Fixed or variable, points or no points: what moves your rate ${n}, and when to lock it in."`;
    const links = `https://www.example.com/learn/product-${n},myapp://learn/product-${n}`;
    yield `product-${n},${texts},${long},${links},https://images.example.com/${n}.jpg,${n % 100}.00\n`;
  }
}

/** While others look items up. */
async function measureReloads(): Promise<FileSource> {
  let source = await openFileSource(DECLARATION, path);
  let peakBytes = 0;
  const traffic = setInterval(() => {
    for (let answer = 0; answer < LOAD; answer += 1) join(source, threeIds(source.items));
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
  }, 1);
  await reportDelays('no reload', () => new Promise((resolve) => setTimeout(resolve, 2_000)));
  for (let run = 0; run < RUNS; run += 1) {
    peakBytes = 0;
    source = await reportDelays('reload', () => openFileSource(DECLARATION, path));
    console.log(`  at most ${megabytes(peakBytes)} MB in memory`);
  }
  clearInterval(traffic);
  return source;
}

async function reportDelays<T>(name: string, work: () => Promise<T>): Promise<T> {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const started = performance.now();
  const result = await work();
  delays.disable();
  const tookMs = (performance.now() - started).toFixed(0);
  const [most, usual] = [delays.max, delays.percentile(99.9)].map((nanoseconds) =>
    (nanoseconds / 1e6).toFixed(1),
  );
  console.log(`${name}, ${tookMs} ms: event loop late by ${most} ms at most, ${usual} ms at 99.9 %`);
  return result;
}

function measureJoins(source: FileSource): void {
  for (const [name, among] of [
    ['at random', source.items],
    ['known already', 1_000],
  ] as const) {
    const times = Array.from({ length: JOIN_RUNS }, () => timeJoins(source, among));
    console.log(`three items, ${name}: ${median(times).toFixed(2)} µs`);
  }
}

/** Microseconds of processor time for each: others may use the machine. */
function timeJoins(source: FileSource, among: number): number {
  // As parsed from a decision.
  const asked: string[][] = JSON.parse(JSON.stringify(Array.from({ length: 50_000 }, () => threeIds(among))));
  const before = process.threadCpuUsage();
  for (const ids of asked) join(source, ids);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / asked.length;
}

function threeIds(among: number): string[] {
  return [0, 1, 2].map(() => `product-${Math.floor(Math.random() * among)}`);
}

function join(source: FileSource, ids: readonly string[]): void {
  const contents = source.find(ids, null, deadline);
  if (contents instanceof Promise) throw new Error('a file has nothing to wait for');
  for (const id of ids) {
    if (typeof contents.get(id) === 'string') throw new Error(`${id} was not found`);
  }
}

async function measureLoading(): Promise<void> {
  const loads: number[] = [];
  const passes: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    loads.push(await timed(() => openFileSource(DECLARATION, path)));
    passes.push(await timed(countRecords));
  }
  const [load, pass] = [median(loads), median(passes)];
  console.log(
    `loading: ${load.toFixed(0)} ms; csv-parse alone, which cleans and keeps nothing: ${pass.toFixed(0)} ms`,
  );
  console.log(`  ${(load / pass).toFixed(2)} of it`);
}

async function countRecords(): Promise<void> {
  let records = 0;
  const parser = createReadStream(path, { highWaterMark: 262_144 }).pipe(parse());
  parser.on('data', () => {
    records += 1;
  });
  await new Promise((resolve, reject) => parser.once('end', resolve).once('error', reject));
  if (records !== ROWS + 1) throw new Error(`csv-parse found ${records} records`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function megabytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(0);
}
