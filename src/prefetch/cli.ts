import { createReadStream, existsSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Presets, SingleBar } from 'cli-progress';
import { describeEnd, describeNow, describeStart, exitCodeOf } from './cli-text.ts';
import { type Answer, type Client, createClient, Refused } from './client.ts';
import { type Command, parseCommand, USAGE } from './command.ts';

// `npm run prefetch -- users.csv --placement home-hero`. On a terminal it shows how far it is; anywhere else it says
// nothing but the last answer, as JSON.

const EVERY_MS = 1_000;

/** How long Inlay may be away, for a restart perhaps, before nobody waits for it any more. */
const AWAY_MS = 120_000;

const BAR = '{bar} {percentage} % | {done} of {total} | {now}';

if (existsSync('.env')) process.loadEnvFile('.env');
const isTerminal = process.stdout.isTTY === true;
const command = parseCommand(process.argv.slice(2));
if (typeof command === 'string') end(2, command);
if (command.kind === 'help') {
  process.stdout.write(USAGE);
  process.exit(0);
}
process.once('SIGINT', () => end(130, 'Nothing was started.'));
try {
  await run(command, createClient(readTarget()));
} catch (error) {
  end(1, error instanceof Refused ? error.message : `Inlay cannot be reached: ${(error as Error).message}`);
}

async function run(asked: Exclude<Command, { kind: 'help' }>, client: Client): Promise<void> {
  const started = asked.kind === 'watch' ? await client.get(asked.id) : await upload(asked, client);
  if (isTerminal) process.stdout.write(`${describeStart(started)}\n`);
  const isOver = asked.kind === 'upload' && (asked.isDryRun || !asked.wait);
  const last = isOver || started.id === null ? started : await watch(started.id, started, client);
  if (!isTerminal) process.stdout.write(`${JSON.stringify(last)}\n`);
  else if (!isOver) process.stdout.write(`${describeEnd(last)}\n`);
  else if (last.id !== null) process.stdout.write(`${howToLook(last.id)}\n`);
  process.exit(isOver ? 0 : exitCodeOf(last));
}

function upload({ file, parameters }: Extract<Command, { kind: 'upload' }>, client: Client): Promise<Answer> {
  if (file === '-') return client.upload(null, process.stdin, parameters);
  if (!existsSync(file) || !statSync(file).isFile()) end(2, `There is no file ${file}.`);
  return client.upload(file, createReadStream(file), parameters);
}

/** Resolves when it has ended. */
async function watch(id: string, first: Answer, client: Client): Promise<Answer> {
  const bar = isTerminal ? openBar(first) : null;
  process.removeAllListeners('SIGINT').once('SIGINT', () => {
    bar?.stop();
    end(130, `It goes on. ${howToLook(id)}`);
  });
  let seen = first;
  let heardAt = performance.now();
  while (seen.state !== 'done' && seen.state !== 'cancelled') {
    await sleep(EVERY_MS);
    try {
      seen = await client.get(id);
      heardAt = performance.now();
    } catch (error) {
      if (performance.now() - heardAt < AWAY_MS) continue;
      bar?.stop();
      throw error;
    }
    bar?.update(seen.done, { now: describeNow(seen), done: seen.done });
  }
  bar?.update(seen.done, { now: '', done: seen.done });
  bar?.stop();
  return seen;
}

function openBar(first: Answer): SingleBar {
  const bar = new SingleBar({ format: BAR, hideCursor: true, barsize: 30 }, Presets.shades_classic);
  bar.start(first.users, first.done, { now: describeNow(first), done: first.done });
  return bar;
}

function howToLook(id: string): string {
  return `Look at it: npm run prefetch -- --watch ${id}`;
}

function readTarget(): { url: URL; name: string; password: string } {
  const { INLAY_URL = 'http://127.0.0.1:3000', INLAY_CREDENTIALS = '' } = process.env;
  const url = URL.parse(INLAY_URL);
  const isHere = url !== null && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && isHere)) {
    end(2, 'INLAY_URL must be an https URL (plain http only to this machine).');
  }
  const [, name, password] = /^([^:]+):(.+)$/.exec(INLAY_CREDENTIALS.trim()) ?? [];
  if (name === undefined || password === undefined) {
    end(2, 'INLAY_CREDENTIALS must be name:password of studio credentials.');
  }
  return { url, name, password };
}

function end(code: number, text: string): never {
  process.stderr.write(`${text}\n${code === 2 ? `\n${USAGE}` : ''}`);
  process.exit(code);
}
