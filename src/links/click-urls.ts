import type { ToClickUrl } from '../domain/block.ts';
import type { Content } from '../domain/content.ts';
import type { Reason } from '../domain/decision.ts';
import type { MessageContext } from '../domain/message-context.ts';
import type { Person, PersonFault } from '../domain/person.ts';
import type { Placement } from '../domain/placement.ts';
import type { Seals } from './seals.ts';
import { joinToken, sealSubject, sealTarget } from './tokens.ts';

/** For whom links are made. */
export type LinkedAnswer = {
  readonly placement: Placement;
  readonly person: Person | PersonFault;
  readonly isSample: boolean;
  readonly reason: Reason;
  readonly message: MessageContext;
};

/** Campaigns, channels and positions in which one item is linked at a time. */
const MAX_OF_ITEM = 100;

/** Makes the links of items: `https://…/c/{placement}/{token}`. */
export function createClickUrls(seals: Seals, publicUrl: URL): (answer: LinkedAnswer) => ToClickUrl {
  const base = `${publicUrl.href.replace(/\/$/, '')}/c/`;
  const targets = new WeakMap<Content, Map<string, string>>();

  const targetOf = (placement: string, item: Parameters<ToClickUrl>[0]): string => {
    let known = targets.get(item.content);
    if (!known || known.size >= MAX_OF_ITEM) {
      known = new Map();
      targets.set(item.content, known);
    }
    const key = `${placement}\n${item.position}\n${item.url}`;
    let sealed = known.get(key);
    if (!sealed) {
      const { content, position, url } = item;
      sealed = sealTarget(seals, placement, { position, itemId: content.id, url });
      known.set(key, sealed);
    }
    return sealed;
  };

  return ({ placement: { name }, person, isSample, reason, message: { campaign, channel } }) => {
    let subject: string | null = null;
    return (item) => {
      subject ??= sealSubject(seals, name, {
        person: typeof person === 'string' || isSample ? null : person,
        ...{ isSample, reason, campaign, channel },
      });
      return `${base}${name}/${joinToken(subject, targetOf(name, item))}`;
    };
  };
}
