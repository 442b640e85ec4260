import type { Request } from 'express';
import type { Answer, Question } from '../answer.ts';
import { Deadline } from '../deadline.ts';
import { type BlockItem, completeUrl } from '../domain/block.ts';
import type { Click } from '../domain/click.ts';
import type { MessageContext } from '../domain/message-context.ts';
import { decisionOf, type Pin, type PinKey } from '../domain/pin.ts';
import { waitedMs } from './arrivals.ts';
import { type LinkQuery, parseLinkQuery } from './link-query.ts';
import { askPerson, type FindTestPerson, type ServedPlacement } from './question.ts';

/** Where a link led: to the item that was shown, to the baseline's, or to where nothing better is known. */
export type LinkOutcome = 'item' | 'baseline' | 'fallback';

/** What positional links are resolved with. */
export type LinkTargetParts = {
  readonly findTestPerson: FindTestPerson;
  readonly answer: (question: Question, deadline: Deadline) => Promise<Answer>;
  readonly findPin: (key: PinKey) => Pin | null | Promise<Pin | null>;
  /** Whether a key is the one of this placement's links. */
  readonly isKeyOf: (placement: string, key: string) => boolean;
  /** Whether an address may have one more person looked up, where a placement allows that at all. */
  readonly mayLookUp: (address: string) => Promise<boolean>;
  readonly deadlineMs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
};

/** A link with its placement, and whom it is about. */
export type AskedLink = {
  readonly served: ServedPlacement;
  readonly query: LinkQuery;
  readonly question: Question;
  /** Null where the pin must not be read: without a key that fits, or without whom it is about. */
  readonly pinKey: PinKey | null;
  readonly position: number | null;
  readonly deadline: Deadline;
};

/** Null where there is no such placement. */
export function askLink(
  request: Request,
  served: ServedPlacement | null,
  { isKeyOf, findTestPerson, deadlineMs, now }: LinkTargetParts,
): AskedLink | null {
  if (!served) return null;
  const { placement } = served;
  const query = parseLinkQuery(request.url);
  const position = parsePosition(request.params.position) ?? query.position;
  const isTrusted = query.key !== null && isKeyOf(placement.name, query.key);
  const { userId, deviceId, campaign, channel } = query;
  const { person, sample } = askPerson(
    isTrusted ? userId : null,
    isTrusted ? deviceId : null,
    served,
    findTestPerson,
  );
  const message: MessageContext = { campaign, channel, locale: query.locale ?? placement.locale };
  const isSomebody = typeof person !== 'string' && sample === null && placement.enabled;
  const pinKey = isSomebody && campaign !== null ? { placement: placement.name, person, campaign } : null;
  const deadline = new Deadline(placement.deadlineMs ?? deadlineMs, now, now() - waitedMs(request));
  const selection = { position, limit: null, exclude: [] };
  const question: Question = {
    ...{ ...served, person, sample, selection, message },
    access: 'pins',
    onUnavailable: 'serve',
  };
  return { served, query, question, pinKey, position, deadline };
}

function parsePosition(text: unknown): number | null {
  return typeof text === 'string' && /^[1-9]\d?$/.test(text) ? Number(text) : null;
}

export type FoundLink = {
  readonly url: string;
  readonly outcome: LinkOutcome;
  readonly click: Click | null;
};

/** What the pin says; without one, the baseline's. Null if neither has anything at this position. */
export async function findLink(
  asked: AskedLink,
  { findPin, answer }: LinkTargetParts,
): Promise<FoundLink | null> {
  const { question, pinKey, deadline } = asked;
  const position = asked.position ?? 1;
  const found = pinKey && findPin(pinKey);
  const pin = found instanceof Promise ? await deadline.wait(found, null) : found;
  if (pin && pinKey) return followPin(pin, pinKey, position, question);
  const { block } = await answer({ ...question, selection: { ...question.selection, position } }, deadline);
  const [item] = block.items;
  if (!item?.url) return null;
  const click = question.sample ? null : clickOn(item, question, block.decision.reason);
  return { url: item.url, outcome: 'baseline', click };
}

function followPin(
  pin: Pin,
  { person, campaign }: PinKey,
  position: number,
  { placement, message }: Question,
): FoundLink | null {
  const url = pin.urls[position - 1];
  const itemId = pin.itemIds[position - 1];
  if (!url || itemId === undefined) return null;
  const channel = message.channel ?? pin.channel;
  const context = { placement, decision: decisionOf(pin), message: { ...message, channel } };
  return {
    url: completeUrl(url, itemId, position, context),
    outcome: 'item',
    click: { placement, person, reason: pin.reason, itemId, position, campaign, channel },
  };
}

/** Without a pin nobody is told from another, so the click is nobody's. */
function clickOn(
  { content, position }: BlockItem,
  { placement, message: { campaign, channel } }: Question,
  reason: Click['reason'],
): Click {
  return { placement, person: null, reason, itemId: content.id, position, campaign, channel };
}

/** Looks somebody up where the placement allows it and there is room; else pins alone are read. */
export async function answerOpenly(
  asked: AskedLink,
  request: Request,
  { answer, findPin, mayLookUp }: LinkTargetParts,
): Promise<Answer> {
  const { served, question, pinKey, deadline } = asked;
  const isOpen = served.placement.openLookups && pinKey !== null && request.method === 'GET';
  const mayAsk = isOpen && ((await findPin(pinKey)) !== null || (await mayLookUp(request.ip ?? '')));
  return answer({ ...question, access: mayAsk ? 'everything' : 'pins' }, deadline);
}

/** The picture of the item in its place. The one that has moved up into a vanished one's place is not that of its link. */
export async function findImage(
  asked: AskedLink,
  request: Request,
  parts: LinkTargetParts,
): Promise<{ readonly url: string; readonly outcome: LinkOutcome } | null> {
  const position = asked.position ?? 1;
  const question = { ...asked.question, selection: { ...asked.question.selection, position } };
  const result = await answerOpenly({ ...asked, question }, request, parts);
  const [item] = result.block.items;
  const url = item?.content.values.image_url;
  if (!item || typeof url !== 'string') return null;
  const outcome = outcomeOf(result);
  if (outcome === 'item' && asked.pinKey) {
    const pin = await parts.findPin(asked.pinKey);
    if (pin && pin.itemIds[position - 1] !== item.content.id) return null;
  }
  return { url, outcome };
}

export function outcomeOf({ block, trace }: Answer): LinkOutcome {
  if (block.items.length === 0) return 'fallback';
  return trace.cache === 'bypass' ? 'baseline' : 'item';
}
