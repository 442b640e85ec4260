import type { Request, Response } from 'express';

/** Requests that a browser on a listed web site sends, as Movable Ink's `CD.get` does, with credentials. */
export type Cors = {
  /** Allows an answer to be read by the page that asked, if its origin is listed. */
  readonly allow: (request: Request, response: Response) => void;
  readonly isListed: (origin: string | undefined) => boolean;
};

// What `CD.get` sends besides what browsers allow by themselves.
const HEADERS = 'authorization, content-type, x-reverse-proxy-ttl, x-mi-cbe';
const METHODS = 'GET, POST';
const KEEP_SECONDS = '600';

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
      response.setHeader('Access-Control-Expose-Headers', 'X-Request-Id, Cache-Status, Server-Timing');
      if (request.method !== 'OPTIONS') return;
      response.setHeader('Access-Control-Allow-Headers', HEADERS);
      response.setHeader('Access-Control-Allow-Methods', METHODS);
      response.setHeader('Access-Control-Max-Age', KEEP_SECONDS);
    },
  };
}
