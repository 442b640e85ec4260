import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installStrapi } from './install.ts';
import type { Product } from './products.ts';

const PROJECT = join(import.meta.dirname, 'project');
const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 5_000;

/** A Strapi that runs, and how it came about. */
export type Strapi = Ready & {
  /** Null if an earlier run had installed it. */
  readonly installMs: number | null;
  readonly close: () => Promise<void>;
};

/** What the project's start.js tells once the server is filled. */
type Ready = {
  readonly url: string;
  /** An API token that only reads. */
  readonly token: string;
  readonly versions: { readonly node: string; readonly strapi: string; readonly sqlite: string };
  readonly startMs: number;
  readonly fillMs: number;
};

/** Starts a Strapi of its own, in a new folder with an empty database, and creates these products in their order. */
export async function startStrapi(products: readonly Product[]): Promise<Strapi> {
  const installed = await installStrapi();
  const folder = await mkdtemp(join(tmpdir(), 'inlay-cms-'));
  await cp(PROJECT, folder, { recursive: true });
  await writeFile(join(folder, 'products.json'), JSON.stringify(products));
  await symlink(join(installed.folder, 'node_modules'), join(folder, 'node_modules'));

  const child = forkStrapi(folder);
  const close = async (): Promise<void> => {
    await endProcess(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await untilReady(child)), installMs: installed.ms, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** With an environment of its own, so that nothing of the one who runs this gets in. */
function forkStrapi(folder: string): ChildProcess {
  return fork(join(folder, 'start.js'), {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      NODE_ENV: 'production',
      STRAPI_TELEMETRY_DISABLED: 'true',
    },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

/** Rejects with what it wrote last if it ends first or takes too long. */
async function untilReady(child: ChildProcess): Promise<Ready> {
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-4_000);
    });
  }
  const outcome = await Promise.race([
    once(child, 'message', { signal: AbortSignal.timeout(START_TIMEOUT_MS) }).then(
      ([ready]) => ready as Ready,
    ),
    once(child, 'exit').then(() => null),
  ]).catch(() => null);
  if (!outcome) throw new Error(`Strapi did not start:\n${log}`);
  return outcome;
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}
