import { LRUCache } from 'lru-cache';
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

/** Tokens of links. Each belongs to the placement that its link names, which may be gone or renamed once it is opened. */
export type Tokens = {
  readonly sealSubject: (placement: string, subject: LinkSubject) => string;
  /** Null for a destination that is too long for a link. */
  readonly sealTarget: (placement: string, target: LinkTarget) => string | null;
  readonly join: (subject: string, target: string) => string;
  /** Null for what is no token of this placement. */
  readonly open: (placement: string, token: string) => LinkToken | null;
};

/** Characters. Mail clients follow little more than that, and the link that wraps it is longer by half. */
const MAX_URL = 2_000;

/** Targets are the same for everyone. No person is kept: whoever is forgotten must be gone from here as well. */
const MAX_REMEMBERED = 5_000;

/**
 * A token is two seals, who and where to, so that the second is made once for everyone. Exchanging halves of links that
 * one was sent leads to nothing but another item of the same placement.
 */
export function createTokens(seals: Seals): Tokens {
  const sealTo = remember(seals.seal);
  const sealNobody = remember(seals.seal);
  const opened = new LRUCache<string, { readonly placement: string; readonly target: LinkTarget }>({
    max: MAX_REMEMBERED,
  });
  const openTarget = (placement: string, to: string): LinkTarget | null => {
    const known = opened.get(to);
    if (known?.placement === placement) return known.target;
    const target = parseTarget(seals.unseal(`to ${placement}`, to));
    if (target) opened.set(to, { placement, target });
    return target;
  };

  return {
    sealSubject: (placement, subject) => {
      const seal = subject.person ? seals.seal : sealNobody;
      return seal(`by ${placement}`, formatSubject(subject));
    },
    sealTarget: (placement, target) =>
      target.url.length > MAX_URL ? null : sealTo(`to ${placement}`, formatTarget(target)),
    join: (subject, target) => `${subject}.${target}`,
    open: (placement, token) => {
      const [by = '', to = '', ...more] = token.split('.', 3);
      if (more.length > 0) return null;
      const target = openTarget(placement, to);
      const subject = target && parseSubject(seals.unseal(`by ${placement}`, by));
      return subject && target && { ...subject, ...target };
    },
  };
}

/** The same, with what it gave lately. */
function remember(seal: Seals['seal']): Seals['seal'] {
  const known = new LRUCache<string, string>({ max: MAX_REMEMBERED });
  return (purpose, text) => {
    const key = `${purpose}\n${text}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const sealed = seal(purpose, text);
    known.set(key, sealed);
    return sealed;
  };
}

// None of the parts can hold a line feed. What is written here stands in messages for months.

const KINDS = { user_id: 'u', device_id: 'd' } as const;
const SAMPLE = 's';
const NOBODY = 'n';

function formatSubject({ person, isSample, reason, campaign, channel }: LinkSubject): string {
  const kind = isSample ? SAMPLE : person ? KINDS[person.kind] : NOBODY;
  return [kind, reason, person?.id ?? '', campaign ?? '', channel ?? ''].join('\n');
}

function parseSubject(text: string | null): LinkSubject | null {
  if (text === null) return null;
  const [kind, written, id = '', campaign = '', channel = ''] = text.split('\n');
  const reason = REASONS.find((one) => one === written);
  if (!reason) return null;
  const person: Person | null =
    kind === KINDS.user_id
      ? { kind: 'user_id', id }
      : kind === KINDS.device_id
        ? { kind: 'device_id', id }
        : null;
  return { person, isSample: kind === SAMPLE, reason, campaign: campaign || null, channel: channel || null };
}

function formatTarget({ position, itemId, url }: LinkTarget): string {
  return `${position}\n${itemId}\n${url}`;
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
