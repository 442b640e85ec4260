import type { Response } from 'express';

/** Sends whoever follows a link on, for this time alone. */
export function redirect(response: Response, url: string): void {
  response.writeHead(302, { Location: url, 'Cache-Control': 'no-store', 'Content-Length': 0 });
  response.end();
}

/** A GIF of one transparent pixel, which takes no place and breaks no message. */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

export function sendTransparentImage(response: Response): void {
  response.writeHead(200, {
    'Content-Type': 'image/gif',
    'Content-Length': PIXEL.length,
    'Cache-Control': 'no-store',
  });
  response.end(PIXEL);
}

export function sendPage(response: Response, html: string): void {
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(html),
    'Cache-Control': 'no-store',
  });
  response.end(html);
}
