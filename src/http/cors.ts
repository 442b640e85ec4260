import type { Request, Response } from 'express';

/** Requests that a browser on a listed web site sends, as Movable Ink's `CD.get` does, with credentials. */
export type Cors = {
  /** Allows an answer, a problem too, to be read by the page that asked, if its origin is listed. */
  readonly allow: (request: Request, response: Response) => void;
  readonly isListed: (origin: string | undefined) => boolean;
};

// `CD.get` sends what the page gives it, and `CD.getCORS` the last two besides. Fixed lists rather than what was asked
// for: the proxy behind `CD.getCORS` may keep a pre-flight by URL and origin alone.
const PREFLIGHT_HEADERS = {
  'Access-Control-Allow-Headers': 'authorization, content-type, x-reverse-proxy-ttl, x-mi-cbe',
  'Access-Control-Allow-Methods': 'GET, POST',
  'Access-Control-Max-Age': '600',
};

const READABLE_HEADERS = 'X-Request-Id, Cache-Status, Server-Timing, Retry-After';

/** `listed` are origins as browsers write them: lower case, no default port, no slash at the end. */
export function createCors(listed: readonly string[]): Cors {
  const origins = new Set(listed);
  const isListed = (origin: string | undefined): boolean => origin !== undefined && origins.has(origin);
  return {
    isListed,
    allow: (request, response) => {
      const { origin } = request.headers;
      if (origin === undefined || !isListed(origin)) return;
      // Never `*`: browsers refuse it where credentials are sent.
      response.setHeader('Access-Control-Allow-Origin', origin);
      response.setHeader('Access-Control-Allow-Credentials', 'true');
      if (request.method !== 'OPTIONS') response.setHeader('Access-Control-Expose-Headers', READABLE_HEADERS);
      else response.setHeaders(new Map(Object.entries(PREFLIGHT_HEADERS)));
    },
  };
}
