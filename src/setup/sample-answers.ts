import type { SetUpSection } from './describe.ts';

/** People made up who show how a placement answers, and when such an answer comes. */
const SAMPLES = [
  ['treatment', 'Amplitude recommends items.'],
  ['control', 'Amplitude keeps the person in the control group.'],
  ['unknown', 'Amplitude does not know the person.'],
  ['outage', 'Amplitude does not answer.'],
] as const;

/** An answer as its caller gets it. */
export type SampleAnswer = {
  readonly status: number;
  readonly contentType: string;
  readonly requestId: string;
  /** JSON. */
  readonly body: string;
};

/** What is asked, and how. */
export type SampleCalls = {
  /** Answers a path with its query. Nobody is looked up for samples, in production neither. */
  readonly call: (target: string) => Promise<SampleAnswer>;
  /** Where callers reach the service, without a slash at its end. */
  readonly publicUrl: string;
  readonly placement: string;
  /** Parameters besides the person. */
  readonly query: string;
};

/** The samples' answers as `curl -i` shows them, the JSON over several lines. */
export async function describeSampleAnswers(calls: SampleCalls): Promise<SetUpSection[]> {
  const { call, publicUrl, placement, query } = calls;
  const answers = SAMPLES.map(async ([sample, text]) => {
    const target = `/v1/placements/${placement}.json?user_id=inlay-sample-${sample}&${query}`;
    const command = `$ curl -i -u NAME:PASSWORD '${publicUrl}${target}'`;
    const code = `${command}\n${describeAnswer(await call(target))}`;
    return { title: `Sample answer: ${sample}`, text, code };
  });
  return Promise.all(answers);
}

function describeAnswer({ status, contentType, requestId, body }: SampleAnswer): string {
  return [
    `HTTP/1.1 ${status}${status === 200 ? ' OK' : ''}`,
    `content-type: ${contentType}`,
    'cache-control: private, no-store',
    `x-request-id: ${requestId}`,
    '',
    JSON.stringify(JSON.parse(body), null, 2),
  ].join('\n');
}
