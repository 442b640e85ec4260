import { execFile } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

const run = promisify(execFile);

declare module 'vitest' {
  interface ProvidedContext {
    /** The program to start for tests of the Redis store; null leaves them out. */
    redisServer: string | null;
    /** The folder with `postgres` and `initdb`, for tests of the content source; null leaves them out. */
    postgresBin: string | null;
    /** The browser to start for tests of pages; null leaves them out. */
    chromium: string | null;
  }
}

type Program = { readonly commands: readonly string[]; readonly debianPackages: readonly string[] };

const REDIS: Program = {
  commands: ['redis-server', 'valkey-server'],
  // The second makes certificates.
  debianPackages: ['redis-server', 'openssl'],
};
/** Debian keeps it out of the path. */
const POSTGRES: Program = {
  commands: ['postgres with initdb beside it'],
  debianPackages: ['postgresql', 'openssl'],
};
const CHROMIUM: Program = {
  commands: [process.env.CHROMIUM_PATH ?? [], 'chromium', 'chromium-browser', 'google-chrome'].flat(),
  debianPackages: ['chromium'],
};

/**
 * Finds what the tests need beyond npm, and installs what is missing where that is possible. Tests without their
 * program are left out with a sentence about it, but with `CI=true` that is a failure.
 */
export default async function setup(project: TestProject): Promise<void> {
  const found = await findAll();
  const missing = [REDIS, POSTGRES, CHROMIUM].filter((_, index) => found[index] === null);
  const fault = missing.length > 0 ? await install(missing) : null;

  const [redisServer, postgresBin, chromium] = missing.length > 0 ? await findAll() : found;
  project.provide('redisServer', redisServer);
  project.provide('postgresBin', postgresBin);
  project.provide('chromium', chromium);
  if (!redisServer) leaveOut('the Redis store', REDIS, fault);
  if (!postgresBin) leaveOut('the PostgreSQL content source', POSTGRES, fault);
  if (!chromium) leaveOut('pages in a browser', CHROMIUM, fault);
}

const findAll = () => Promise.all([find(REDIS), findPostgres(), find(CHROMIUM)] as const);

/** The first that is there and runs: on Ubuntu `chromium-browser` may be a mere hint at a snap. */
async function find({ commands }: Program): Promise<string | null> {
  for (const command of commands) if (await runs(command)) return command;
  return null;
}

async function findPostgres(): Promise<string | null> {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...debianPostgresFolders()]) {
    if ((await runs(join(folder, 'postgres'))) && (await runs(join(folder, 'initdb')))) return folder;
  }
  return null;
}

/** Newest first. */
function debianPostgresFolders(): string[] {
  const versions = '/usr/lib/postgresql';
  try {
    const newestFirst = readdirSync(versions).sort((one, other) => Number(other) - Number(one));
    return newestFirst.map((version) => join(versions, version, 'bin'));
  } catch {
    return [];
  }
}

function runs(command: string): Promise<boolean> {
  return run(command, ['--version'], { timeout: 20_000 }).then(
    () => true,
    () => false,
  );
}

/** Null if it went well, else what did not. */
async function install(programs: readonly Program[]): Promise<string | null> {
  const packages = programs.flatMap(({ debianPackages }) => debianPackages);
  if (process.getuid?.() !== 0) return 'not root, so nothing was installed';
  console.log(`Installing for the tests: ${packages.join(', ')} (apt-get)`);
  const options = { timeout: 300_000, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  const allowServices = forbidServices();
  try {
    await run('apt-get', ['update'], options);
    await run(
      'apt-get',
      ['install', '-y', '-o', 'DPkg::Lock::Timeout=120', '--no-install-recommends', ...packages],
      options,
    );
    return null;
  } catch (error) {
    return `apt-get failed: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    allowServices();
  }
}

/** Debian starts a server that it installs, unless this file forbids it. One that is there already is kept. */
function forbidServices(): () => void {
  const policy = '/usr/sbin/policy-rc.d';
  try {
    writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' });
    return () => rmSync(policy);
  } catch {
    return () => {};
  }
}

function leaveOut(what: string, { commands, debianPackages }: Program, fault: string | null): void {
  const sentence = `Tests of ${what} need one of: ${commands.join(', ')} (Debian: ${debianPackages.join(', ')}); ${fault ?? 'it was installed but does not run'}.`;
  if (process.env.CI === 'true') throw new Error(sentence);
  console.warn(`LEFT OUT. ${sentence}`);
}
