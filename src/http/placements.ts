import type { Request, RequestHandler, Response } from 'express';
import type { Answer, Question } from '../answer.ts';
import { Deadline } from '../deadline.ts';
import { mayMend } from '../domain/decision.ts';
import type { Template } from '../domain/message.ts';
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
import { type Parameters, parseParameters } from './parameters.ts';
import { Problem } from './problem.ts';
import { askPerson, type FindTestPerson, type ServedPlacement } from './question.ts';
import { createRequestId } from './request-id.ts';
import { type Format, renderAnswer, sendAnswer } from './send-answer.ts';

export type PlacementRouteParts = {
  readonly authorize: Authorize;
  readonly ownOrigin: string;
  readonly cors: Cors;
  /** By name or alias, lower case. */
  readonly findPlacement: (name: string) => ServedPlacement | null;
  readonly findTestPerson: FindTestPerson;
  readonly answer: (question: Question, deadline: Deadline) => Promise<Answer>;
  /** Keeps someone who will be asked for again, to be looked up in the meantime. */
  readonly wait: (placement: Placement, person: Person) => Promise<void>;
  readonly renderPage: RenderPage;
  readonly deadlineMs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly store: () => StoreState;
  readonly onAnswer: (labels: AnswerLabels, seconds: number) => void;
  readonly onLeftOut: (label: { readonly placement: string; readonly reason: string }) => void;
  readonly logAnswer: LogAnswer;
  /** An answer has left that a sending tool asked for, and not somebody who was trying something. */
  readonly onServed: (question: Question, answer: Answer) => void;
  readonly readiness: Readiness;
};

const DEFAULT_TEMPLATE = 'email';

/** Longer than any id that is valid, with room for what a message tool may add. */
const MAX_URL_LENGTH = 16_384;

/** `/v1/placements/{placement}` with `.json`, `.html`, `.txt` or nothing. */
export function createPlacementRoute(parts: PlacementRouteParts): RequestHandler {
  const { authorize, ownOrigin, cors, findPlacement, findTestPerson, answer, now } = parts;

  return async (request, response) => {
    const waited = waitedMs(request);
    cors.allow(request, response);
    if (request.method === 'OPTIONS') return answerOptions(response);
    if (!cors.isListed(request.headers.origin)) refuseCrossSite(request, ownOrigin);
    const caller = await authorize(request, 'callers');
    checkRequest(request);
    await readBody(request, response);
    const { name, format } = parsePath(String(request.params.placement));
    const served = findPlacement(name);
    if (!served) throw new Problem('unknown_placement', 'No placement has this name; check its spelling.');
    const parameters = parseParameters(rawParameters(request));
    const deadline = new Deadline(served.placement.deadlineMs ?? parts.deadlineMs, now, now() - waited);

    const template = findTemplate(served, format, parameters);
    const question = ask(served, parameters, findTestPerson);
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

type Recorded = {
  readonly result: Answer;
  readonly format: Format;
  readonly caller: Caller;
  readonly requestId: string;
  readonly ms: number;
};

/** One line and one count an answer, without the person. */
function record({ logAnswer, onAnswer, onLeftOut }: PlacementRouteParts, recorded: Recorded): void {
  const { result, format, caller, requestId, ms } = recorded;
  const { block, trace } = result;
  const { variant, reason } = block.decision;
  const placement = block.placement.name;
  onAnswer({ placement, variant, reason, cache: trace.cache }, ms / 1_000);
  for (const { reason } of trace.leftOut) onLeftOut({ placement, reason });
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

function parsePath(path: string): { name: string; format: Format } {
  const [, name = path, suffix] = /^(.*)\.(json|html|txt)$/i.exec(path) ?? [];
  return { name: name.toLowerCase(), format: (suffix?.toLowerCase() ?? 'json') as Format };
}

/** Null for JSON, which takes none but must not be asked for one that is not there. */
function findTemplate(
  { templates }: ServedPlacement,
  format: Format,
  { template }: Parameters,
): Template | null {
  if (format === 'json' && template === null) return null;
  const name = template ?? DEFAULT_TEMPLATE;
  const files = { json: [name, `${name}.txt`], html: [name], txt: [`${name}.txt`] }[format];
  const found = files.map((file) => templates.get(file)).find((file) => file !== undefined);
  if (!found)
    throw new Problem('unknown_template', `This placement has no file ${files.join('.hbs or ')}.hbs.`);
  return format === 'json' ? null : found;
}

function ask(served: ServedPlacement, parameters: Parameters, findTestPerson: FindTestPerson): Question {
  const { placement } = served;
  const { user_id, device_id, position, limit, exclude } = parameters;
  const { campaign, channel, locale, on_unavailable } = parameters;
  if (position !== null && position > placement.items) {
    throw new Problem('invalid_parameters', `position must be from 1 to ${placement.items}.`);
  }
  const { person, sample } = askPerson(user_id, device_id, served, findTestPerson);
  const message = { campaign, channel, locale: locale ?? placement.locale };
  return {
    ...{ ...served, person, sample, message },
    selection: { position, limit, exclude },
    access: 'everything',
    onUnavailable: on_unavailable,
  };
}
