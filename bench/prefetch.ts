import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answered, busiestMinute, type Inlay, startInlay, startStandIn, storm } from './storm-tools.ts';

// Prefetches as a marketer has them: `upload` sends a million ids and weighs the process meanwhile; `speed` has a budget
// of 60,000 a minute against a stand-in that takes 50 ms, with and without live calls beside it; `budget` runs for ten
// minutes within 600 a minute and counts what of the free budget is used. All three without an argument.

const STUDIO = 'marta:studio-Wq83-zR7n-maple';
const AUTHORIZATION = `Basic ${Buffer.from(STUDIO).toString('base64')}`;
const folder = mkdtempSync(join(tmpdir(), 'inlay-prefetch-'));
let port = 3_920;

type Standing = Awaited<ReturnType<typeof startStandIn>>;

async function start(standIn: Standing, perMinute: number): Promise<Inlay> {
  port += 1;
  return startInlay(port, {
    PROFILE_API_URL: standIn.url,
    PROFILE_BUDGET_PER_MINUTE: String(perMinute),
    STORE_URL: `sqlite:${join(folder, `${port}.db`)}`,
    FALLBACK_URL: 'https://www.example.com',
    LINK_SIGNING_KEYS: 'f1b0c65e9a1d4c0b8a7e3d2c1b0a9f8e',
    STUDIO_CREDENTIALS: STUDIO,
  });
}

/** Ids of 20 bytes with their line ends. */
function listOf(count: number, name: string): Readable {
  const lines = function* (): Generator<string> {
    yield 'user_id\n';
    for (let first = 0; first < count; first += 1_000) {
      const length = Math.min(1_000, count - first);
      yield Array.from(
        { length },
        (_, index) => `${name}-${String(first + index).padStart(18 - name.length, '0')}\n`,
      ).join('');
    }
  };
  return Readable.from(lines());
}

type Seen = { readonly id: string; readonly state: string; readonly done: number; readonly text: string };

async function upload({ base }: Inlay, body: Readable, query = ''): Promise<Seen> {
  const response = await fetch(`${base}/v1/prefetches?placement=home-hero${query}`, {
    method: 'POST',
    headers: { authorization: AUTHORIZATION, 'content-type': 'text/csv' },
    body: body as unknown as ReadableStream,
    duplex: 'half',
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as Seen;
}

async function look({ base }: Inlay, path: string, method = 'GET'): Promise<Seen> {
  const response = await fetch(`${base}/v1/prefetches/${path}`, {
    method,
    headers: { authorization: AUTHORIZATION },
  });
  return (await response.json()) as Seen;
}

function residentMb({ process }: Inlay): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${process.pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1_024;
}

/** Runs something, and gives its highest resident memory besides. */
async function weigh<T>(inlay: Inlay, work: Promise<T>): Promise<{ result: T; mostMb: number }> {
  let mostMb = 0;
  const timer = setInterval(() => {
    mostMb = Math.max(mostMb, residentMb(inlay));
  }, 50);
  try {
    return { result: await work, mostMb };
  } finally {
    clearInterval(timer);
  }
}

async function measureUpload(standIn: Standing): Promise<void> {
  const inlay = await start(standIn, 600);
  try {
    // A process in use: V8 has grown its space for what is young, and SQLite its cache, which neither gives back.
    const idleMb = residentMb(inlay);
    const warm = await upload(inlay, listOf(200_000, 'warm'));
    await look(inlay, `${warm.id}/cancel`, 'POST');
    await sleep(3_000);
    const beforeMb = residentMb(inlay);
    const startedAt = performance.now();
    const { result, mostMb } = await weigh(inlay, upload(inlay, listOf(1_000_000, 'million')));
    const seconds = (performance.now() - startedAt) / 1_000;
    console.log(
      `\nupload of a million ids: ${seconds.toFixed(1)} s, memory ${beforeMb.toFixed(0)} → ${mostMb.toFixed(0)} MB (${idleMb.toFixed(0)} MB right after the start)`,
    );
    console.log(`  ${result.text}`);
  } finally {
    inlay.process.kill();
  }
}

async function measureSpeed(standIn: Standing): Promise<void> {
  const inlay = await start(standIn, 60_000);
  try {
    const { id } = await upload(inlay, listOf(40_000, 'speed'));
    await sleep(3_000);
    await report('look-ups alone', inlay, id, 10, async () => {});
    let answers: Answered[] = [];
    await report('look-ups beside 100 live calls a second', inlay, id, 10, async () => {
      const calls = Array.from({ length: 1_000 }, (_, index) => ({
        base: inlay.base,
        user: `live-${index}`,
        retry: false,
      }));
      answers = await storm(calls, 100);
    });
    const times = answers.map(({ ms }) => ms).sort((a, b) => a - b);
    const good = answers.filter(({ reason }) => reason === 'recommended').length;
    const at = (share: number): number => Math.round(times[Math.ceil(times.length * share) - 1] ?? 0);
    console.log(
      `  live calls: ${good} of ${answers.length} recommended; p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, slowest ${at(1)} ms`,
    );
    const { people } = await standIn.counted();
    console.log(`  asked twice: ${people.length - new Set(people).size}`);
  } finally {
    inlay.process.kill();
  }
}

async function report(
  title: string,
  inlay: Inlay,
  id: string,
  seconds: number,
  beside: () => Promise<void>,
): Promise<void> {
  const before = await look(inlay, id);
  const startedAt = performance.now();
  await Promise.all([sleep(seconds * 1_000), beside()]);
  const after = await look(inlay, id);
  const rate = ((after.done - before.done) * 1_000) / (performance.now() - startedAt);
  console.log(`\n${title}: ${rate.toFixed(0)} a second`);
  const response = await fetch(`${inlay.base}/metrics`, { headers: { authorization: AUTHORIZATION } });
  for (const line of (await response.text()).split('\n'))
    if (/^(inlay_store_failures_total\{|nodejs_eventloop_lag_p99)/.test(line)) console.log(`  ${line}`);
}

async function measureBudget(standIn: Standing, minutes: number): Promise<void> {
  const inlay = await start(standIn, 600);
  try {
    const { id, text } = await upload(inlay, listOf(50_000, 'budget'));
    console.log(`\n${minutes} minutes within 600 a minute: ${text}`);
    const { at: before } = await standIn.counted();
    const startedAt = Date.now();
    await sleep(minutes * 60_000);
    const { at, people } = await standIn.counted();
    const calls = at.slice(before.length);
    const free = 480 * minutes;
    console.log(
      `  ${calls.length} calls of ${free} that live traffic left: ${((calls.length / free) * 100).toFixed(1)} %`,
    );
    console.log(
      `  busiest 60 s ${busiestMinute(calls)}, asked twice ${people.length - new Set(people).size}`,
    );
    console.log(
      `  after ${Math.round((Date.now() - startedAt) / 1_000)} s: ${JSON.stringify(await look(inlay, id))}`,
    );
  } finally {
    inlay.process.kill();
  }
}

const wanted = process.argv[2];
const standIn = await startStandIn();
try {
  if (wanted === undefined || wanted === 'upload') await measureUpload(standIn);
  if (wanted === undefined || wanted === 'speed') await measureSpeed(standIn);
  if (wanted === undefined || wanted === 'budget')
    await measureBudget(standIn, Number(process.argv[3] ?? 10));
} finally {
  standIn.stop();
  await sleep(500);
  rmSync(folder, { recursive: true, force: true });
}
