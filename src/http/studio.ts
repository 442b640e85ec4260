import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import type { PrivateView, Studio } from '../studio/studio.ts';
import { type Authorize, refuseCrossSite } from './access.ts';
import { connectionHeader, type Readiness } from './health.ts';
import { Problem } from './problem.ts';
import { queryOf } from './query.ts';
import { createRequestId } from './request-id.ts';
import { parseResultsQuery } from './results-query.ts';
import { parsePrivateView, readStudioForm } from './studio-form.ts';

/** Whoever reads a page, and how its parts are found. */
export type StudioVisit = Parameters<Studio['index']>[0];

export type StudioRouteParts = {
  readonly authorize: Authorize;
  readonly ownOrigin: string;
  readonly studio: Studio;
  /** False without studio credentials. */
  readonly isOn: boolean;
  readonly createVisit: (caller: string, acceptLanguage: string | undefined) => Promise<StudioVisit>;
  readonly renderError: (problem: PageProblem) => Promise<string>;
  /** Streams an event whenever the templates folder was read anew. */
  readonly events: RequestHandler;
  readonly onUnexpected: (error: unknown) => void;
  /** Somebody was looked up from here; the credentials' name. */
  readonly onLookUp: (caller: string, placement: string) => void;
  /** Milliseconds. */
  readonly wallNow: () => number;
  readonly readiness: Readiness;
};

/** What a page of its own says of a problem. */
export type PageProblem = {
  readonly status: number;
  readonly heading: string;
  readonly detail: string;
  /** An address to go on to; null for none. */
  readonly again: string | null;
};

/** `/studio` and all below it. */
export function createStudioRoute(parts: StudioRouteParts): RequestHandler {
  const { studio, isOn, events } = parts;
  const router = express.Router();
  router.use(SECURITY_HEADERS);
  if (!isOn) {
    router.use(() => {
      throw new Problem('not_found', 'Studio is off: set STUDIO_CREDENTIALS, and start again.');
    });
    return withErrorPages(router, parts);
  }
  router.get('/assets/:version/{:folder/}:file', (request, response) => sendAsset(request, response, studio));
  router.use((request, _response, next) => {
    refuseCrossSite(request, parts.ownOrigin);
    next();
  });
  router.use(async (request, response, next) => {
    const { name } = await parts.authorize(request, 'studio');
    response.locals.visit = await parts.createVisit(name, request.headers['accept-language']);
    next();
  });
  router.get('/frame', sendFrame);
  router.get('/events', events);
  addPages(router, parts);
  router.use((request) => {
    if (request.method !== 'GET' && request.method !== 'POST') {
      throw new Problem('method_not_allowed', 'Use GET or POST.', { Allow: 'GET, POST' });
    }
    throw new Problem('not_found', 'There is no such page in Studio.');
  });
  return withErrorPages(router, parts);
}

function addPages(router: express.Router, parts: StudioRouteParts): void {
  const { studio } = parts;
  const visitOf = (response: Response): StudioVisit => response.locals.visit;
  const page = (render: (request: Request, visit: StudioVisit) => Promise<string | null>): RequestHandler => {
    return async (request, response) => {
      const html = await render(request, visitOf(response));
      if (html === null) throw new Problem('unknown_placement', 'No placement has this name.');
      sendPage(response, html, 200, parts.readiness);
    };
  };
  const nameOf = ({ params }: Request): string => String(params.name).toLowerCase();
  const show = (request: Request, visit: StudioVisit, privately: PrivateView) =>
    studio.placement(visit, nameOf(request), searchOf(request), privately);

  router.get(
    '/',
    page(async (request, visit) => {
      const query = searchOf(request);
      return studio.index(visit, query.get('q') ?? '', query.get('replicas') === 'this');
    }),
  );
  router.get(
    '/status',
    page(async (request, visit) => studio.status(visit, searchOf(request).get('replicas') === 'this')),
  );
  router.get(
    '/prefetches',
    page(async (request, visit) => studio.prefetches(visit, searchOf(request))),
  );
  router.get(
    '/prefetches/:id',
    page(async ({ params }, visit) => known(await fromStore(studio.prefetch(visit, String(params.id))))),
  );
  router.post(
    '/prefetches/:id/:wish',
    readStudioForm,
    page(async ({ params }, visit) => {
      const wish = WISHES.find((one) => one === params.wish);
      if (!wish) throw new Problem('not_found', 'A prefetch can be paused, resumed and cancelled.');
      return known(await fromStore(studio.controlPrefetch(visit, String(params.id), wish)));
    }),
  );
  router
    .route('/placements/:name')
    .get(page((request, visit) => show(request, visit, NOTHING_PRIVATE)))
    // Looks nobody up either: what is private does not stand in the address, and that is all.
    .post(
      readStudioForm,
      page((request, visit) => show(request, visit, parsePrivateView(request.body))),
    );
  router.post(
    '/placements/:name/look-ups',
    readStudioForm,
    page(async (request, visit) => {
      const privately = parsePrivateView(request.body);
      const person = privately.people[Number(request.body.person)];
      if (!person) throw new Problem('invalid_parameters', 'Say who is to be looked up.');
      const isThere = await studio.lookUp(nameOf(request), person, searchOf(request));
      if (!isThere) return null;
      parts.onLookUp(visit.caller, nameOf(request));
      return show(request, visit, privately);
    }),
  );
  router.get(
    '/placements/:name/braze',
    page((request, visit) => studio.braze(visit, nameOf(request), searchOf(request), null)),
  );
  router.post(
    '/placements/:name/braze{/bench}',
    readStudioForm,
    page((request, visit) => {
      const message = request.body.message;
      const query = searchOf(request);
      return studio.braze(visit, nameOf(request), query, typeof message === 'string' ? message : null);
    }),
  );
  router.get(
    '/placements/:name/results',
    page(async (request, visit) => {
      const { format: _format, ...asked } = parseResultsQuery(queryOf(request.url), parts.wallNow());
      return studio.results(visit, nameOf(request), asked);
    }),
  );
  router.get(
    '/placements/:name/movable-ink',
    page((request, visit) => studio.movableInk(visit, nameOf(request))),
  );
}

