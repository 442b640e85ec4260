import type { Request, RequestHandler } from 'express';
import type { Click } from '../domain/click.ts';
import type { RenderPage } from '../render/page.ts';
import type { Readiness } from './health.ts';
import { type LinkKind, type LinkPath, parseLinkPath } from './link-path.ts';
import { followImage, followPage } from './link-pictures.ts';
import {
  type Found,
  followPosition,
  followToken,
  type LinkOutcome,
  type LinkTargetParts,
} from './link-targets.ts';
import { createFollowerOf, type Follower } from './machines.ts';
import type { ServedPlacement } from './question.ts';
import { type Destination, sendDestination } from './send-link.ts';

export type LinkLabels = {
  readonly link: LinkKind;
  readonly placement: string;
  readonly outcome: LinkOutcome;
  readonly by: Follower;
};

export type LinkRouteParts = LinkTargetParts & {
  readonly findPlacement: (name: string) => ServedPlacement | null;
  readonly fallbackUrl: string;
  readonly onLink: (labels: LinkLabels) => void;
  /** A person's click on an item, as far as can be told. */
  readonly onClick: (click: Click) => void;
  readonly onUnexpected: (error: unknown) => void;
  readonly readiness: Readiness;
};

/** Longer than any link of ours, with room for what mail tools add. */
const MAX_URL_LENGTH = 16_384;

/**
 * The public links `/c`, `/go`, `/img` and `/page`, by whatever method. Whatever is wrong with one, it leads somewhere that
 * is ours to name, and never to an error. Other paths are left to the next handler.
 */
export function createLinkRoute(parts: LinkRouteParts): RequestHandler {
  const { findPlacement, onUnexpected, readiness } = parts;
  const followerOf = createFollowerOf();

  return async (request, response, next) => {
    const path = parseLinkPath(request.path);
    if (!path) return next();
    const served = findPlacement(path.placement);
    try {
      const found = await follow(request, path, served, parts);
      sendDestination(response, found?.destination ?? fallbackOf(path.kind, served, parts), readiness);
      count(found, path.kind, served, followerOf(request), parts);
    } catch (error) {
      onUnexpected(error);
      if (!response.headersSent) sendDestination(response, fallbackOf(path.kind, served, parts), readiness);
    }
  };
}

const FOLLOW = { go: followPosition, img: followImage, page: followPage };

function follow(
  request: Request,
  path: LinkPath,
  served: ServedPlacement | null,
  parts: LinkRouteParts,
): Found | null | Promise<Found | null> {
  if (request.url.length > MAX_URL_LENGTH) return null;
  if (path.kind === 'c') return followToken(request, path, served, parts);
  return served && FOLLOW[path.kind](request, path, served, parts);
}

/** An image leads to an image, and what is cropped is a page. */
function fallbackOf(
  kind: LinkKind,
  served: ServedPlacement | null,
  { fallbackUrl, renderPage }: { readonly fallbackUrl: string; readonly renderPage: RenderPage },
): Destination {
  const { fallbackUrl: ownUrl, fallbackImageUrl } = served?.placement ?? NO_FALLBACKS;
  switch (kind) {
    case 'img':
      return fallbackImageUrl === null
        ? { kind: 'nothing to see' }
        : { kind: 'elsewhere', url: fallbackImageUrl };
    case 'page':
      return { kind: 'page', html: renderPage('', EMPTY_PAGE) };
    default:
      return { kind: 'elsewhere', url: ownUrl ?? fallbackUrl };
  }
}

const NO_FALLBACKS = { fallbackUrl: null, fallbackImageUrl: null };
const EMPTY_PAGE = { title: '', locale: null, width: 1, height: 1, link: null };

/** Names that are not there are anyone's to make up, and would make labels without end. Samples count nowhere. */
function count(
  found: Found | null,
  link: LinkKind,
  served: ServedPlacement | null,
  by: Follower,
  { onLink, onClick }: LinkRouteParts,
): void {
  if (found?.isSample) return;
  onLink({ link, placement: served?.placement.name ?? 'unknown', outcome: found?.outcome ?? 'fallback', by });
  if (found?.click && by === 'person') onClick(found.click);
}
