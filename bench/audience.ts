import { spawnSync } from 'node:child_process';
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { Zip, ZipDeflate } from 'fflate';
import Papa from 'papaparse';
import { readAudience } from '../src/prefetch/audience.ts';

// What an audience of so many people (first argument, default a million) costs to be read: time, how late the event loop is
// meanwhile, and memory, each file in a process of its own; and what CSV parsers cost that keep nothing.

const PEOPLE = Number(process.argv[2] ?? 1_000_000);
/** One of the files, for the processes that this one starts. */
const ONLY = process.argv[3];
const RUNS = 3;
const PIECE_BYTES = 65_536;

const OPTIONS = { contentType: null, contentEncoding: null, fileName: null, column: null, idKind: null };

const emailOf = (n: number): string => `user-${n}@example.com`;
const objectOf = (n: number): string =>
  JSON.stringify({ external_id: emailOf(n), country: 'DE', devices: [{ model: 'x', id: n }] });

const FILES: readonly (readonly [name: string, text: () => Iterable<string>])[] = [
  ['ids.csv', () => lines('user_id\n', (n) => `${emailOf(n)}\n`, '')],
  ['export.csv', () => lines('external_id,name,email\n', (n) => `user-${n},Anna ${n},${emailOf(n)}\n`, '')],
  ['quoted.csv', () => lines('"external_id","name"\n', (n) => `"${emailOf(n)}","May, Anna ${n}"\n`, '')],
  ['export.ndjson', () => lines('', (n) => `${objectOf(n)}\n`, '')],
  ['export.json', () => lines('[', (n) => `${objectOf(n)},`, '{}]')],
  ['ids.json', () => lines('{"users":[', (n) => `"${emailOf(n)}",`, '""]}')],
];

if (ONLY) await measureReading(ONLY);
else await measureAll();

async function measureAll(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'inlay-bench-'));
  const path = (name: string): string => join(folder, name);
  try {
    for (const [name, text] of FILES) {
      await pipeline(Readable.from(text(), { objectMode: false }), createWriteStream(path(name)));
    }
    await pipeline(open(path('ids.csv')), createGzip(), createWriteStream(path('ids.csv.gz')));
    await pipeline(zipped(path('ids.csv')), createWriteStream(path('ids.zip')));
    for (const name of [...FILES.map(([each]) => each), 'ids.csv.gz', 'ids.zip']) {
      spawnSync(process.execPath, [import.meta.filename, String(PEOPLE), path(name)], { stdio: 'inherit' });
    }
    for (const name of ['ids.csv', 'quoted.csv']) await measureParsers(path(name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function* lines(first: string, line: (n: number) => string, last: string): Generator<string> {
  yield first;
  for (let n = 0; n < PEOPLE; n += 1) yield line(n);
  yield last;
}

function open(path: string): Readable {
  return createReadStream(path, { highWaterMark: PIECE_BYTES });
}

/** Written as a stream, as most programs do. */
function zipped(path: string): Readable {
  const pieces: Uint8Array[] = [];
  const zip = new Zip((error, piece) => {
    if (error) throw error;
    pieces.push(piece);
  });
  const file = new ZipDeflate(basename(path));
  zip.add(file);
  return Readable.from(
    (async function* () {
      for await (const piece of open(path)) {
        file.push(piece);
        yield* pieces.splice(0);
      }
      file.push(new Uint8Array(0), true);
      zip.end();
      yield* pieces.splice(0);
    })(),
  );
}

async function measureReading(path: string): Promise<void> {
  const runs: { ms: number; workMs: number; lateMs: number; megabytes: number }[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const before = process.memoryUsage.rss();
    let peak = before;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage.rss());
    }, 5);
    const delays = monitorEventLoopDelay({ resolution: 1 });
    const cpu = process.threadCpuUsage();
    const started = performance.now();
    delays.enable();
    const { users } = await readAudience(open(path), OPTIONS, async () => {});
    delays.disable();
    const ms = performance.now() - started;
    const { user, system } = process.threadCpuUsage(cpu);
    clearInterval(watch);
    // The lists end with somebody blank, so that their commas are simple.
    if (users !== PEOPLE) throw new Error(`${users} people were found`);
    const megabytes = (peak - before) / 1_048_576;
    runs.push({ ms, workMs: (user + system) / 1_000, lateMs: delays.max / 1e6, megabytes });
  }
  const [ms, work, late] = (['ms', 'workMs', 'lateMs'] as const).map((key) =>
    median(runs.map((run) => run[key])),
  );
  const size = (statSync(path).size / 1_048_576).toFixed(0);
  // The first run is the one that makes the process grow.
  const memory = runs[0]?.megabytes.toFixed(0);
  console.log(
    `${basename(path)}, ${size} MB: ${ms?.toFixed(0)} ms, of which ${work?.toFixed(0)} ms are this thread's work; ` +
      `event loop late by ${late?.toFixed(1)} ms at most; ${memory} MB more memory`,
  );
}

async function measureParsers(path: string): Promise<void> {
  const withPapa = await timed(async () => {
    const parser = new Papa.Parser({ delimiter: ',', newline: '\n' });
    let rest = '';
    for await (const piece of open(path)) {
      const text = rest + piece.toString();
      rest = text.slice(parser.parse(text, 0, true).meta.cursor);
    }
  });
  const withCsvParse = await timed(async () => {
    const parser = open(path).pipe(parse());
    parser.on('data', () => {});
    await new Promise((resolve, reject) => parser.once('end', resolve).once('error', reject));
  });
  console.log(
    `${basename(path)}, parsed alone: Papa Parse ${withPapa.toFixed(0)} ms, csv-parse ${withCsvParse.toFixed(0)} ms`,
  );
}

async function timed(work: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return median(times);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
