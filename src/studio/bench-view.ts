import type { BenchMessage, BenchProblem, BenchResult } from './bench/message.ts';
import type { StudioPlacement } from './placement.ts';
import { personOf } from './preview.ts';
import type { Reader } from './reader.ts';
import { nameSample } from './words.ts';

export type BenchRunner = (message: BenchMessage) => Promise<BenchResult>;

const OUTCOMES: Readonly<Record<BenchResult['outcome'], { readonly text: string; readonly tone: string }>> = {
  sent: { text: 'Sent', tone: 'recommended' },
  aborted: { text: 'Not sent: aborted', tone: 'fallback' },
  not_sent_after_retries: { text: 'Not sent after retries', tone: 'problem' },
  broken: { text: 'Cannot be rendered', tone: 'problem' },
};

/** Somebody with the attributes that messages mostly use. */
const ATTRIBUTES = {
  first_name: 'Anna',
  last_name: 'Sample',
  email_address: 'anna@example.com',
  language: 'en',
  country: 'US',
  time_zone: 'UTC',
};

/** A message as every sample person would get it from Braze. */
export async function viewBench(
  run: BenchRunner,
  { samples }: StudioPlacement,
  template: string,
  reader: Reader,
): Promise<object> {
  const results = await Promise.all(
    [...samples.values()].map(async (sample) => {
      const attributes = { ...ATTRIBUTES, user_id: personOf(sample).id };
      const result = await run({ template, attributes, credentials: null });
      return { title: nameSample(sample), key: sample.name, result };
    }),
  );
  return {
    problems: mergeProblems(results),
    results: results.map(({ title, key, result }) => viewResult(title, key, result, reader)),
  };
}

type Named = { readonly title: string; readonly key: string; readonly result: BenchResult };

/** What is the same for several is told once. */
function mergeProblems(results: readonly Named[]): object[] {
  const merged = new Map<string, { readonly problem: BenchProblem; readonly people: string[] }>();
  for (const { title, result } of results) {
    for (const problem of result.problems) {
      const key = `${problem.line} ${problem.message}`;
      const known = merged.get(key) ?? { problem, people: [] };
      known.people.push(title);
      merged.set(key, known);
    }
  }
  const rank = ({ line }: BenchProblem): number => line ?? Number.POSITIVE_INFINITY;
  return [...merged.values()]
    .sort((a, b) => rank(a.problem) - rank(b.problem))
    .map(({ problem, people }) => ({
      ...problem,
      tone: problem.severity === 'problem' ? 'problem' : 'fallback',
      people: people.length < results.length ? people.join(', ') : '',
    }));
}

function viewResult(title: string, key: string, result: BenchResult, { number }: Reader): object {
  const { outcome, output, abortReason, calls } = result;
  return {
    ...{ title, key, output, reason: abortReason },
    ...{ outcome: OUTCOMES[outcome].text, tone: OUTCOMES[outcome].tone },
    isHtml: /<[a-z!]/i.test(output),
    calls: calls.map(({ line, status, attempts, ms }) => ({
      ...{ line, attempts, status: status ?? 'nothing in time', time: `${number(Math.round(ms))} ms` },
    })),
  };
}
