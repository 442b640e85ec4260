import autocannon from 'autocannon';
import { CREDENTIALS } from './servers.ts';
import { startServer } from './start.ts';

// A pinned answer beside one from a cached profile: the same service and person, with a campaign and without, in turns.
// What counts is the median of the rounds' ratios of processor time, which depends least on what else a machine does.

const ROUNDS = Number(process.argv[2] ?? 15);
/** Short, so that both halves of a pair meet the same company. */
const SECONDS = 1;
const CONNECTIONS = 64;
const HEADERS = { authorization: `Basic ${Buffer.from(CREDENTIALS).toString('base64')}` };
const PATH = '/v1/placements/home-hero';
const QUERY = '?user_id=treatment-1';

/** The campaign makes click links longer to seal; a channel as long does the same where nothing is pinned. */
const CASES = {
  cached: '',
  pinned: '&campaign=weekly-2026-11-27',
  'cached, with a channel': '&channel=weekly-2026-11-27',
  'cached, two items': '&limit=2',
  'pinned, two items': '&limit=2&campaign=weekly-2026-11-27',
};

type Case = keyof typeof CASES;

const server = await startServer('inlay');

/** Processor time of one answer, in microseconds. */
async function measure(path: string): Promise<number> {
  const before = await server.cpu();
  const { requests, non2xx, errors } = await autocannon({
    url: `${server.base}${path}`,
    connections: CONNECTIONS,
    duration: SECONDS,
    headers: HEADERS,
  });
  if (non2xx > 0 || errors > 0) throw new Error(`${path}: ${non2xx} bad, ${errors} failed`);
  return ((await server.cpu()) - before) / requests.total;
}

async function compare(suffix: string): Promise<void> {
  const rounds: Record<Case, number>[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const costs = {} as Record<Case, number>;
    for (const [name, query] of Object.entries(CASES) as [Case, string][]) {
      costs[name] = await measure(`${PATH}${suffix}${QUERY}${query}`);
    }
    // The first round warms up.
    if (round > 0) rounds.push(costs);
  }
  console.log(`\n${suffix}, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${SECONDS} s`);
  for (const name of Object.keys(CASES) as Case[]) {
    console.log(
      `  ${name.padEnd(22)} ${median(rounds.map((costs) => costs[name])).toFixed(1)} µs of processor`,
    );
  }
  const ratios = (one: Case, other: Case) => rounds.map((costs) => costs[one] / costs[other]);
  report('pinned to cached', ratios('pinned', 'cached'));
  report('  with a channel', ratios('pinned', 'cached, with a channel'));
  report('  with two items', ratios('pinned, two items', 'cached, two items'));
}

function report(name: string, ratios: readonly number[]): void {
  const sorted = [...ratios].sort((a, b) => a - b).map((ratio) => ratio.toFixed(2));
  console.log(`  ${name.padEnd(22)} ${median(ratios).toFixed(2)} (${sorted.join(' ')})`);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

try {
  await compare('.json');
  await compare('.html');
} finally {
  server.stop();
}
