import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Answered,
  busiestMinute,
  report,
  sleep,
  startInlay,
  startStandIn,
  storm,
} from './storm-tools.ts';

// 3,000 calls a second for 10 s, for 10,000 people nobody has asked about, half of them with on_unavailable=retry, at a
// budget of 600 a minute; then minutes of waiting until the queued people were looked up, and their retries.

const PEOPLE = 10_000;
const PER_SECOND = 3_000;
const SECONDS = 10;
const BUDGET = Number(process.env.BUDGET ?? 600);
/** Until the waiting list is served, at most. */
const WAIT_MINUTES = Number(process.env.WAIT_MINUTES ?? 12);

const folder = mkdtempSync(join(tmpdir(), 'inlay-storm-'));
const standIn = await startStandIn();
const inlay = await startInlay(3_900, {
  PROFILE_API_URL: standIn.url,
  PROFILE_BUDGET_PER_MINUTE: String(BUDGET),
  STORE_URL: process.env.STORE_URL ?? `sqlite:${join(folder, 'inlay.db')}`,
});
const { base } = inlay;
const isRetrying = (person: number): boolean => person % 2 === 1;

try {
  const calls = Array.from({ length: PER_SECOND * SECONDS }, (_, index) => {
    const person = (index * 7_919) % PEOPLE;
    return { base, user: `person-${person}`, retry: isRetrying(person) };
  });
  // A service that is sent a storm has been running; people to test with are never looked up.
  const warmUp = Array.from({ length: 6_000 }, () => ({
    base,
    user: 'inlay-sample-treatment',
    retry: false,
  }));
  await storm(warmUp, PER_SECOND / 2);
  const answers = await storm(calls, PER_SECOND);
  report(`Storm of ${PER_SECOND}/s for ${SECONDS} s`, answers);

  const queued = new Set(answers.filter(({ status }) => status === 500).map(({ user }) => user));
  console.log(`\n${queued.size} people were told to come back`);
  await waitForQueue(queued);

  const { at, people } = await standIn.counted();
  const retries = await storm(
    [...queued].map((user) => ({ base, user, retry: true })),
    500,
  );
  report('Their retries', retries);
  reportCalls(at, people, answers, queued);
} finally {
  inlay.process.kill();
  standIn.stop();
  rmSync(folder, { recursive: true });
}

async function waitForQueue(queued: ReadonlySet<string>): Promise<void> {
  const until = Date.now() + WAIT_MINUTES * 60_000;
  let known = 0;
  while (Date.now() < until) {
    const { people } = await standIn.counted();
    known = new Set(people.filter((user) => queued.has(user))).size;
    if (known >= queued.size) break;
    await sleep(5_000);
  }
  console.log(`${known} of them were looked up since`);
}

function reportCalls(
  at: readonly number[],
  people: readonly string[],
  answers: readonly Answered[],
  queued: ReadonlySet<string>,
): void {
  const recommended = new Set(
    answers.filter(({ reason }) => reason === 'recommended').map(({ user }) => user),
  );
  const others = people.filter((user) => !queued.has(user) && !recommended.has(user));
  console.log(`\nProfile API calls: ${at.length}; the busiest 60 s: ${busiestMinute(at)} of ${BUDGET}`);
  console.log(
    `looked up twice: ${people.length - new Set(people).size}; looked up though nobody waited: ${others.length}`,
  );
}
