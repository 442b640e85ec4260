import type { Request } from 'express';
import type { Question } from '../answer.ts';
import { Deadline } from '../deadline.ts';
import type { MessageContext } from '../domain/message-context.ts';
import type { Pin, PinKey } from '../domain/pin.ts';
import { waitedMs } from './arrivals.ts';
import type { LinkPath } from './link-path.ts';
import { type LinkQuery, parseLinkQuery } from './link-query.ts';
import type { MayLookUp } from './open-lookups.ts';
import { askPerson, type FindTestPerson, type ServedPlacement } from './question.ts';

/** What tells whom a link is about. */
export type AskedLinkParts = {
  readonly findTestPerson: FindTestPerson;
  readonly findPin: (key: PinKey) => Pin | null | Promise<Pin | null>;
  /** Whether a key is the one of this placement's links. */
  readonly isKeyOf: (placement: string, key: string) => boolean;
  /** Whether one more person may be looked up, where a placement allows that at all. */
  readonly mayLookUp: MayLookUp;
  readonly deadlineMs: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
};

/** A positional link: its placement, and whom it may be about. */
export type AskedLink = {
  readonly served: ServedPlacement;
  /** Its channel is that of the pin where the link names none. */
  readonly message: MessageContext;
  /** Nobody without a key that fits, and of whom nothing is pinned, unless they may be looked up. */
  readonly who: Who;
  readonly pinned: Pin | null;
  /** Whether they may be looked up, and what is decided stored. */
  readonly isOpen: boolean;
  readonly deadline: Deadline;
};

type Who = Pick<Question, 'person' | 'sample'>;

/** Reads a link and finds the pin that it is about. `isOpenable`: it is one of those that a placement may open. */
export async function askLink(
  request: Request,
  path: LinkPath,
  served: ServedPlacement,
  isOpenable: boolean,
  parts: AskedLinkParts,
): Promise<AskedLink> {
  const { placement } = served;
  const query = parseLinkQuery(request.url);
  const deadline = new Deadline(
    placement.deadlineMs ?? parts.deadlineMs,
    parts.now,
    parts.now() - waitedMs(request),
  );
  const isTrusted = hasKey(path, served, query, parts);
  const named = isTrusted ? askPerson(query.userId, query.deviceId, served, parts.findTestPerson) : NOBODY;
  const key = pinKeyOf(served, named, query);
  const found = key && parts.findPin(key);
  const pin = found instanceof Promise ? await deadline.wait(found, null) : found;
  const mayOpen = isOpenable && key !== null && placement.openLookups && request.method === 'GET';
  const isOpen = mayOpen && (pin !== null || parts.mayLookUp(request.ip ?? '', nameOf(key)));
  // Each language is requests to the content source, and it is asked in so many at a time and no more.
  const locale = isTrusted ? query.locale : null;
  return {
    ...{ served, isOpen, deadline },
    message: {
      campaign: query.campaign,
      channel: query.channel ?? pin?.channel ?? null,
      locale: locale ?? placement.locale,
    },
    who: pin || isOpen || named.sample || typeof named.person === 'string' ? named : NOBODY,
    pinned: pin,
  };
}

const NOBODY: Who = { person: 'no_user', sample: null };

/** A placement may have been renamed since its links were made: its old name, an alias now, is what they were made with. */
function hasKey(
  path: LinkPath,
  { placement }: ServedPlacement,
  { key }: LinkQuery,
  { isKeyOf }: AskedLinkParts,
): boolean {
  return key !== null && (isKeyOf(placement.name, key) || isKeyOf(path.placement, key));
}

function pinKeyOf(
  { placement }: ServedPlacement,
  { person, sample }: Who,
  { campaign }: LinkQuery,
): PinKey | null {
  if (campaign === null || typeof person === 'string' || sample || !placement.enabled) return null;
  return { placement: placement.name, person, campaign };
}

/** None of the parts can hold a line feed. */
function nameOf({ placement, person, campaign }: PinKey): string {
  return [placement, person.kind, person.id, campaign].join('\n');
}
