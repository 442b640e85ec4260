import { count } from '../words.ts';
import { type Address, isUnfilled, schemeOf } from './addresses.ts';
import { readPixels, readStyle } from './css.ts';
import type { Link, Tag } from './read-html.ts';
import { type Check, findAt, isHtml, isHtmlEmail } from './reading.ts';

/** Whether images can be fetched from where the message is read. */
export const IMAGE_ADDRESS: Check = {
  id: 'image_address',
  passed: 'Every image has an address with https',
  fits: isHtml,
  find: (reading) => {
    const wrong = (fault: ImageFault): Address[] =>
      reading.addresses.filter((address) => address.use === 'image' && imageFault(address) === fault);
    return [
      ...findAt(reading, wrong('missing'), (number) => ({
        severity: 'problem',
        title: `${count(number, 'image has', 'images have')} no address`,
        advice: 'Show an image only where there is one: {{#if image_url}}…{{/if}} in the template.',
      })),
      ...findAt(reading, wrong('relative'), (number) => ({
        severity: 'problem',
        title: `${count(number, 'image has', 'images have')} an address that works on a website only`,
        advice: 'In a message it must be a whole address that begins with https://.',
      })),
      ...findAt(reading, wrong('inline'), (number) => ({
        severity: 'problem',
        title: `${count(number, 'image stands', 'images stand')} in the message itself, which Gmail does not show`,
        advice: 'Put the file on the web, and use its https:// address.',
      })),
      ...findAt(reading, wrong('insecure'), (number) => ({
        severity: 'problem',
        title: `${count(number, 'image is', 'images are')} not fetched with https`,
        advice: 'Braze takes images with https only. Change the address in the CMS to https://.',
      })),
    ];
  },
};

type ImageFault = 'missing' | 'relative' | 'inline' | 'insecure';

function imageFault({ url, destination }: Address): ImageFault | null {
  if (url === '') return 'missing';
  // Inlay's own are as secure as PUBLIC_URL, of which another check tells.
  if (destination === null) return null;
  if (isUnfilled(url)) return null;
  switch (schemeOf(url)) {
    case 'https':
    case 'cid':
      return null;
    case 'http':
      return 'insecure';
    case 'data':
      return 'inline';
    default:
      return 'relative';
  }
}

/** Whether images say something to people who do not see them. */
export const IMAGE_TEXT: Check = {
  id: 'image_text',
  passed: 'Every image has a text for people who do not see it',
  fits: isHtml,
  find: (reading) => {
    const { tags, links } = reading.html;
    const silent = links.filter(saysNothing).flatMap(({ images }) => images.slice(0, 1));
    const reported = new Set(silent);
    const untold = tags.filter((tag) => tag.name === 'img' && !hasAlternative(tag) && !reported.has(tag));
    return [
      ...findAt(reading, silent, (number) => ({
        severity: 'problem',
        title: `${count(number, 'linked image does', 'linked images do')} not say where the link leads`,
        advice:
          'Many people see no images, and some hear messages read out. Give it a text: alt="{{title}}".',
      })),
      ...findAt(reading, untold, (number) => ({
        severity: 'warning',
        title: `${count(number, 'image has', 'images have')} no text for people who do not see it`,
        advice: 'Say in alt="…" what it shows, or write alt="" if it only decorates.',
      })),
    ];
  },
};

function saysNothing({ tag, hasText, images }: Link): boolean {
  return !hasText && images.length > 0 && !isNamed(tag) && images.every(isSilent);
}

function isSilent(image: Tag): boolean {
  return isBlank(image.attributes.alt) && !isNamed(image);
}

function hasAlternative(image: Tag): boolean {
  const { alt, role } = image.attributes;
  const isHidden = role === 'presentation' || role === 'none' || image.attributes['aria-hidden'] === 'true';
  return alt !== undefined || isHidden || isNamed(image);
}

/** Whether a tag has a name of its own for screen readers. */
export function isNamed({ attributes }: Tag): boolean {
  return !isBlank(attributes['aria-label']) || !isBlank(attributes.title);
}

function isBlank(text: string | undefined): boolean {
  return text === undefined || text.trim() === '';
}

export const IMAGE_WIDTH: Check = {
  id: 'image_width',
  passed: 'Every image has a width',
  fits: isHtmlEmail,
  find: (reading) => {
    const unsized = reading.html.tags.filter(
      ({ name, attributes }) => name === 'img' && isBlank(attributes.width),
    );
    return findAt(reading, unsized, (number) => ({
      severity: 'warning',
      title: `${count(number, 'image has', 'images have')} no width`,
      advice:
        'Outlook on Windows shows it as large as its file, whatever the style says. Add width="…", the pixels it takes.',
    }));
  },
};

/** CSS pixels that mails are made for. */
const MAIL_WIDTH = 600;

const SIZED_TAGS: ReadonlySet<string> = new Set(['table', 'td', 'th', 'img', 'hr', 'col']);

export const TOO_WIDE: Check = {
  id: 'too_wide',
  passed: `Nothing wider than ${MAIL_WIDTH} pixels`,
  fits: isHtmlEmail,
  find: (reading) => {
    const wide = reading.html.tags.filter(isTooWide);
    return findAt(reading, wide, (number) => ({
      severity: 'warning',
      title: `${count(number, 'part is', 'parts are')} wider than ${MAIL_WIDTH} pixels`,
      advice: `Mail clients cut off or shrink what is wider. Use at most ${MAIL_WIDTH}, or width="100%" with a max-width.`,
    }));
  },
};

function isTooWide({ name, attributes }: Tag): boolean {
  if (SIZED_TAGS.has(name) && isOver(attributes.width)) return true;
  if (attributes.style === undefined) return false;
  const style = readStyle(attributes.style);
  const maximum = style.get('max-width');
  const isBounded = maximum !== undefined && maximum !== 'none' && !isOver(maximum);
  return isOver(style.get('min-width')) || (isOver(style.get('width')) && !isBounded);
}

function isOver(width: string | undefined): boolean {
  return (readPixels(width) ?? 0) > MAIL_WIDTH;
}
