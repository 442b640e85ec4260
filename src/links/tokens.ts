import { REASONS, type Reason } from '../domain/decision.ts';
import type { Person } from '../domain/person.ts';
import type { Seals } from './seals.ts';

/** Who a link was made for, and with what. */
export type LinkSubject = {
  /** Null for whoever has no id; also for samples. */
  readonly person: Person | null;
  readonly isSample: boolean;
  readonly reason: Reason;
  readonly campaign: string | null;
  readonly channel: string | null;
};

/** Where a link leads. */
export type LinkTarget = { readonly position: number; readonly itemId: string; readonly url: string };

export type LinkToken = LinkSubject & LinkTarget;

// A token is two seals: who, and where to. They are sealed on their own, since one "where to" serves everyone and making
// it is dear. Exchanging halves of links that one was sent leads to nothing but another item of the same placement.

export function sealSubject(seals: Seals, placement: string, subject: LinkSubject): string {
  const { person, isSample, reason, campaign, channel } = subject;
  const kind = isSample ? 's' : person === null ? 'n' : person.kind === 'user_id' ? 'u' : 'd';
  const head = `${kind}${REASONS.indexOf(reason).toString(36)}${person?.id ?? ''}`;
  // None of these can hold a line feed.
  return seals.seal(`by ${placement}`, [head, campaign ?? '', channel ?? ''].join('\n'));
}

export function sealTarget(seals: Seals, placement: string, { position, itemId, url }: LinkTarget): string {
  return seals.seal(`to ${placement}`, `${position}\n${itemId}\n${url}`);
}

export function joinToken(subject: string, target: string): string {
  return `${subject}.${target}`;
}

/** Null for what is no token of this placement. */
export function openToken(seals: Seals, placement: string, token: string): LinkToken | null {
  const [by = '', to = '', ...more] = token.split('.');
  if (more.length > 0) return null;
  const subject = parseSubject(seals.unseal(`by ${placement}`, by));
  const target = parseTarget(seals.unseal(`to ${placement}`, to));
  return subject && target && { ...subject, ...target };
}

function parseSubject(text: string | null): LinkSubject | null {
  if (text === null) return null;
  const [head = '', campaign = '', channel = ''] = text.split('\n');
  const kind = head.charAt(0);
  const reason = REASONS[Number.parseInt(head.charAt(1), 36)];
  if (!reason) return null;
  const id = head.slice(2);
  const person: Person | null =
    kind === 'u' ? { kind: 'user_id', id } : kind === 'd' ? { kind: 'device_id', id } : null;
  return { person, isSample: kind === 's', reason, campaign: campaign || null, channel: channel || null };
}

function parseTarget(text: string | null): LinkTarget | null {
  if (text === null) return null;
  const [position = '', itemId = '', url = ''] = text.split('\n');
  return { position: Number(position), itemId, url };
}

/** What the key of a placement's positional links signs. */
export function linkKeyText(placement: string): string {
  return `links of ${placement}`;
}
