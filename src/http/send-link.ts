import type { Response } from 'express';
import { connectionHeader, type Readiness } from './health.ts';

/** What whoever follows a link gets. */
export type Destination =
  | { readonly kind: 'elsewhere'; readonly url: string }
  | { readonly kind: 'nothing to see' }
  | { readonly kind: 'page'; readonly html: string };

/** A GIF of one transparent pixel, which takes no place and breaks no message. */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

/** Sends it for this time alone: the next may lead elsewhere. */
export function sendDestination(response: Response, to: Destination, readiness: Readiness): void {
  const common = { 'Cache-Control': 'no-store', ...connectionHeader(readiness) };
  switch (to.kind) {
    case 'elsewhere':
      response.writeHead(302, { ...common, Location: toHeader(to.url), 'Content-Length': 0 });
      response.end();
      return;
    case 'nothing to see':
      response.writeHead(200, {
        ...common,
        'Content-Type': 'image/gif',
        'Content-Length': PIXEL.length,
      });
      response.end(PIXEL);
      return;
    case 'page':
      response.writeHead(200, {
        ...common,
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Length': Buffer.byteLength(to.html),
        ...PAGE_HEADERS,
      });
      response.end(to.html);
  }
}

/** Its address says whom it is about. */
const PAGE_HEADERS = {
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Robots-Tag': 'noindex',
};

/** A header takes printable ASCII alone, and a line break in it would be a header of somebody else's. */
function toHeader(url: string): string {
  return url.replace(/[^\x21-\x7e]+/g, (characters) => encodeURI(characters.toWellFormed()));
}
