import type { BlockItem } from '../domain/block.ts';
import type { Content } from '../domain/content.ts';
import type { Pin } from '../domain/pin.ts';
import { type AskedLink, askLink } from './asked-link.ts';
import { parsePageQuery, parsePosition } from './link-query.ts';
import { type FollowLink, type Found, leadTo, outcomeOf, questionOf } from './link-targets.ts';

/** `/img`: the picture of the item to which `/go` leads. */
export const followImage: FollowLink = async (request, path, served, parts) => {
  const position = parsePosition(path.rest);
  if (position === null) return null;
  const asked = await askLink(request, path, served, true, parts);
  const pin = pinToKeepTo(asked);
  const content = pin
    ? await findPinnedContent(pin, position, asked)
    : (await parts.answer(questionOf(asked, position), asked.deadline)).block.items[0]?.content;
  const url = content?.values.image_url;
  // A field of this name may be declared as a text of any kind.
  const destination = typeof url === 'string' && /^https?:/.test(url) ? leadTo(url) : null;
  return destination && { ...nothingClicked(asked), destination, outcome: outcomeOf(asked) };
};

const DEFAULT_TEMPLATE = 'email';
const DEFAULT_WIDTH = 600;

/** `/page`: the block as a page, for a web crop. */
export const followPage: FollowLink = async (request, path, served, parts) => {
  const asked = await askLink(request, path, served, true, parts);
  const { message } = asked;
  const { position, template: name, width, height } = parsePageQuery(request.url);
  const pin = pinToKeepTo(asked);
  const { block } = await parts.answer(questionOf(asked, pin ? null : position), asked.deadline);
  const items = pin ? itemsInPlace(block.items, pin, position) : block.items;
  const { templates, placement } = served;
  const template = templates.get(name ?? DEFAULT_TEMPLATE) ?? templates.get(DEFAULT_TEMPLATE);
  // What is known of the person is not for everyone who has the link.
  const fragment = template?.({ ...block, items, traits: null }, message) ?? '';
  const [item, ...others] = items;
  const html = parts.renderPage(fragment, {
    ...{ title: placement.title, locale: message.locale, width: width ?? DEFAULT_WIDTH },
    ...{ height, link: others.length === 0 ? (item?.clickUrl ?? null) : null },
  });
  const outcome = item ? outcomeOf(asked) : 'fallback';
  return { ...nothingClicked(asked), destination: { kind: 'page', html }, outcome };
};

/** Where nothing may be pinned anew, a picture is that of the item to which the link of its position leads, or none. */
function pinToKeepTo({ pinned, isOpen }: AskedLink): Pin | null {
  return isOpen ? null : pinned;
}

/** Not by way of an answer, where the next item takes the place of one that may not be shown any more. */
async function findPinnedContent(
  { itemIds, urls }: Pin,
  position: number,
  { served, message, deadline }: AskedLink,
): Promise<Content | null> {
  const id = position <= urls.length ? itemIds[position - 1] : undefined;
  if (id === undefined) return null;
  const contents = await served.source.find([id], message.locale, deadline);
  const content = contents.get(id);
  return typeof content === 'string' ? null : content;
}

/** Those that were shown, each in its place, which is empty where one has gone. `position`: that one alone. */
function itemsInPlace(
  items: readonly BlockItem[],
  { itemIds, urls }: Pin,
  position: number | null,
): readonly BlockItem[] {
  const shown = itemIds.slice(0, urls.length);
  return items
    .map((item) => ({ ...item, position: shown.indexOf(item.content.id) + 1 }))
    .filter((item) => item.position > 0 && (position === null || item.position === position));
}

function nothingClicked({ who }: AskedLink): Pick<Found, 'click' | 'isSample'> {
  return { click: null, isSample: who.sample !== null };
}
