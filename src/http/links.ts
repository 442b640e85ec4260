import type { Request, RequestHandler, Response } from 'express';
import type { Answer, Question } from '../answer.ts';
import { Deadline } from '../deadline.ts';
import { type BlockItem, completeUrl } from '../domain/block.ts';
import type { Click } from '../domain/click.ts';
import { appendParameters } from '../domain/link-parameters.ts';
import type { MessageContext } from '../domain/message-context.ts';
import { decisionOf, type Pin, type PinKey } from '../domain/pin.ts';
import type { RenderPage } from '../render/page.ts';
import { waitedMs } from './arrivals.ts';
import { type LinkQuery, parseLinkQuery } from './link-query.ts';
import { type Follower, followerOf } from './machines.ts';
import { askPerson, type FindTestPerson, type ServedPlacement } from './question.ts';

/** Where a link led: to the item that was shown, to the baseline's, or to where nothing better is known. */
export type LinkOutcome = 'item' | 'baseline' | 'fallback';

export type LinkLabels = {
  readonly link: 'c' | 'go' | 'img' | 'page';
  readonly placement: string;
  readonly outcome: LinkOutcome;
  readonly by: Follower;
};

/** What a link of ours tells, once it is opened. */
export type OpenedToken = Omit<Click, 'placement'> & { readonly url: string; readonly isSample: boolean };

export type LinkRouteParts = {
  readonly findPlacement: (name: string) => ServedPlacement | null;
  readonly findTestPerson: FindTestPerson;
  readonly answer: (question: Question, deadline: Deadline) => Promise<Answer>;
  readonly findPin: (key: PinKey) => Pin | null | Promise<Pin | null>;
  readonly openToken: (placement: string, token: string) => OpenedToken | null;
  /** Whether a key is the one of this placement's links. */
  readonly isKeyOf: (placement: string, key: string) => boolean;
  /** Whether an address may have one more person looked up, where a placement allows that at all. */
  readonly mayLookUp: (address: string) => Promise<boolean>;
  readonly renderPage: RenderPage;
  readonly fallbackUrl: string;
  readonly deadlineMs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly onLink: (labels: LinkLabels) => void;
  /** A person's click on an item, as far as can be told. */
  readonly onClick: (click: Click) => void;
  readonly onUnexpected: (error: unknown) => void;
};

/** Public links: whatever is wrong with one, it leads somewhere that is ours to name, and never to an error. */
export type LinkRoutes = Readonly<Record<'c' | 'go' | 'img' | 'page', RequestHandler>>;

export function createLinkRoutes(parts: LinkRouteParts): LinkRoutes {
  const { findPlacement, openToken, fallbackUrl, onLink, onClick, onUnexpected } = parts;
  const nameOf = (request: Request): string => String(request.params.placement).toLowerCase();

  /** Runs a route; what breaks in it leads to the fallback. */
  const safely =
    (route: (request: Request, response: Response) => Promise<void> | void): RequestHandler =>
    async (request, response) => {
      try {
        await route(request, response);
      } catch (error) {
        onUnexpected(error);
        if (!response.headersSent) redirect(response, fallbackUrl);
      }
    };

  const click = safely((request, response) => {
    const placement = findPlacement(nameOf(request));
    const by = followerOf(request);
    const token = placement && openToken(placement.placement.name, String(request.params.token));
    const { movableInk } = parseLinkQuery(request.url);
    if (token) {
      if (by === 'person' && !token.isSample) onClick({ ...token, placement: placement.placement });
      redirect(response, appendParameters(token.url, movableInk));
    } else {
      redirect(response, placement?.placement.fallbackUrl ?? fallbackUrl);
    }
    onLink({ link: 'c', placement: labelOf(placement), outcome: token ? 'item' : 'fallback', by });
  });

  const go = safely(async (request, response) => {
    const asked = askLink(request, findPlacement(nameOf(request)), parts);
    const by = followerOf(request);
    const found = asked && (await findLink(asked, parts));
    const url = found?.url ?? asked?.served.placement.fallbackUrl ?? fallbackUrl;
    redirect(response, found ? appendParameters(url, asked.query.movableInk) : url);
    if (found?.click && by === 'person') onClick(found.click);
    onLink({ link: 'go', placement: labelOf(asked?.served), outcome: found?.outcome ?? 'fallback', by });
  });

  const image = safely(async (request, response) => {
    const asked = askLink(request, findPlacement(nameOf(request)), parts);
    const found = asked && (await findImage(asked, request, parts));
    const url = found?.url ?? asked?.served.placement.fallbackImageUrl ?? null;
    if (url === null) sendTransparentImage(response);
    else redirect(response, url);
    const outcome = found?.outcome ?? 'fallback';
    onLink({ link: 'img', placement: labelOf(asked?.served), outcome, by: followerOf(request) });
  });

  const page = safely(async (request, response) => {
    const asked = askLink(request, findPlacement(nameOf(request)), parts);
    const answer = asked && (await answerOpenly(asked, request, parts));
    const html = answer ? renderLinkedPage(asked, answer, parts.renderPage) : '';
    response.writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': Buffer.byteLength(html),
      'Cache-Control': 'no-store',
    });
    response.end(html);
    const outcome = answer ? outcomeOf(answer) : 'fallback';
    onLink({ link: 'page', placement: labelOf(asked?.served), outcome, by: followerOf(request) });
  });

  return { c: click, go, img: image, page };
}

