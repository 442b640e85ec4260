import { type Answer, type Answers, refer, referHeaders, type Schema } from './openapi-document.ts';
import { PROBLEMS, type ProblemCode } from './problem.ts';

/** RFC 9457, with the codes of every problem. */
export const PROBLEM: Schema = {
  type: 'object',
  description: 'What went wrong (RFC 9457). Programs rely on `code`; `detail` says how to mend it.',
  properties: {
    type: { const: 'about:blank' },
    title: { type: 'string', description: 'What the code means.' },
    status: { type: 'integer', description: 'The same as the status of the answer.' },
    code: refer('schemas', 'ProblemCode'),
    detail: { type: 'string', description: 'How to mend it, in one sentence.' },
  },
  required: ['type', 'title', 'status', 'code', 'detail'],
  additionalProperties: false,
};

export const PROBLEM_CODE: Schema = {
  type: 'string',
  description: 'What went wrong, in a word that never changes.',
  oneOf: Object.entries(PROBLEMS).map(([code, [status, title]]) => ({
    const: code,
    title,
    description: `${title}. Status ${status}.`,
  })),
};

const USUAL_HEADERS = ['X-Request-Id', 'Cache-Control'];

const FURTHER_HEADERS: Readonly<Record<number, readonly string[]>> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After'],
};

/** Whatever else may happen to a request: 400, 414 and 417 for what is no HTTP, 500 for a fault of Inlay's. */
export const ANY_PROBLEM: Answer = {
  description: 'Any other problem.',
  headers: referHeaders(...USUAL_HEADERS),
  content: { 'application/problem+json': { schema: refer('schemas', 'Problem') } },
};

/** Answers for problems of these codes, by their status. */
export function problems(...codes: readonly ProblemCode[]): Answers {
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code][0]);
  const answers = [...byStatus].map(([status, some]) => [status, problemAnswer(status, some)] as const);
  return { ...Object.fromEntries(answers), default: refer('responses', 'Problem') };
}

function problemAnswer(status: number, codes: readonly ProblemCode[]): Answer {
  const exactly = { properties: { status: { const: status }, code: { enum: codes } } };
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code][1]}.`).join(' '),
    headers: referHeaders(...USUAL_HEADERS, ...(FURTHER_HEADERS[status] ?? [])),
    content: { 'application/problem+json': { schema: { allOf: [refer('schemas', 'Problem'), exactly] } } },
  };
}
