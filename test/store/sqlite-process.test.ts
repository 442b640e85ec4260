import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pino from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { makeStoreFolder } from './sqlite-support.ts';

type Child = {
  readonly process: ChildProcess;
  readonly lines: readonly string[];
  /** Resolves once it has said so many lines, or all that it ever says. */
  readonly said: (count: number) => Promise<void>;
  readonly kill: () => Promise<void>;
};

function startChild(path: string, task: 'open' | 'fill'): Child {
  const script = join(import.meta.dirname, 'sqlite-child.ts');
  const child = spawn(process.execPath, [script, path, task], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  return {
    process: child,
    lines,
    said: async (count) => {
      while (lines.length < count && child.exitCode === null) {
        await Promise.race([once(reader, 'line'), closed]);
      }
    },
    kill: async () => {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

async function openHere(path: string): Promise<Store> {
  const store = await createSqliteStore({
    path,
    log: pino({ level: 'silent' }),
    now: () => Number(process.hrtime.bigint()) / 1e6,
    wallNow: () => Date.now(),
  });
  onTestFinished(() => store.close());
  return store;
}

describe('a process killed in the middle of its work', () => {
  it('has lost nothing that was acknowledged, and the next one opens the file at once', async () => {
    const path = join(makeStoreFolder(), 'store.db');
    const child = startChild(path, 'fill');
    await child.said(2_000);
    await child.kill();

    const store = await openHere(path);
    const indices = (what: string): string[] =>
      child.lines.filter((line) => line.startsWith(`${what} `)).map((line) => line.slice(what.length + 1));

    const entries = indices('entry');
    expect(entries.length).toBeGreaterThan(200);
    expect(entries.filter((index) => store.entries.read(`key ${index}`) !== `value ${index}`)).toEqual([]);

    const claims = indices('claimed').map((line) => line.split(/ (.*)/));
    expect(claims.length).toBeGreaterThan(200);
    expect(claims.filter(([pair, held]) => store.entries.read(`pin ${pair}`) !== held)).toEqual([]);
    const removed = indices('removed');
    expect(removed.length).toBeGreaterThan(200);
    expect(removed.filter((index) => store.entries.read(`gone ${index} pin`) !== null)).toEqual([]);

    const queued = new Set((await store.queue.take(100_000)).map(({ key }) => key));
    expect(indices('queued').filter((index) => !queued.has(`person ${index}`))).toEqual([]);

    const reserved = indices('reserved');
    expect(reserved.length).toBeGreaterThan(200);
    // Ten were under way, and may be written without having been acknowledged.
    const inUse = await store.budget.inUse();
    expect(inUse).toBeGreaterThanOrEqual(reserved.length);
    expect(inUse).toBeLessThanOrEqual(reserved.length + 10);
    expect(await store.budget.reserve('next', inUse, 60_000)).toBe(false);
  });
});

describe('two processes', () => {
  it('cannot have one file: the second is told so, and to use Redis', async () => {
    const path = join(makeStoreFolder(), 'store.db');
    const first = startChild(path, 'open');
    await first.said(1);
    const second = startChild(path, 'open');
    await second.said(1);
    expect(first.lines).toEqual(['opened']);
    expect(second.lines).toEqual([
      `failed StoreInUseError: another process uses ${path}: SQLite is for one process; several replicas share Redis or Valkey through STORE_URL`,
    ]);
  });

  it('take turns: one that was killed leaves no lock', async () => {
    const path = join(makeStoreFolder(), 'store.db');
    const first = startChild(path, 'open');
    await first.said(1);
    await first.kill();
    const second = startChild(path, 'open');
    await second.said(1);
    expect(second.lines).toEqual(['opened']);
  });
});
