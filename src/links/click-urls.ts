import type { ToClickUrl } from '../domain/block.ts';
import type { Reason } from '../domain/decision.ts';
import type { MessageContext } from '../domain/message-context.ts';
import type { Person, PersonFault } from '../domain/person.ts';
import type { Placement } from '../domain/placement.ts';
import type { Tokens } from './tokens.ts';

/** For whom links are made. */
export type LinkedAnswer = {
  readonly placement: Placement;
  readonly person: Person | PersonFault;
  readonly isSample: boolean;
  readonly reason: Reason;
  readonly message: MessageContext;
};

/**
 * Makes the links of items: `https://…/c/{placement}/{token}`. A destination that is too long for a token is linked as it
 * is: an uncounted click is better than one that leads nowhere.
 */
export function createClickUrls(tokens: Tokens, publicUrl: URL): (answer: LinkedAnswer) => ToClickUrl {
  const base = `${publicUrl.href.replace(/\/$/, '')}/c/`;

  return ({ placement: { name }, person, isSample, reason, message: { campaign, channel } }) => {
    let subject: string | null = null;
    return ({ content, position, url }) => {
      const target = tokens.sealTarget(name, { position, itemId: content.id, url });
      if (target === null) return url;
      subject ??= tokens.sealSubject(name, {
        person: typeof person === 'string' || isSample ? null : person,
        ...{ isSample, reason, campaign, channel },
      });
      return `${base}${name}/${tokens.join(subject, target)}`;
    };
  };
}
