import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';
import { CREDENTIALS } from './servers.ts';
import { type Running, startServer } from './start.ts';

// Answers with events on beside answers with events off: the same service and store, with an API key and without, in turns
// that are short and many. Processor time is that of the whole process, threads, queue and sending included; the times that
// callers wait are taken at a rate that leaves the machine room. `node bench/events.ts [rounds]`, STORE=memory: or sqlite:.

const ROUNDS = Number(process.argv[2] ?? 40);
const BUSY_SECONDS = 1;
const CALM_SECONDS = 2;
const CALM_PER_SECOND = 1_000;
const CONNECTIONS = 32;
const SENDING_MS = 2_000;
const HEADERS = { authorization: `Basic ${Buffer.from(CREDENTIALS).toString('base64')}` };
const PATH = '/v1/placements/home-hero?user_id=treatment-1';

const folder = mkdtempSync(join(tmpdir(), 'inlay-bench-'));
const standIn = fork(new URL('./events-stand-in.ts', import.meta.url));
const [port] = (await once(standIn, 'message')) as [number];
const storeOf = (name: string): string =>
  process.env.STORE === 'memory:' ? 'memory:' : `sqlite:${join(folder, `${name}.db`)}`;
const servers = {
  on: await startServer('inlay', {
    STORE_URL: storeOf('on'),
    AMPLITUDE_API_KEY: 'bench-api-key',
    EVENTS_API_URL: `http://127.0.0.1:${port}/2/httpapi`,
  }),
  off: await startServer('inlay', { STORE_URL: storeOf('off') }),
};
type Name = keyof typeof servers;

let sends = 0;
/** One person, who is told of once; or a new send with each answer, which is one more event and one more pin. */
const CASES = {
  'the same person again': () => PATH,
  'a new send each time': () => `${PATH}&campaign=send-${++sends}`,
} as const;

async function load(server: Running, nextPath: () => string, options: Partial<autocannon.Options>) {
  const result = await autocannon({
    url: server.base,
    requests: [{ setupRequest: (request) => ({ ...request, path: nextPath() }) }],
    connections: CONNECTIONS,
    headers: HEADERS,
    ...options,
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${result.non2xx} bad, ${result.errors} failed`);
  return result;
}

type Measured = { readonly cpu: number; readonly rate: number; readonly p50: number; readonly p99: number };

async function measure(server: Running, nextPath: () => string): Promise<Measured> {
  const before = await server.cpu();
  const busy = await load(server, nextPath, { duration: BUSY_SECONDS });
  // What is sent later belongs to it too; here the callers, and Amplitude's part, take the same two cores.
  await sleep(SENDING_MS);
  const calm = await load(server, nextPath, { overallRate: CALM_PER_SECOND, duration: CALM_SECONDS });
  const cpu = ((await server.cpu()) - before) / (busy.requests.total + calm.requests.total);
  return { cpu, rate: busy.requests.total / busy.duration, p50: calm.latency.p50, p99: calm.latency.p99 };
}

async function compare(title: string, nextPath: () => string): Promise<void> {
  const rounds: Record<Name, Measured>[] = [];
  for (let round = -2; round < ROUNDS; round += 1) {
    // Neither is always the first; and the first rounds warm up.
    const names: Name[] = round % 2 ? ['on', 'off'] : ['off', 'on'];
    const measured = new Map<Name, Measured>();
    for (const name of names) measured.set(name, await measure(servers[name], nextPath));
    const [on, off] = [measured.get('on'), measured.get('off')];
    if (round >= 0 && on && off) rounds.push({ on, off });
  }
  console.log(`\n${title}, ${ROUNDS} rounds`);
  for (const name of ['on', 'off'] as const) {
    const of = (figure: keyof Measured) => quartiles(rounds.map((pair) => pair[name][figure]));
    const line = (['cpu', 'rate', 'p50', 'p99'] as const).map(
      (figure) => `${figure} ${of(figure).join(' ')}`,
    );
    console.log(`  ${name.padEnd(4)} ${line.join('   ')}`);
  }
  for (const figure of ['cpu', 'rate'] as const) {
    console.log(
      `  ${figure} on to off ${quartiles(rounds.map(({ on, off }) => on[figure] / off[figure])).join(' ')}`,
    );
  }
}

/** The middle half and, in its middle, the median. */
function quartiles(values: readonly number[]): string[] {
  const sorted = [...values].sort((a, b) => a - b);
  return [0.25, 0.5, 0.75].map((part) => (sorted[Math.floor(sorted.length * part)] ?? Number.NaN).toFixed(2));
}

try {
  for (const [title, nextPath] of Object.entries(CASES)) await compare(title, nextPath);
  standIn.send('count');
  const [counted] = (await once(standIn, 'message')) as [{ events: number; requests: number }];
  console.log(`\n${counted.events} events arrived in ${counted.requests} requests`);
} finally {
  servers.on.stop();
  servers.off.stop();
  standIn.kill();
  rmSync(folder, { recursive: true, force: true });
}
