import type { Answer, Question } from '../answer.ts';
import { Deadline } from '../deadline.ts';
import { mayMend } from '../domain/decision.ts';
import type { RenderPage } from '../render/page.ts';
import { explainAnswer, type StoreState } from './explain.ts';
import { PARAMETER_NAMES } from './parameters.ts';
import { findCalled, type PlacementCallParts, readPlacementCall } from './placement-call.ts';
import { PROBLEMS, Problem, problemBody } from './problem.ts';
import { parseQuery, queryOf } from './query.ts';
import { createRequestId } from './request-id.ts';
import { CONTENT_TYPES, renderAnswer } from './send-answer.ts';

/** An answer as its caller would have got it. */
export type SimulatedReply = {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly requestId: string;
  /** True if a real person was named: what is stored of them counts, and they were not looked up. */
  readonly isRealPerson: boolean;
};

export type SimulatedCallParts = PlacementCallParts & {
  readonly answer: (question: Question, deadline: Deadline) => Promise<Answer>;
  readonly renderPage: RenderPage;
  readonly deadlineMs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly store: () => StoreState;
};

const PLACEMENTS = /^\/v1\/placements\/([^/?]+)\/?(?:\?.*)?$/is;

/**
 * Answers what would be a call of a placement, path and query, by the code that answers calls, but looks nobody up and
 * counts nothing. Null for other paths.
 */
export function createSimulatedCall(parts: SimulatedCallParts) {
  return async (target: string, form: string | null = null): Promise<SimulatedReply | null> => {
    const name = PLACEMENTS.exec(target)?.[1];
    if (name === undefined) return null;
    const requestId = createRequestId();
    try {
      return { ...(await answerCall(name, target, form, requestId, parts)), requestId };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return {
        ...{ status: PROBLEMS[error.code][0], body: problemBody(error.code, error.message) },
        ...{ contentType: 'application/problem+json; charset=utf-8', requestId, isRealPerson: false },
      };
    }
  };
}

async function answerCall(
  name: string,
  target: string,
  form: string | null,
  requestId: string,
  parts: SimulatedCallParts,
): Promise<Omit<SimulatedReply, 'requestId'>> {
  const called = findCalled(name, parts);
  const query = form === null ? queryOf(target) : `${queryOf(target)}&${form}`;
  const call = readPlacementCall(called, parseQuery(query, PARAMETER_NAMES), parts);
  const { served, format, parameters, question } = call;
  const deadline = new Deadline(served.placement.deadlineMs ?? parts.deadlineMs, parts.now);
  const result = await parts.answer({ ...question, access: 'stored' }, deadline);
  const { reason } = result.block.decision;
  if (parameters.on_unavailable === 'retry' && mayMend(reason)) {
    throw new Problem('recommendation_unavailable', `The reason is ${reason}.`);
  }
  const explanation = parameters.explain
    ? explainAnswer(result, parameters, parts.store(), requestId, deadline.elapsedMs)
    : null;
  const { renderJson } = served;
  const rendering = { ...call, renderJson, message: question.message, result, explanation };
  return {
    status: 200,
    contentType: CONTENT_TYPES[format],
    body: renderAnswer(rendering, parts.renderPage),
    isRealPerson: question.sample === null && typeof question.person !== 'string',
  };
}
