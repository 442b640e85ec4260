import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { busiestMinute, type Inlay, report, sleep, startInlay, startStandIn, storm } from './storm-tools.ts';

// Two processes on one Redis, asked about the same people at the same time: one call a person, and one budget for both,
// also while that Redis is killed, away for two minutes, and back without its data. Needs redis-server in the PATH.

const BUDGET = 300;
const PER_SECOND = 400;
const REDIS_PORT = 6_399;

const folder = mkdtempSync(join(tmpdir(), 'inlay-replicas-'));
const startRedis = () =>
  spawn(
    'redis-server',
    ['--port', String(REDIS_PORT), '--save', '', '--dir', folder, '--bind', '127.0.0.1'],
    {
      stdio: 'ignore',
    },
  );
let redis = startRedis();
const standIn = await startStandIn();
const start = (port: number): Promise<Inlay> =>
  startInlay(port, {
    PROFILE_API_URL: standIn.url,
    PROFILE_BUDGET_PER_MINUTE: String(BUDGET),
    REPLICAS: '2',
    STORE_URL: `redis://127.0.0.1:${REDIS_PORT}`,
  });
await sleep(500);
const replicas = await Promise.all([start(3_902), start(3_903)]);
let person = 0;

/** Each person is asked about twice on each replica, within a few milliseconds. */
async function phase(title: string, seconds: number): Promise<void> {
  const calls = Array.from({ length: (PER_SECOND * seconds) / 4 }, () => {
    person += 1;
    const user = `person-${person}`;
    return [...replicas, ...replicas].map(({ base }) => ({ base, user, retry: false }));
  }).flat();
  report(title, await storm(calls, PER_SECOND));
  const { at, people } = await standIn.counted();
  console.log(
    `  calls so far ${at.length}, busiest 60 s ${busiestMinute(at)} of ${BUDGET}, twice ${people.length - new Set(people).size}`,
  );
}

try {
  await phase('Redis is there', 20);
  redis.kill('SIGKILL');
  await phase('Redis is killed', 130);
  redis = startRedis();
  await phase('Redis is back, empty', 90);
  redis.kill('SIGSTOP');
  await phase('Redis hangs', 20);
  redis.kill('SIGCONT');
  await phase('Redis goes on', 70);
} finally {
  for (const { process } of replicas) process.kill();
  redis.kill('SIGKILL');
  standIn.stop();
  await sleep(200);
  rmSync(folder, { recursive: true, force: true });
}