const WISHES = ['pause', 'resume', 'cancel'] as const;

function known(html: string | null): string {
  if (html !== null) return html;
  throw new Problem('unknown_prefetch', 'No prefetch has this id, or it ended long ago.');
}

async function fromStore<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch {
    throw new Problem(
      'store_unavailable',
      'Prefetches are kept in the store, which does not answer. Try again in a moment.',
    );
  }
}

const NOTHING_PRIVATE: PrivateView = { people: [], edits: {} };

function searchOf(request: Request): URLSearchParams {
  return new URLSearchParams(queryOf(request.url));
}

/** Nothing but its own files, and frames that hold previews. */
const SECURITY_HEADERS = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      connectSrc: ["'self'"],
      frameSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  // Names of placements and of sends stand in addresses.
  referrerPolicy: { policy: 'same-origin' },
  // Whether all of a host is reached over https is not for one service on it to say.
  strictTransportSecurity: false,
});

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

const FRAME_POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src https: data:',
  'font-src https: data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  'sandbox allow-same-origin',
].join('; ');

function sendFrame(_request: Request, response: Response): void {
  response.setHeader('Content-Security-Policy', FRAME_POLICY);
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

async function sendAsset(request: Request, response: Response, studio: Studio): Promise<void> {
  const { folder, file } = request.params;
  const assets = await studio.assets();
  const asset = assets.find(folder === undefined ? String(file) : `${folder}/${file}`);
  if (!asset) throw new Problem('not_found', 'There is no such file in Studio.');
  const isZipped = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
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

function sendPage(response: Response, html: string, status: number, readiness: Readiness): void {
  const body = Buffer.from(html);
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': body.length,
    'Cache-Control': 'private, no-store',
    Vary: 'Origin',
    'X-Request-Id': createRequestId(),
    ...connectionHeader(readiness),
  });
  response.end(body);
}

/** Browsers get problems as pages; the code of a problem is for programs, which get it as everywhere. */
function withErrorPages(router: express.Router, parts: StudioRouteParts): RequestHandler {
  const onError: ErrorRequestHandler = async (error: unknown, request, response, next) => {
    if (!/\btext\/html\b/.test(String(request.headers.accept)) || response.headersSent) return next(error);
    const problem = error instanceof Problem ? error : new Problem('internal_error', 'It was logged.');
    if (problem.code === 'internal_error') parts.onUnexpected(error);
    const isNavigation = request.headers['sec-fetch-mode'] === 'navigate' && request.method === 'GET';
    const again = problem.code === 'cross_site' && isNavigation ? request.originalUrl : null;
    const html = await parts.renderError({
      ...{ status: problem.status, heading: HEADINGS[problem.code] ?? 'This did not work', again },
      detail:
        again === null ? problem.message : 'You came here from another web site. If you meant to, go on.',
    });
    for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value);
    sendPage(response, html, problem.status, parts.readiness);
  };
  router.use(onError);
  return router;
}

const HEADINGS: Partial<Record<Problem['code'], string>> = {
  unauthorized: 'Sign in with your Studio name and password',
  wrong_role: 'These credentials are not for Studio',
  cross_site: 'From another site',
  not_found: 'There is nothing here',
  unknown_placement: 'There is no such placement',
  unknown_prefetch: 'There is no such prefetch',
  store_unavailable: 'The store does not answer',
  too_many_attempts: 'Too many wrong passwords',
  body_too_large: 'That is too much',
  invalid_parameters: 'Something is missing',
};
