import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const PACKAGE = join(import.meta.dirname, 'project/package.json');

/** Seven hundred megabytes and some 1,400 packages; a first run also has to fetch them. */
const INSTALL_TIMEOUT_MS = 480_000;

/**
 * A folder whose `node_modules` has what the project's `package.json` asks for. Kept between runs for as long as that
 * file and Node's major version stay the same. `ms` is null if it was there already.
 */
export async function installStrapi(): Promise<{ readonly folder: string; readonly ms: number | null }> {
  const folder = join(tmpdir(), `inlay-strapi-${await fingerprint()}`);
  if (existsSync(folder)) return { folder, ms: null };
  const startMs = performance.now();
  const draft = await mkdtemp(`${folder}-`);
  try {
    await copyFile(PACKAGE, join(draft, 'package.json'));
    await runNpm(draft);
    // Only a finished install gets the name, so that an interrupted one is never used.
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another run may have been first.
    if (!existsSync(folder)) throw error;
  }
  return { folder, ms: performance.now() - startMs };
}

async function fingerprint(): Promise<string> {
  return createHash('sha256')
    .update(await readFile(PACKAGE))
    .update(process.versions.modules)
    .digest('hex')
    .slice(0, 16);
}

/** No package needs its install script: better-sqlite3, sharp and esbuild bring their binaries along. */
async function runNpm(cwd: string): Promise<void> {
  await promisify(execFile)('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd,
    env: withoutLifecycle(process.env),
    timeout: INSTALL_TIMEOUT_MS,
    maxBuffer: 16 * 1024 * 1024,
  });
}

/** Without what `npm run` says of this project, which is not the one to install. How npm reaches its registry stays. */
function withoutLifecycle(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) => !/^(npm_(package|lifecycle)_|npm_config_local_prefix$|NODE_ENV$|INIT_CWD$)/.test(name),
    ),
  );
}
