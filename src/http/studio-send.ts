import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';
import type { Studio } from '../studio/studio.ts';
import { connectionHeader, type Readiness } from './health.ts';
import { Problem } from './problem.ts';

const zip = promisify(gzip);

/** Smaller pages fit into a packet or two as they are. */
const ZIP_FROM_BYTES = 2_000;

/** A page of Studio; it is for whoever asked alone. */
export async function sendPage(
  response: Response,
  page: { readonly html: string; readonly status: number; readonly requestId: string },
  readiness: Readiness,
): Promise<void> {
  const plain = Buffer.from(page.html);
  const isZipped = plain.length >= ZIP_FROM_BYTES && takesGzip(response.req);
  const body = isZipped ? await zip(plain) : plain;
  response.writeHead(page.status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': body.length,
    ...(isZipped && { 'Content-Encoding': 'gzip' }),
    'Cache-Control': 'private, no-store',
    Vary: 'Origin, Accept-Encoding',
    'X-Request-Id': page.requestId,
    ...connectionHeader(readiness),
  });
  response.end(body);
}

/** A style, script or picture. */
export async function sendAsset(
  request: Request,
  response: Response,
  studio: Pick<Studio, 'assets'>,
): Promise<void> {
  const { folder, file } = request.params;
  const assets = await studio.assets();
  const asset = assets.find(folder === undefined ? String(file) : `${folder}/${file}`);
  if (!asset) throw new Problem('not_found', 'There is no such file in Studio.');
  const isZipped = takesGzip(request);
  const body = isZipped ? asset.gzipped : asset.body;
  response.writeHead(200, {
    'Content-Type': asset.contentType,
    'Content-Length': body.length,
    ...(isZipped && { 'Content-Encoding': 'gzip' }),
    // Its address changes with it. Nothing in it is secret.
    'Cache-Control': 'public, max-age=31536000, immutable',
    Vary: 'Accept-Encoding',
  });
  response.end(body);
}

function takesGzip({ headers }: Request): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(String(headers['accept-encoding'] ?? ''));
}
