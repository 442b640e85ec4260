import type { Request, RequestHandler, Response } from 'express';
import type { Answer, Question } from '../answer.ts';
import { Deadline } from '../deadline.ts';
import { mayMend } from '../domain/decision.ts';
import type { Person } from '../domain/person.ts';
import type { Placement } from '../domain/placement.ts';
import type { LogAnswer } from '../log.ts';
import type { AnswerLabels } from '../metrics.ts';
import type { RenderPage } from '../render/page.ts';
import { type Authorize, refuseCrossSite } from './access.ts';
import { waitedMs } from './arrivals.ts';
import { rawParameters, readBody } from './body.ts';
import type { Cors } from './cors.ts';
import type { Caller } from './credentials.ts';
import { explainAnswer, explainHeaders, type StoreState } from './explain.ts';
import { connectionHeader, type Readiness } from './health.ts';
import { findCalled, type PlacementCallParts, readPlacementCall } from './placement-call.ts';
import { Problem } from './problem.ts';
import { createRequestId } from './request-id.ts';
import { type Format, renderAnswer, sendAnswer } from './send-answer.ts';

/** An answered call as it is remembered for a while. */
export type ServedCall = {
  readonly placement: string;
  readonly reason: string;
  /** True if Amplitude had to be asked for it, and whether it failed. */
  readonly wasAsked: boolean;
  readonly hasFailed: boolean;
  readonly caller: string;
};

export type PlacementRouteParts = PlacementCallParts & {
  readonly authorize: Authorize;
  readonly ownOrigin: string;
  readonly cors: Cors;
  readonly answer: (question: Question, deadline: Deadline) => Promise<Answer>;
  /** Keeps someone who will be asked for again, to be looked up in the meantime. */
  readonly wait: (placement: Placement, person: Person) => Promise<void>;
  readonly renderPage: RenderPage;
  readonly deadlineMs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly store: () => StoreState;
  readonly onAnswer: (labels: AnswerLabels, seconds: number) => void;
  /** A call that was answered, samples left out; and one to a name that no placement has. */
  readonly onCall: (call: ServedCall) => void;
  readonly onUnknown: (name: string, caller: string) => void;
  readonly onLeftOut: (label: { readonly placement: string; readonly reason: string }) => void;
  readonly logAnswer: LogAnswer;
  /** An answer has left that a sending tool asked for, and not somebody who was trying something. */
  readonly onServed: (question: Question, answer: Answer) => void;
  readonly readiness: Readiness;
};

/** Longer than any id that is valid, with room for what a message tool may add. */
const MAX_URL_LENGTH = 16_384;

/** `/v1/placements/{placement}` with `.json`, `.html`, `.txt` or nothing. */
export function createPlacementRoute(parts: PlacementRouteParts): RequestHandler {
  const { authorize, ownOrigin, cors, answer, now } = parts;

  return async (request, response) => {
    const waited = waitedMs(request);
    cors.allow(request, response);
    if (request.method === 'OPTIONS') return answerOptions(response);
    if (!cors.isListed(request.headers.origin)) refuseCrossSite(request, ownOrigin);
    const caller = await authorize(request, 'callers');
    checkRequest(request);
    await readBody(request, response);
    const called = findServed(String(request.params.placement), caller, parts);
    const call = readPlacementCall(called, rawParameters(request), parts);
    const { served, format, parameters, template, question } = call;
    const deadline = new Deadline(served.placement.deadlineMs ?? parts.deadlineMs, now, now() - waited);
    const result = await answer(question, deadline);

    const requestId = createRequestId();
    const explanation = parameters.explain
      ? explainAnswer(result, parameters, parts.store(), requestId, deadline.elapsedMs)
      : null;
    record(parts, { result, format, caller, requestId, ms: deadline.elapsedMs });
    if (parameters.on_unavailable === 'retry' && mayMend(result.block.decision.reason)) {
      await askToRetry(question, result, parts);
    }
    const { renderJson } = served;
    const { message } = question;
    const rendering = { renderJson, format, template, parameters, message, result, explanation };
    const body = renderAnswer(rendering, parts.renderPage);
    const headers = {
      ...connectionHeader(parts.readiness),
      ...(explanation && explainHeaders(result, deadline.elapsedMs)),
    };
    sendAnswer(response, { body, format, requestId, headers });
    if (caller.role === 'callers') parts.onServed(question, result);
  };
}

function findServed(
  path: string,
  caller: Caller,
  { findPlacement, onUnknown }: PlacementRouteParts,
): ReturnType<typeof findCalled> {
  try {
    return findCalled(path, { findPlacement });
  } catch (problem) {
    onUnknown(path.replace(/\.(json|html|txt)$/i, ''), caller.name);
    throw problem;
  }
}

type Recorded = {
  readonly result: Answer;
  readonly format: Format;
  readonly caller: Caller;
  readonly requestId: string;
  readonly ms: number;
};

/** One line and one count an answer, without the person. */
function record({ logAnswer, onAnswer, onLeftOut, onCall }: PlacementRouteParts, recorded: Recorded): void {
  const { result, format, caller, requestId, ms } = recorded;
  const { block, trace } = result;
  const { variant, reason } = block.decision;
  const placement = block.placement.name;
  onAnswer({ placement, variant, reason, cache: trace.cache }, ms / 1_000);
  for (const { reason } of trace.leftOut) onLeftOut({ placement, reason });
  // Test sends say nothing about what people get.
  if (!block.isSample) {
    const wasAsked = ASKED.has(trace.cache);
    const hasFailed = trace.failure !== null && !OURS.has(trace.failure);
    onCall({ placement, reason, wasAsked, hasFailed, caller: caller.name });
  }
  logAnswer({
    placement,
    format,
    variant,
    reason,
    items: block.items.length,
    isSample: block.isSample,
    cache: trace.cache,
    ms,
    caller: caller.name,
    requestId,
  });
}

/** What comes of asking Amplitude, or trying to. */
const ASKED: ReadonlySet<Answer['trace']['cache']> = new Set(['miss', 'collapsed', 'stale_if_error']);

/** Failures that are no outage of Amplitude's: our budget was used up, or our key is wrong. */
const OURS: ReadonlySet<Answer['trace']['failure']> = new Set(['throttled', 'upstream_rejected']);

/** The 500 on which Braze's `:retry` comes back. Who was refused for want of budget is looked up until then. */
async function askToRetry(
  { person }: Question,
  { block }: Answer,
  { wait }: PlacementRouteParts,
): Promise<never> {
  const { placement, decision, isSample } = block;
  if (decision.reason === 'throttled' && typeof person !== 'string' && !isSample)
    await wait(placement, person);
  throw new Problem('recommendation_unavailable', `The reason is ${decision.reason}.`);
}

/** Everything that is not GET or POST; HEAD too, since it would look somebody up for nothing. */
function checkRequest(request: Request): void {
  if (request.method !== 'GET' && request.method !== 'POST') {
    throw new Problem('method_not_allowed', 'Use GET or POST.', { Allow: 'GET, POST, OPTIONS' });
  }
  if (request.url.length > MAX_URL_LENGTH) {
    throw new Problem('url_too_long', `Keep it under ${MAX_URL_LENGTH} characters, or use POST.`);
  }
}

function answerOptions(response: Response): void {
  response.writeHead(204, {
    Allow: 'GET, POST, OPTIONS',
    'Cache-Control': 'private, no-store',
    // Some content delivery networks keep even these.
    Vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
  });
  response.end();
}
