import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import autocannon from 'autocannon';
import express from 'express';
import { createSeals } from '../src/links/seals.ts';
import { linkKeyText } from '../src/links/tokens.ts';
import { CREDENTIALS } from './servers.ts';
import { type Running, startServer } from './start.ts';

// Public links beside a bare Express app that redirects, in many short turns. Many people follow them, so that what is
// remembered of one does not help with the next. What counts is the median of the turns' ratios, first of all that of the
// processor time which a link costs, since that depends least on what else the machine is doing.

const ROUNDS = Number(process.argv[2] ?? 15);
const SECONDS = 1;
const WARM_UP_SECONDS = 4;
const CONNECTIONS = 64;
const PEOPLE = Array.from({ length: 300 }, (_, index) => `treatment-${index}`);
/** What the sandbox signs with where it is given no keys. */
const SECRET = 'sandbox-link-signing-key';
const KEY = createSeals([SECRET]).sign(linkKeyText('home-hero'));
const AUTHORIZATION = `Basic ${Buffer.from(CREDENTIALS).toString('base64')}`;
const BROWSER =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';

/** Where a bare redirect leads: as far as most of ours. */
const ELSEWHERE = 'https://www.example.com/learn/investing-101?ref=a';

if (process.argv[2] === 'redirects') {
  await serveBare();
} else {
  await compareAll();
}

async function serveBare(): Promise<void> {
  const app = express();
  app.disable('etag');
  app.disable('x-powered-by');
  app.get('/:kind/:placement/:rest', (_request, response) => {
    response.writeHead(302, { Location: ELSEWHERE, 'Cache-Control': 'no-store', 'Content-Length': 0 });
    response.end();
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.send?.((server.address() as AddressInfo).port);
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
  });
}

async function startBare(): Promise<Running> {
  const child = fork(new URL(import.meta.url), ['redirects']);
  const [port] = (await once(child, 'message')) as [number];
  const cpu = async (): Promise<number> => {
    child.send('cpu');
    return ((await once(child, 'message')) as [number])[0];
  };
  return { base: `http://127.0.0.1:${port}`, cpu, stop: () => child.kill() };
}

type Measured = { readonly rate: number; readonly cpu: number };

async function measure(server: Running, paths: readonly string[], duration = SECONDS): Promise<Measured> {
  const before = await server.cpu();
  const result = await autocannon({
    url: server.base,
    connections: CONNECTIONS,
    duration,
    headers: { 'user-agent': BROWSER },
    requests: paths.map((path) => ({ path })),
  });
  const { requests, errors } = result;
  // An item without a picture has a transparent one.
  if (errors + result['4xx'] + result['5xx'] > 0) throw new Error(`${paths[0]}: errors`);
  return { rate: requests.average, cpu: ((await server.cpu()) - before) / requests.total };
}

/** Has everybody's decision pinned, and gives the paths of links by what they are. */
async function prepareLinks({ base }: Running): Promise<Record<string, readonly string[]>> {
  const clicks: string[] = [];
  for (const person of PEOPLE) {
    const url = `${base}/v1/placements/home-hero?user_id=${person}&campaign=weekly`;
    const answer = await fetch(url, { headers: { authorization: AUTHORIZATION } });
    const { item_1_click_url } = (await answer.json()) as { readonly item_1_click_url: string };
    clicks.push(new URL(item_1_click_url).pathname);
  }
  const positional = (kind: string, campaign: string) =>
    PEOPLE.map((person) => `/${kind}/home-hero/1?user_id=${person}&campaign=${campaign}&key=${KEY}`);
  return {
    '/c': clicks,
    '/go, pinned': positional('go', 'weekly'),
    '/go, baseline': positional('go', 'other'),
    '/img, pinned': positional('img', 'weekly'),
    '/img, baseline': positional('img', 'other'),
  };
}

type Pair = { readonly inlay: Measured; readonly bare: Measured };

/** Each of the two comes first every other time. */
async function takeTurn(
  inlay: Running,
  bare: Running,
  paths: readonly string[],
  turn: number,
): Promise<Pair> {
  if (turn === 0) return { inlay: await measure(inlay, paths), bare: await measure(bare, paths) };
  const after = await measure(bare, paths);
  return { inlay: await measure(inlay, paths), bare: after };
}

async function compareAll(): Promise<void> {
  const inlay = await startServer('inlay');
  const bare = await startBare();
  try {
    for (const [title, paths] of Object.entries(await prepareLinks(inlay))) {
      const rounds: Pair[] = [];
      for (const server of [inlay, bare]) await measure(server, paths, WARM_UP_SECONDS);
      for (let round = 0; round < ROUNDS; round += 1)
        rounds.push(await takeTurn(inlay, bare, paths, round % 2));
      report(title, rounds);
    }
  } finally {
    inlay.stop();
    bare.stop();
  }
}

function report(title: string, rounds: readonly Pair[]): void {
  const cost = (kind: 'inlay' | 'bare') => median(rounds.map((pair) => pair[kind].cpu)).toFixed(1);
  console.log(`\n${title}, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${SECONDS} s`);
  console.log(`  inlay ${cost('inlay')} µs of processor a link, bare ${cost('bare')} µs`);
  const processor = rounds.map((pair) => pair.bare.cpu / pair.inlay.cpu);
  const rate = rounds.map((pair) => pair.inlay.rate / pair.bare.rate);
  for (const [name, ratios] of Object.entries({ processor, rate })) {
    const sorted = [...ratios].sort((a, b) => a - b).map((ratio) => ratio.toFixed(2));
    const middle = sorted.slice(Math.floor(ROUNDS / 4), Math.ceil((ROUNDS * 3) / 4));
    console.log(
      `  ${name} ratio ${median(ratios).toFixed(2)} (half of them ${middle[0]} to ${middle.at(-1)})`,
    );
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
