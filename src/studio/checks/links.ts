import { count } from '../words.ts';
import { type Address, isOwnLink, isUnfilled, schemeOf } from './addresses.ts';
import { isLoopback } from './hosts.ts';
import { isNamed } from './images.ts';
import { always, type Check, findAt, isHtml } from './reading.ts';

/** Whether links lead anywhere. */
export const LINK_ADDRESS: Check = {
  id: 'link_address',
  passed: 'Every link has an address',
  fits: isHtml,
  find: (reading) => {
    const wrong = (fault: LinkFault): Address[] =>
      reading.addresses.filter(({ use, url }) => use === 'link' && linkFault(url) === fault);
    return [
      ...findAt(reading, wrong('nowhere'), (number) => ({
        severity: 'problem',
        title: `${count(number, 'link leads', 'links lead')} nowhere`,
        advice:
          'Put in the address, or link only where there is one: {{#if click_url}}…{{/if}} in the template.',
      })),
      ...findAt(reading, wrong('relative'), (number) => ({
        severity: 'problem',
        title: `${count(number, 'link has', 'links have')} an address that works on a website only`,
        advice: 'In a message it must be a whole address that begins with https://.',
      })),
      ...findAt(reading, wrong('refused'), (number) => ({
        severity: 'problem',
        title: `${count(number, 'link has', 'links have')} an address that mail clients refuse`,
        advice: 'Use an address that begins with https://, mailto: or tel:.',
      })),
    ];
  },
};

type LinkFault = 'nowhere' | 'relative' | 'refused';

const REFUSED_SCHEMES: readonly string[] = ['javascript', 'vbscript', 'data', 'file', 'blob', 'about'];

function linkFault(url: string): LinkFault | null {
  if (url === '' || url === '#') return 'nowhere';
  if (url.startsWith('#') || isUnfilled(url)) return null;
  const scheme = schemeOf(url);
  if (scheme === null) return 'relative';
  if (REFUSED_SCHEMES.includes(scheme)) return 'refused';
  return /^https?$/.test(scheme) && !URL.canParse(url) ? 'nowhere' : null;
}

/** Whether there is something to click. */
export const LINK_TEXT: Check = {
  id: 'link_text',
  passed: 'Every link has something to read',
  fits: isHtml,
  find: (reading) => {
    const empty = reading.html.links
      .filter(({ tag, hasText, images }) => !hasText && images.length === 0 && !isNamed(tag))
      .map(({ tag }) => tag);
    return findAt(reading, empty, (number) => ({
      severity: 'problem',
      title: `${count(number, 'link has', 'links have')} nothing to read or click`,
      advice:
        'Put a text or an image into it. If the text comes from the CMS, see whether the field is filled in.',
    }));
  },
};

/** Whether links are encrypted. */
export const LINK_SCHEME: Check = {
  id: 'link_scheme',
  passed: 'Every link uses https',
  fits: always,
  find: (reading) => {
    const insecure = reading.addresses.filter(
      ({ use, destination }) => use === 'link' && destination !== null && schemeOf(destination) === 'http',
    );
    return findAt(reading, insecure, (number) => ({
      severity: 'warning',
      title: `${count(number, 'link leads', 'links lead')} to http instead of https`,
      advice: 'Browsers warn of such pages. Change the address in the CMS, or in the template, to https://.',
    }));
  },
};

/** Whether the links that Inlay answers work for others. */
export const OWN_LINKS: Check = {
  id: 'own_links',
  passed: 'Inlay’s own links work everywhere',
  fits: always,
  find: ({ message: { publicUrl }, addresses }) => {
    if (!isLoopback(publicUrl) || !addresses.some(({ url }) => isOwnLink(url, publicUrl))) return [];
    return [
      {
        severity: 'note',
        title: 'Links through Inlay work on this machine only',
        advice: `They lead to ${publicUrl.origin}. Set PUBLIC_URL to where recipients reach Inlay before a real send.`,
      },
    ];
  },
};
