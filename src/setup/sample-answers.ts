import type { SetUpSection } from './describe.ts';

/** People made up who show how a placement answers, and when such an answer comes. */
const SAMPLES = [
  ['treatment', 'Amplitude recommends items.'],
  ['control', 'Amplitude keeps the person in the control group.'],
  ['unknown', 'Amplitude does not know the person.'],
  ['outage', 'Amplitude does not answer.'],
] as const;

/** The service that is asked, and what is asked of it. */
export type SampleCalls = {
  /** Where it listens. */
  readonly baseUrl: string;
  /** Where its callers reach it, without a slash at its end. */
  readonly publicUrl: string;
  readonly authorization: string;
  readonly placement: string;
  /** Parameters besides the person. */
  readonly query: string;
};

/** Asks a running service for the samples' answers. Nobody is looked up for them, in production neither. */
export async function fetchSampleAnswers(calls: SampleCalls): Promise<SetUpSection[]> {
  const { baseUrl, publicUrl, authorization, placement, query } = calls;
  const answers = SAMPLES.map(async ([sample, text]) => {
    const target = `/v1/placements/${placement}.json?user_id=inlay-sample-${sample}&${query}`;
    const response = await fetch(`${baseUrl}${target}`, { headers: { authorization } });
    const command = `$ curl -i -u NAME:PASSWORD '${publicUrl}${target}'`;
    const code = `${command}\n${describeAnswer(response, await response.json())}`;
    return { title: `Sample answer: ${sample}`, text, code };
  });
  return Promise.all(answers);
}

const HEADERS = ['content-type', 'cache-control', 'x-request-id'];

/** As `curl -i` shows it, the JSON over several lines. */
function describeAnswer({ status, statusText, headers }: Response, body: unknown): string {
  const lines = HEADERS.map((name) => `${name}: ${headers.get(name) ?? ''}`);
  return [`HTTP/1.1 ${status} ${statusText}`, ...lines, '', JSON.stringify(body, null, 2)].join('\n');
}
