import type { Registry } from '@prometheus-io/client';
import type { RequestHandler } from 'express';
import { type Authorize, refuseCrossSite } from './access.ts';

/** `/metrics`, for scrapers with credentials of their own. */
export function createMetricsRoute(
  registry: Registry,
  authorize: Authorize,
  ownOrigin: string,
): RequestHandler {
  return async (request, response) => {
    refuseCrossSite(request, ownOrigin);
    await authorize(request, 'metrics');
    const body = Buffer.from(await registry.metrics());
    response.writeHead(200, {
      'Content-Type': registry.contentType,
      'Content-Length': body.length,
      'Cache-Control': 'private, no-store',
      Vary: 'Origin',
    });
    response.end(body);
  };
}
