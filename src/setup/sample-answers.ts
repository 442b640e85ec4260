/** People made up who show how a placement answers; nobody is looked up. */
const SAMPLES = ['treatment', 'control', 'unknown', 'outage'] as const;

export type SampleAnswer = {
  readonly sample: (typeof SAMPLES)[number];
  /** As `curl -i` shows it. */
  readonly text: string;
};

/** Asks a running service for the samples' answers. */
export async function fetchSampleAnswers(
  baseUrl: string,
  authorization: string,
  placement: string,
  query: string,
): Promise<SampleAnswer[]> {
  const answers: SampleAnswer[] = [];
  for (const sample of SAMPLES) {
    const url = `${baseUrl}/v1/placements/${placement}.json?user_id=inlay-sample-${sample}${query}`;
    const response = await fetch(url, { headers: { authorization } });
    const shown = ['content-type', 'cache-control', 'x-request-id'].map(
      (name) => `${name}: ${response.headers.get(name) ?? ''}`,
    );
    const body = JSON.stringify(await response.json(), null, 2);
    const text = [`HTTP/1.1 ${response.status} ${response.statusText}`, ...shown, '', body].join('\n');
    answers.push({ sample, text });
  }
  return answers;
}
