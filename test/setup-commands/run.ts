import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Environment, findFreePort } from '../support/process.ts';
import type { Credentials } from '../support/service.ts';
import { makeFolder } from '../support/templates.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const { scripts } = JSON.parse(readFileSync(resolve(ROOT, 'package.json'), 'utf8'));

export type Command = 'setup-braze' | 'setup-movable-ink';

/** What a command that has ended said and left behind. */
export type Ended = {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
  /** What lies in the folder where it ran, which was empty. */
  readonly files: readonly string[];
  /** Whether any process of its own goes on. */
  readonly goesOn: boolean;
};

/** Runs what `npm run` runs, in an empty folder, so that no `.env` counts. */
export async function runCommand(
  command: Command,
  placements: readonly string[],
  environment: Environment = {},
): Promise<Ended> {
  const [, ...words] = String(scripts[command]).split(' ');
  const options = words.map((word) => (/^(\.\/)?src\//.test(word) ? resolve(ROOT, word) : word));
  const cwd = makeFolder();
  const child = spawn(process.execPath, [...options, ...placements], {
    cwd,
    env: { PATH: process.env.PATH, TEMPLATES_DIR: resolve(ROOT, 'templates'), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what it leaves running can be found.
    detached: true,
  });
  const [output, errors] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    child.exitCode ?? once(child, 'exit'),
  ]);
  const files = readdirSync(cwd, { recursive: true, encoding: 'utf8' });
  return { code: child.exitCode, output, errors, files, goesOn: isGroupAlive(child.pid ?? 0) };
}

/** The demo for all tests of a file, and what the command prints for it. */
export type DemoRun = {
  readonly output: string;
  readonly credentials: Credentials;
  /** Asks the demo, following no redirect. */
  readonly get: (url: string, headers?: Readonly<Record<string, string>>) => Promise<Response>;
  readonly close: () => Promise<void>;
};

export async function runBesideDemo(command: Command, placement: string): Promise<DemoRun> {
  const PORT = String(await findFreePort());
  // The longest deadline, so that a busy machine changes no answer.
  const ANSWER_DEADLINE = '1900ms';
  const TEMPLATES_DIR = resolve(ROOT, 'templates');
  const environment = { PORT, STORE_URL: 'memory:', TEMPLATES_DIR, ANSWER_DEADLINE };
  const demo = spawn(process.execPath, [resolve(ROOT, 'src/main.ts'), '--demo'], {
    cwd: makeFolder(),
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  for await (const chunk of demo.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    said += chunk;
    if (said.includes('Ctrl-C stops it')) break;
  }
  const [, name = '', password = ''] = /curl -su (\S+?):(\S+)/.exec(said) ?? [];
  const { code, output, errors } = await runCommand(command, [placement], environment);
  if (code !== 0) throw new Error(`It exited with ${code}: ${errors}`);
  return {
    output,
    credentials: { name, password },
    get: (url, headers = {}) => fetch(url, { headers, redirect: 'manual' }),
    close: async () => {
      demo.kill('SIGKILL');
      await once(demo, 'exit');
    },
  };
}

function isGroupAlive(leader: number): boolean {
  try {
    return process.kill(-leader, 0);
  } catch {
    return false;
  }
}

/** What was printed under each heading, as it is to be copied. */
export function codeBlocks(output: string): Map<string, string> {
  const blocks = new Map<string, string>();
  for (const part of output.split(/^## /m).slice(1)) {
    const [title = '', ...lines] = part.split('\n');
    const first = lines.findIndex((line) => line.startsWith('    '));
    if (first === -1) continue;
    const code = lines.slice(first).map((line) => line.replace(/^ {4}/, ''));
    blocks.set(title, code.join('\n').trimEnd());
  }
  return blocks;
}
