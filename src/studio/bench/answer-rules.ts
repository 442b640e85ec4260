import { BRAZE_ANSWER_MS } from './limits.ts';
import type { BenchReply } from './message.ts';

/** What came back: an answer, or nothing within Braze's two seconds, or more than it takes. */
export type Answer =
  | { readonly kind: 'answer'; readonly reply: BenchReply }
  | { readonly kind: 'late'; readonly ms: number }
  | { readonly kind: 'too_large'; readonly reply: BenchReply };

/** What Braze makes of it. */
export type Verdict =
  | { readonly use: true; readonly body: string }
  /** `why` is a sentence without its end: it goes on with what that leads to. */
  | { readonly use: false; readonly mayMend: boolean; readonly why: string; readonly remedy: string };

const SECONDS = BRAZE_ANSWER_MS / 1_000;

/** Only what has a 2xx status and comes in time is used; 500 and 502 are what `:retry` comes back for. */
export function judge(answer: Answer): Verdict {
  if (answer.kind === 'late' || answer.reply.ms >= BRAZE_ANSWER_MS) {
    const ms = answer.kind === 'late' ? answer.ms : answer.reply.ms;
    return refuse(
      `The answer took ${(ms / 1_000).toFixed(1)} s, and Braze inserts nothing that takes ${SECONDS} s or more`,
      'Look at why the service is slow.',
    );
  }
  if (answer.kind === 'too_large') {
    return refuse('The answer is larger than the 1 MB that Braze takes', 'Ask for less.');
  }
  const { status, body } = answer.reply;
  if (status >= 200 && status <= 299) return { use: true, body };
  if (status === 500 || status === 502) {
    return { use: false, mayMend: true, why: `The answer was ${status}`, remedy: RETRY };
  }
  return refuse(`The answer was ${status}${MEANINGS[status] ?? meaningOf(status)}`, REMEDIES[status] ?? '');
}

function refuse(why: string, remedy: string): Verdict {
  return { use: false, mayMend: false, why, remedy };
}

const RETRY = 'With :retry in the tag, Braze would come back.';

const MEANINGS: Readonly<Record<number, string>> = {
  400: ': the parameters cannot be read',
  401: ': no valid credentials came along',
  403: ': these credentials may not do this',
  404: ': there is nothing at this URL',
  405: ': the method is not allowed',
  429: ': too many wrong passwords',
};

const REMEDIES: Readonly<Record<number, string>> = {
  400: 'Compare the parameters with the description at /docs.',
  401: 'Name stored credentials: :basic_auth inlay.',
  403: 'Name the credentials of CALLER_CREDENTIALS with :basic_auth.',
  404: 'Is the name of the placement right, and that of the template?',
  405: 'Use GET, or :method post.',
};

function meaningOf(status: number): string {
  return status >= 300 && status <= 399 ? ', a redirect, which Braze does not follow' : '';
}

/** JSON whatever the content type; anything else is text. */
export type Content =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'text'; readonly value: string };

/** The status is added to objects, and to nothing else. */
export function readContent(body: string, status: number): Content {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { kind: 'text', value: body };
  }
  return { kind: 'json', value: isObject(value) ? { ...value, __http_status_code__: status } : value };
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
