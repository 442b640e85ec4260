import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Pool } from 'undici';
import type { Counted } from './stand-in.ts';

// What the storms are made of: a stand-in for Amplitude, the real service, and callers that do not wait for each other.

const PASSWORD = '7Gk2-pQx9-tulip-33';
const AUTHORIZATION = `Basic ${Buffer.from(`storm:${PASSWORD}`).toString('base64')}`;

export type StandIn = {
  readonly url: string;
  readonly counted: () => Promise<Counted>;
  readonly set: (mode: 'fail' | 'work') => void;
  readonly stop: () => void;
};

export async function startStandIn(): Promise<StandIn> {
  const child = fork(new URL('./stand-in.ts', import.meta.url));
  const [port] = (await once(child, 'message')) as [number];
  return {
    url: `http://127.0.0.1:${port}/v1/userprofile`,
    counted: async () => {
      child.send('count');
      const [counted] = (await once(child, 'message')) as [Counted];
      return counted;
    },
    set: (mode) => void child.send(mode),
    stop: () => void child.kill(),
  };
}

export type Inlay = { readonly base: string; readonly process: ChildProcess };

export async function startInlay(port: number, env: Record<string, string>): Promise<Inlay> {
  const child = spawn(process.execPath, ['src/main.ts'], {
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: String(port),
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      CALLER_CREDENTIALS: `storm:${PASSWORD}`,
      METRICS_CREDENTIALS: `metrics:${PASSWORD}-m`,
      FALLBACK_URL: 'https://www.example.com',
      LINK_SIGNING_KEYS: 'storm-link-signing-key',
      AMPLITUDE_SECRET_KEY: 'stand-in',
      LOG_LEVEL: 'warn',
      ...env,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const base = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const isReady = await fetch(`${base}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return { base, process: child };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('Inlay did not start');
}

export type Answered = {
  readonly user: string;
  readonly status: number;
  readonly reason: string;
  /** From sending the request to the end of its answer. */
  readonly ms: number;
};

export type Call = { readonly base: string; readonly user: string; readonly retry: boolean };

/** Calls at a fixed rate, whatever becomes of the earlier ones. */
export async function storm(calls: readonly Call[], perSecond: number): Promise<Answered[]> {
  const pools = new Map<string, Pool>();
  const answers: Promise<Answered>[] = [];
  const startedAt = performance.now();
  let sent = 0;
  while (sent < calls.length) {
    const due = Math.min(calls.length, Math.ceil(((performance.now() - startedAt) / 1_000) * perSecond));
    for (; sent < due; sent += 1) {
      const call = calls[sent];
      if (call) answers.push(ask(poolFor(pools, call.base), call));
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const all = await Promise.all(answers);
  await Promise.all([...pools.values()].map((pool) => pool.close()));
  return all;
}

function poolFor(pools: Map<string, Pool>, base: string): Pool {
  const pool = pools.get(base) ?? new Pool(base, { connections: 400, pipelining: 1 });
  pools.set(base, pool);
  return pool;
}

async function ask(pool: Pool, { user, retry }: Call): Promise<Answered> {
  const startedAt = performance.now();
  try {
    const { statusCode, body } = await pool.request({
      path: `/v1/placements/home-hero?user_id=${user}${retry ? '&on_unavailable=retry' : ''}`,
      method: 'GET',
      headers: { authorization: AUTHORIZATION },
    });
    const answer = (await body.json()) as { reason?: string; code?: string };
    return {
      user,
      status: statusCode,
      reason: answer.reason ?? answer.code ?? '?',
      ms: performance.now() - startedAt,
    };
  } catch (error) {
    return { user, status: 0, reason: (error as Error).message, ms: performance.now() - startedAt };
  }
}

/** The most calls that any window of 60 s holds. */
export function busiestMinute(at: readonly number[]): number {
  const sorted = [...at].sort((a, b) => a - b);
  let first = 0;
  let most = 0;
  for (let last = 0; last < sorted.length; last += 1) {
    while ((sorted[last] ?? 0) - (sorted[first] ?? 0) >= 60_000) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

export function report(title: string, answers: readonly Answered[]): void {
  const counts = new Map<string, number>();
  for (const { status, reason } of answers) {
    const key = `${status} ${reason}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const times = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share: number): string => `${Math.round(times[Math.ceil(times.length * share) - 1] ?? 0)} ms`;
  console.log(`\n${title}: ${answers.length} answers; p50 ${at(0.5)}, p99 ${at(0.99)}, slowest ${at(1)}`);
  for (const [key, count] of [...counts].sort((a, b) => b[1] - a[1]))
    console.log(`  ${String(count).padStart(6)}  ${key}`);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
