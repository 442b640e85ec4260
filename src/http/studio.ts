import express, { type Request, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import type { PrivateView } from '../studio/private-view.ts';
import type { Studio } from '../studio/studio.ts';
import { type Authorize, refuseCrossSite } from './access.ts';
import { Problem } from './problem.ts';
import { queryOf } from './query.ts';
import { createRequestId } from './request-id.ts';
import { parseResultsQuery, RESULTS_PARAMETERS } from './results-query.ts';
import { createStudioErrors, type StudioErrorParts } from './studio-errors.ts';
import { parsePrivateView, readStudioForm } from './studio-form.ts';
import { sendFrame } from './studio-frame.ts';
import { sendAsset, sendPage } from './studio-send.ts';

/** Whoever reads a page, and how its parts are found. */
export type StudioVisit = Parameters<Studio['index']>[0];

export type StudioRouteParts = StudioErrorParts & {
  readonly authorize: Authorize;
  readonly ownOrigin: string;
  readonly studio: Studio;
  /** False without studio credentials. */
  readonly isOn: boolean;
  readonly createVisit: (caller: string, acceptLanguage: string | undefined) => Promise<StudioVisit>;
  /** Streams an event whenever the templates folder was read anew. */
  readonly events: RequestHandler;
  /** Somebody was looked up from here; the credentials' name. */
  readonly onLookUp: (caller: string, placement: string) => void;
  /** Milliseconds. */
  readonly wallNow: () => number;
};

/** `/studio` and all below it. */
export function createStudioRoute(parts: StudioRouteParts): RequestHandler {
  const { studio, isOn } = parts;
  const router = express.Router();
  router.use(SECURITY_HEADERS);
  router.get('/assets/:version/{:folder/}:file', (request, response) => sendAsset(request, response, studio));
  if (isOn) addPages(router, parts);
  else {
    router.use(() => {
      throw new Problem('not_found', 'Studio is off: set STUDIO_CREDENTIALS, and start again.');
    });
  }
  router.use(createStudioErrors(parts));
  return router;
}

function addPages(router: express.Router, parts: StudioRouteParts): void {
  router.use(async (request, response, next) => {
    refuseCrossSite(request, parts.ownOrigin);
    const { name } = await parts.authorize(request, 'studio');
    response.locals.visit = await parts.createVisit(name, request.headers['accept-language']);
    next();
  });
  router.get('/frame', sendFrame);
  router.get('/events', parts.events);
  addOverviews(router, parts);
  addPrefetches(router, parts);
  router.use('/placements/:name', findPlacement(parts.studio));
  addPlacementPages(router, parts);
  router.use((request) => {
    if (request.method !== 'GET' && request.method !== 'POST') {
      throw new Problem('method_not_allowed', 'Use GET or POST.', { Allow: 'GET, POST' });
    }
    throw new Problem('not_found', 'There is no such page in Studio.');
  });
}

function addOverviews(router: express.Router, parts: StudioRouteParts): void {
  const { studio } = parts;
  const isThisReplica = (query: URLSearchParams): boolean => query.get('replicas') === 'this';
  router.get(
    '/',
    page(parts, ({ visit, query }) => studio.index(visit, query.get('q') ?? '', isThisReplica(query))),
  );
  router.get(
    '/status',
    page(parts, ({ visit, query }) => studio.status(visit, isThisReplica(query))),
  );
}

const WISHES = ['pause', 'resume', 'cancel'] as const;

function addPrefetches(router: express.Router, parts: StudioRouteParts): void {
  const { studio } = parts;
  router.get(
    '/prefetches',
    page(parts, ({ visit, query }) => studio.prefetches(visit, query)),
  );
  router.get(
    '/prefetches/:id',
    page(parts, ({ visit, path: { id = '' } }) => ofPrefetch(studio.prefetch(visit, id))),
  );
  router.post(
    '/prefetches/:id/:wish',
    readStudioForm,
    page(parts, ({ visit, path: { id = '', ...path } }) => {
      const wish = WISHES.find((one) => one === path.wish);
      if (!wish) throw new Problem('not_found', 'A prefetch can be paused, resumed and cancelled.');
      return ofPrefetch(studio.controlPrefetch(visit, id, wish));
    }),
  );
}

async function ofPrefetch(asked: Promise<string | null>): Promise<string> {
  const html = await asked.catch(() => {
    throw new Problem('store_unavailable', 'Prefetches are kept in the store, which does not answer now.');
  });
  if (html === null) throw new Problem('unknown_prefetch', 'No prefetch has this id, or it ended long ago.');
  return html;
}

/** Aliases and other letter cases lead to the one address that a placement has. */
function findPlacement({ nameOf }: Studio): RequestHandler {
  return (request, response, next) => {
    const written = String(request.params.name);
    const name = nameOf(written.toLowerCase());
    response.locals.placement = name ?? written;
    if (name === null) throw new Problem('unknown_placement', 'No placement has this name.');
    if (name === written || request.method !== 'GET') return next();
    response.setHeader('Cache-Control', 'private, no-store');
    response.redirect(request.originalUrl.replace(/(?<=\/placements\/)[^/?]+/, () => name));
  };
}

function addPlacementPages(router: express.Router, parts: StudioRouteParts): void {
  const { studio } = parts;
  const show = ({ visit, placement, query }: Asked, privately: PrivateView) =>
    studio.placement(visit, placement, query, privately);

  router
    .route('/placements/:name')
    .get(page(parts, (asked) => show(asked, NOTHING_PRIVATE)))
    // Looks nobody up either: what is private does not stand in the address, and that is all.
    .post(
      readStudioForm,
      page(parts, (asked) => show(asked, parsePrivateView(asked.form))),
    );
  router.post(
    '/placements/:name/look-ups',
    readStudioForm,
    page(parts, async (asked) => show(asked, await lookUp(asked, parts))),
  );
  router.get(
    '/placements/:name/braze',
    page(parts, ({ visit, placement, query }) => studio.braze(visit, placement, query, null)),
  );
  router.post(
    '/placements/:name/braze{/bench}',
    readStudioForm,
    page(parts, ({ visit, placement, query, form }) => {
      const { message } = Object(form);
      return studio.braze(visit, placement, query, typeof message === 'string' ? message : null);
    }),
  );
  router.get(
    '/placements/:name/results',
    page(parts, async ({ visit, placement, query }) => {
      // What of the address belongs to other pages of the placement stays there.
      const own = new URLSearchParams(
        [...query].filter(([name]) => RESULTS_PARAMETERS.some((one) => one === name)),
      );
      const { format: _format, ...asked } = parseResultsQuery(own.toString(), parts.wallNow());
      return studio.results(visit, placement, query, asked);
    }),
  );
  router.get(
    '/placements/:name/movable-ink',
    page(parts, ({ visit, placement, query }) => studio.movableInk(visit, placement, query)),
  );
}

/** The one thing here that logs an exposure. */
async function lookUp(
  { visit, placement, query, form }: Asked,
  { studio, onLookUp }: StudioRouteParts,
): Promise<PrivateView> {
  const privately = parsePrivateView(form);
  const index = Number(Object(form).person);
  const person = privately.people[index]?.person;
  if (person === undefined) throw new Problem('invalid_parameters', 'Say who is to be looked up.');
  if (typeof person === 'string') throw new Problem('invalid_parameters', 'This id can be nobody’s.');
  const failure = await studio.lookUp(placement, person, query);
  if (failure === undefined) throw new Problem('unknown_placement', 'No placement has this name.');
  onLookUp(visit.caller, placement);
  return { ...privately, lookedUp: { index, failure } };
}

const NOTHING_PRIVATE: PrivateView = { people: [], edits: {}, lookedUp: null };

/** What a page is asked for. */
type Asked = {
  readonly visit: StudioVisit;
  /** Empty where it is about none. */
  readonly placement: string;
  /** What the names in the route's path stand for. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly form: unknown;
};

function page(
  { readiness }: StudioRouteParts,
  render: (asked: Asked) => Promise<string | null>,
): RequestHandler<Record<string, string>> {
  return async (request: Request<Record<string, string>>, response: Response) => {
    const { visit, placement = '' } = response.locals;
    const query = new URLSearchParams(queryOf(request.url));
    const html = await render({ visit, placement, path: request.params, query, form: request.body });
    if (html === null) throw new Problem('unknown_placement', 'No placement has this name.');
    await sendPage(response, { html, status: 200, requestId: createRequestId() }, readiness);
  };
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
