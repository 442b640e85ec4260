import autocannon from 'autocannon';
import { CREDENTIALS } from './servers.ts';
import { startServer } from './start.ts';

// A pinned answer beside one from a cached profile: the same service and person, with a campaign and without. Machines are
// noisy, so both take turns that are short and many, and what counts is the median of their ratios of processor time.

const ROUNDS = Number(process.argv[2] ?? 100);
const ANSWERS = 2_000;
const CONNECTIONS = 64;
const HEADERS = { authorization: `Basic ${Buffer.from(CREDENTIALS).toString('base64')}` };
const PATH = '/v1/placements/home-hero';

/** The campaign is one more parameter, and makes click links longer: so does a channel where nothing is pinned. */
const CASES = {
  cached: '?user_id=treatment-1',
  pinned: '?user_id=treatment-1&campaign=weekly-2026-11-27',
  channel: '?user_id=treatment-1&channel=weekly-2026-11-27',
} as const;

type Case = keyof typeof CASES;
const NAMES = Object.keys(CASES) as Case[];

const server = await startServer('inlay');

/** Processor time of one answer, in microseconds. */
async function measure(path: string): Promise<number> {
  const before = await server.cpu();
  const { requests, non2xx, errors } = await autocannon({
    url: `${server.base}${path}`,
    connections: CONNECTIONS,
    amount: ANSWERS,
    headers: HEADERS,
  });
  if (non2xx > 0 || errors > 0) throw new Error(`${path}: ${non2xx} bad, ${errors} failed`);
  return ((await server.cpu()) - before) / requests.total;
}

async function compare(suffix: string): Promise<void> {
  const rounds: Record<Case, number>[] = [];
  for (let round = -3; round < ROUNDS; round += 1) {
    const costs = { cached: 0, pinned: 0, channel: 0 };
    // Nobody is always the first; and the first rounds warm up.
    for (const name of round % 2 ? NAMES : NAMES.toReversed()) {
      costs[name] = await measure(`${PATH}${suffix}${CASES[name]}`);
    }
    if (round >= 0) rounds.push(costs);
  }
  console.log(`\n${suffix}, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${ANSWERS} answers`);
  for (const name of NAMES) {
    console.log(
      `  ${name.padEnd(8)} ${quartiles(rounds.map((costs) => costs[name]))
        .map(format(1))
        .join(' ')} µs`,
    );
  }
  const ratios = (other: Case): string =>
    quartiles(rounds.map((costs) => costs.pinned / costs[other]))
      .map(format(2))
      .join(' ');
  console.log(`  pinned to cached ${ratios('cached')}, to cached with a channel ${ratios('channel')}`);
}

/** The middle half and, in its middle, the median. */
function quartiles(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return [0.25, 0.5, 0.75].map((part) => sorted[Math.floor(sorted.length * part)] ?? Number.NaN);
}

function format(digits: number): (value: number) => string {
  return (value) => value.toFixed(digits);
}

try {
  await compare('.json');
  await compare('.html');
} finally {
  server.stop();
}
