import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Answered,
  busiestMinute,
  type Inlay,
  report,
  sleep,
  startInlay,
  startStandIn,
  storm,
} from './storm-tools.ts';

// Under load: Amplitude fails for a minute and comes back, then the service is killed with -9 and started again. People who
// were looked up keep their answer throughout, and the budget holds over all of it.

const KNOWN = 300;
const UNKNOWN = 5_000;
const PER_SECOND = 500;
const BUDGET = 600;

const folder = mkdtempSync(join(tmpdir(), 'inlay-outage-'));
const standIn = await startStandIn();
const start = (): Promise<Inlay> =>
  startInlay(3_901, {
    PROFILE_API_URL: standIn.url,
    PROFILE_BUDGET_PER_MINUTE: String(BUDGET),
    STORE_URL: `sqlite:${join(folder, 'inlay.db')}`,
    // Known people grow stale at once, so that each answer would like to ask again.
    FRESH: '10s',
  });
let inlay = await start();
let next = 0;

/** Half of the calls for people who are known, half for people nobody has asked about. */
async function phase(title: string, seconds: number): Promise<void> {
  const calls = Array.from({ length: PER_SECOND * seconds }, (_, index) => {
    next += 1;
    const user = index % 2 === 0 ? `known-${index % KNOWN}` : `unknown-${next % UNKNOWN}`;
    return { base: inlay.base, user, retry: false };
  });
  const answers = await storm(calls, PER_SECOND);
  const known = answers.filter(({ user }) => user.startsWith('known'));
  report(`${title}: known people`, known);
  report(
    `${title}: others`,
    answers.filter((answer) => !known.includes(answer)),
  );
}

try {
  const people = Array.from({ length: KNOWN }, (_, index) => ({
    base: inlay.base,
    user: `known-${index}`,
    retry: false,
  }));
  const learned: Answered[] = await storm(people, 50);
  report('Learning whom to know', learned);
  await phase('Before', 10);
  standIn.set('fail');
  await phase('Amplitude fails', 60);
  standIn.set('work');
  await phase('Amplitude is back', 20);
  inlay.process.kill('SIGKILL');
  await sleep(200);
  const killedAt = Date.now();
  inlay = await start();
  console.log(`\nkilled with -9 and ready again after ${Date.now() - killedAt} ms`);
  await phase('After kill -9', 20);

  const { at, people: asked } = await standIn.counted();
  console.log(`\nProfile API calls: ${at.length}; the busiest 60 s: ${busiestMinute(at)} of ${BUDGET}`);
  console.log(`people asked about: ${new Set(asked).size}`);
} finally {
  inlay.process.kill();
  standIn.stop();
  rmSync(folder, { recursive: true });
}
