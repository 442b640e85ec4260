import type { Request, Response } from 'express';

/** What previews are put into: nothing in it runs, submits or leads elsewhere, whatever a message holds. */
const FRAME = Buffer.from(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>Preview</title>
<style>body { margin: 0 }</style>
</head>
<body data-shell></body>
</html>
`);

const POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src https: data:',
  'font-src https: data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  'sandbox allow-same-origin',
].join('; ');

export function sendFrame(_request: Request, response: Response): void {
  response.setHeader('Content-Security-Policy', POLICY);
  response.setHeader('X-Frame-Options', 'SAMEORIGIN');
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': FRAME.length,
    'Cache-Control': 'private, max-age=300',
    // The pictures of a message need not know where it was looked at.
    'Referrer-Policy': 'no-referrer',
  });
  response.end(FRAME);
}
