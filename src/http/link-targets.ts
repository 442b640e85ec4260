import type { Request } from 'express';
import type { Answer, Question } from '../answer.ts';
import type { Deadline } from '../deadline.ts';
import { completeUrl } from '../domain/block.ts';
import type { Click } from '../domain/click.ts';
import type { Reason } from '../domain/decision.ts';
import { appendParameters } from '../domain/link-parameters.ts';
import { decisionOf, type Pin } from '../domain/pin.ts';
import type { RenderPage } from '../render/page.ts';
import { type AskedLink, type AskedLinkParts, askLink } from './asked-link.ts';
import type { LinkPath } from './link-path.ts';
import { parseMovableInk, parsePosition } from './link-query.ts';
import type { ServedPlacement } from './question.ts';
import type { Destination } from './send-link.ts';

/** Where a link led: to the item that was shown, to the baseline's, or to where nothing better is known. */
export type LinkOutcome = 'item' | 'baseline' | 'fallback';

/** What a link was found to lead to. */
export type Found = {
  readonly destination: Destination;
  readonly outcome: LinkOutcome;
  /** What it means where a person follows it; null for what is no click, and for samples. */
  readonly click: Click | null;
  readonly isSample: boolean;
};

/** What the token of a click tells. */
export type OpenedToken = Omit<Click, 'placement'> & { readonly url: string; readonly isSample: boolean };

export type LinkTargetParts = AskedLinkParts & {
  readonly openToken: (placement: string, token: string) => OpenedToken | null;
  readonly answer: (question: Question, deadline: Deadline) => Promise<Answer>;
  readonly renderPage: RenderPage;
};

/** Null where it leads nowhere that is known. */
export type FollowLink = (
  request: Request,
  path: LinkPath,
  served: ServedPlacement,
  parts: LinkTargetParts,
) => Promise<Found | null>;

/** `/c`: where its token says, also where the placement is gone: its messages are still about. */
export function followToken(
  request: Request,
  { placement: name, rest: token }: LinkPath,
  served: ServedPlacement | null,
  { openToken }: LinkTargetParts,
): Found | null {
  const canonical = served?.placement.name ?? name;
  const opened = openToken(name, token) ?? (canonical === name ? null : openToken(canonical, token));
  const destination = opened && leadTo(appendParameters(opened.url, parseMovableInk(request.url)));
  if (!destination) return null;
  const { url: _url, isSample, ...click } = opened;
  return {
    ...{ destination, isSample, outcome: 'item' },
    click: served && !isSample ? { ...click, placement: served.placement } : null,
  };
}

/** `/go`: to the item that is pinned there; without a pin, to the baseline's. */
export const followPosition: FollowLink = async (request, path, served, parts) => {
  const position = parsePosition(path.rest);
  if (position === null) return null;
  const asked = await askLink(request, path, served, false, parts);
  const { pinned, who } = asked;
  const link = pinned
    ? pinnedLink(pinned, position, asked)
    : decidedLink(await parts.answer(questionOf(asked, position), asked.deadline));
  const destination = link && leadTo(appendParameters(link.url, parseMovableInk(request.url)));
  if (!destination) return null;
  const person = typeof who.person === 'string' ? null : who.person;
  const { reason, itemId } = link;
  const { campaign, channel } = asked.message;
  const click = { placement: served.placement, person, reason, itemId, position, campaign, channel };
  const isSample = who.sample !== null;
  return { destination, isSample, outcome: outcomeOf(asked), click: isSample ? null : click };
};

type ItemLink = { readonly url: string; readonly reason: Reason; readonly itemId: string };

function pinnedLink(pin: Pin, position: number, { served, message }: AskedLink): ItemLink | null {
  const url = pin.urls[position - 1];
  const itemId = pin.itemIds[position - 1];
  if (!url || itemId === undefined) return null;
  const context = { placement: served.placement, decision: decisionOf(pin), message };
  return { url: completeUrl(url, itemId, position, context), reason: pin.reason, itemId };
}

function decidedLink({ block }: Answer): ItemLink | null {
  const [item] = block.items;
  return item?.url ? { url: item.url, reason: block.decision.reason, itemId: item.content.id } : null;
}

/** What is asked about whom the link is about. */
export function questionOf({ served, who, message, isOpen }: AskedLink, position: number | null): Question {
  return {
    ...{ ...served, ...who, message },
    selection: { position, limit: null, exclude: [] },
    access: isOpen ? 'everything' : 'pins',
    onUnavailable: 'serve',
  };
}

export function outcomeOf({ who }: AskedLink): LinkOutcome {
  return typeof who.person === 'string' ? 'baseline' : 'item';
}

/** Null for what would lead to an address of our own: a sample may give its items texts that are no URLs. */
export function leadTo(url: string): Destination | null {
  return /^[a-z][a-z0-9+.-]*:/i.test(url) ? { kind: 'elsewhere', url } : null;
}
