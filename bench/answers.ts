import autocannon from 'autocannon';
import { CREDENTIALS } from './servers.ts';
import { type Running, startServer } from './start.ts';

// Answers from a cached profile, Inlay beside a bare Express app, in turns. Machines are noisy, so what counts is the
// median of the rounds' ratios, and that of the processor time an answer costs, which depends least on the company.

const ROUNDS = 5;
const SECONDS = 4;
const CONNECTIONS = 64;
const HEADERS = { authorization: `Basic ${Buffer.from(CREDENTIALS).toString('base64')}` };
const PATH = '/v1/placements/home-hero';
const QUERY = '?user_id=treatment-1';

type Measured = { readonly rate: number; readonly p50: number; readonly p99: number; readonly cpu: number };

async function measure(server: Running, path: string): Promise<Measured> {
  const before = await server.cpu();
  const { requests, latency, non2xx, errors } = await autocannon({
    url: `${server.base}${path}`,
    connections: CONNECTIONS,
    duration: SECONDS,
    headers: HEADERS,
  });
  if (non2xx > 0 || errors > 0) throw new Error(`${path}: ${non2xx} bad, ${errors} failed`);
  const cpu = ((await server.cpu()) - before) / requests.total;
  return { rate: requests.average, p50: latency.p50, p99: latency.p99, cpu };
}

type Pair = { readonly inlay: Measured; readonly bare: Measured };

async function compare(path: string): Promise<Pair[]> {
  const rounds: Pair[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const pair = { inlay: await measure(inlay, path), bare: await measure(bare, path) };
    // The first round warms both up.
    if (round > 0) rounds.push(pair);
  }
  return rounds;
}

function report(title: string, rounds: readonly Pair[]): void {
  console.log(`\n${title}, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${SECONDS} s`);
  for (const kind of ['inlay', 'bare'] as const) {
    const of = (figure: keyof Measured): number => median(rounds.map((pair) => pair[kind][figure]));
    const rate = `${Math.round(of('rate'))} answers/s   p50 ${of('p50')} ms   p99 ${of('p99')} ms`;
    console.log(`  ${kind.padEnd(6)} ${rate}   ${of('cpu').toFixed(1)} µs of processor an answer`);
  }
  reportRatios(
    'rate',
    rounds.map(({ inlay, bare }) => inlay.rate / bare.rate),
  );
  reportRatios(
    'processor',
    rounds.map(({ inlay, bare }) => bare.cpu / inlay.cpu),
  );
}

function reportRatios(name: string, ratios: readonly number[]): void {
  const sorted = [...ratios].sort((a, b) => a - b).map((ratio) => ratio.toFixed(2));
  console.log(`  ${name} ratio ${median(ratios).toFixed(2)} (${sorted.join(' ')})`);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const inlay = await startServer('inlay');
const listed = await fetch(`${inlay.base}${PATH}${QUERY}&shape=list`, { headers: HEADERS });
const bare = await startServer('bare', { ANSWER: await listed.text() });
try {
  report('JSON', await compare(`${PATH}${QUERY}`));
  report('HTML', await compare(`${PATH}.html${QUERY}`));
} finally {
  inlay.stop();
  bare.stop();
}
