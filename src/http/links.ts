import type { Request, RequestHandler, Response } from 'express';
import type { Answer } from '../answer.ts';
import type { Click } from '../domain/click.ts';
import { appendParameters } from '../domain/link-parameters.ts';
import type { RenderPage } from '../render/page.ts';
import { parseLinkQuery } from './link-query.ts';
import {
  type AskedLink,
  answerOpenly,
  askLink,
  findImage,
  findLink,
  type LinkOutcome,
  type LinkTargetParts,
  outcomeOf,
} from './link-targets.ts';
import { type Follower, followerOf } from './machines.ts';
import type { ServedPlacement } from './question.ts';
import { redirect, sendPage, sendTransparentImage } from './send-link.ts';

export type LinkLabels = {
  readonly link: 'c' | 'go' | 'img' | 'page';
  readonly placement: string;
  readonly outcome: LinkOutcome;
  readonly by: Follower;
};

/** What a link of ours tells, once it is opened. */
export type OpenedToken = Omit<Click, 'placement'> & { readonly url: string; readonly isSample: boolean };

export type LinkRouteParts = LinkTargetParts & {
  readonly findPlacement: (name: string) => ServedPlacement | null;
  readonly openToken: (placement: string, token: string) => OpenedToken | null;
  readonly renderPage: RenderPage;
  readonly fallbackUrl: string;
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
    sendPage(response, answer ? renderLinkedPage(asked, answer, parts.renderPage) : '');
    const outcome = answer ? outcomeOf(answer) : 'fallback';
    onLink({ link: 'page', placement: labelOf(asked?.served), outcome, by: followerOf(request) });
  });

  return { c: click, go, img: image, page };
}

/** Names that are not there are anyone's to make up, and would make labels without end. */
function labelOf(served: ServedPlacement | null | undefined): string {
  return served?.placement.name ?? 'unknown';
}

function renderLinkedPage(
  { served, query, question }: AskedLink,
  answer: Answer,
  render: RenderPage,
): string {
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