/** Names that are not there are anyone's to make up, and would make labels without end. */
function labelOf(served: ServedPlacement | null | undefined): string {
  return served?.placement.name ?? 'unknown';
}

/** A link with its placement, and whom it is about. */
type AskedLink = {
  readonly served: ServedPlacement;
  readonly query: LinkQuery;
  readonly question: Question;
  /** Null where the pin must not be read: without a key that fits, or without whom it is about. */
  readonly pinKey: PinKey | null;
  readonly position: number | null;
  readonly deadline: Deadline;
};

function askLink(
  request: Request,
  served: ServedPlacement | null,
  { isKeyOf, findTestPerson, deadlineMs, now }: LinkRouteParts,
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

type FoundLink = {
  readonly url: string;
  readonly outcome: LinkOutcome;
  readonly click: Click | null;
};

/** What the pin says; without one, the baseline's. Null if neither has anything at this position. */
async function findLink(asked: AskedLink, { findPin, answer }: LinkRouteParts): Promise<FoundLink | null> {
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
async function answerOpenly(
  asked: AskedLink,
  request: Request,
  { answer, findPin, mayLookUp }: LinkRouteParts,
): Promise<Answer> {
  const { served, question, pinKey, deadline } = asked;
  const isOpen = served.placement.openLookups && pinKey !== null && request.method === 'GET';
  const mayAsk = isOpen && ((await findPin(pinKey)) !== null || (await mayLookUp(request.ip ?? '')));
  return answer({ ...question, access: mayAsk ? 'everything' : 'pins' }, deadline);
}

/** The picture of the item in its place. The one that has moved up into a vanished one's place is not that of its link. */
async function findImage(
  asked: AskedLink,
  request: Request,
  parts: LinkRouteParts,
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

function outcomeOf({ block, trace }: Answer): LinkOutcome {
  if (block.items.length === 0) return 'fallback';
  return trace.cache === 'bypass' ? 'baseline' : 'item';
}

function renderLinkedPage({ served, query, question }: AskedLink, answer: Answer, render: RenderPage): string {
  const { templates, placement } = served;
  const template = templates.get(query.template ?? 'email') ?? templates.get('email');
  const { items } = answer.block;
  return render(template?.(answer.block, question.message) ?? '', {
    title: placement.title,
    locale: question.message.locale,
    width: query.width ?? 600,
    height: query.height,
    link: items.length === 1 ? (items[0]?.clickUrl ?? null) : null,
  });
}

function redirect(response: Response, url: string): void {
  response.writeHead(302, { Location: url, 'Cache-Control': 'no-store', 'Content-Length': 0 });
  response.end();
}

/** A GIF of one transparent pixel, which takes no place and breaks no message. */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

function sendTransparentImage(response: Response): void {
  response.writeHead(200, {
    'Content-Type': 'image/gif',
    'Content-Length': PIXEL.length,
    'Cache-Control': 'no-store',
  });
  response.end(PIXEL);
}
