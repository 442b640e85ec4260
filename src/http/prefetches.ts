import type { Request, RequestHandler, Response } from 'express';
import type {
  MeasuredPrefetch,
  Prefetch,
  PrefetchOrder,
  PrefetchWish,
  ReadAudience,
  StartedPrefetch,
} from '../domain/prefetch.ts';
import { type Authorize, refuseCrossSite } from './access.ts';
import { type FindNamed, parsePrefetchQuery } from './prefetch-parameters.ts';
import { type ReadUpload, withAudience } from './prefetch-upload.ts';
import { audienceToJson, estimateToJson, prefetchToJson } from './prefetch-view.ts';
import { Problem } from './problem.ts';
import { sendJson } from './send-json.ts';

export type PrefetchRouteParts = {
  readonly authorize: Authorize;
  readonly ownOrigin: string;
  readonly findPlacement: FindNamed;
  readonly readAudience: ReadUpload;
  /** Each rejects where the store fails. */
  readonly prefetches: {
    readonly list: () => Promise<readonly Prefetch[]>;
    readonly get: (id: string) => Promise<Prefetch | null>;
    readonly start: (order: PrefetchOrder, read: ReadAudience) => Promise<StartedPrefetch>;
    readonly measure: (order: PrefetchOrder, read: ReadAudience) => Promise<MeasuredPrefetch>;
    readonly control: (id: string, wish: PrefetchWish) => Promise<Prefetch | null>;
  };
  /** Wall clock, milliseconds. */
  readonly wallNow: () => number;
};

export type PrefetchRoutes = {
  /** `/v1/prefetches` */
  readonly all: RequestHandler;
  /** `/v1/prefetches/:id` */
  readonly one: RequestHandler;
  /** `/v1/prefetches/:id/:action` */
  readonly control: RequestHandler;
};

const WISHES: ReadonlySet<string> = new Set<PrefetchWish>(['pause', 'resume', 'cancel']);

/** Lists of people to be looked up ahead of a send. For studio people. */
export function createPrefetchRoutes(parts: PrefetchRouteParts): PrefetchRoutes {
  const { prefetches } = parts;

  const enter = async (request: Request, ...methods: readonly string[]): Promise<void> => {
    refuseCrossSite(request, parts.ownOrigin);
    await parts.authorize(request, 'studio');
    if (!methods.includes(request.method)) {
      const Allow = methods.join(', ');
      throw new Problem('method_not_allowed', `Use ${methods.join(' or ')}.`, { Allow });
    }
  };

  return {
    all: async (request, response) => {
      await enter(request, 'GET', 'POST');
      if (request.method === 'POST') return await start(request, response, parts);
      const all = await fromStore(prefetches.list());
      sendJson(response, 200, { prefetches: all.map(prefetchToJson) });
    },
    one: async (request, response) => {
      await enter(request, 'GET');
      const found = await fromStore(prefetches.get(String(request.params.id)));
      sendJson(response, 200, prefetchToJson(known(found)));
    },
    control: async (request, response) => {
      await enter(request, 'POST');
      const action = String(request.params.action).toLowerCase();
      if (!isWish(action)) throw new Problem('not_found', 'There are pause, resume and cancel.');
      const found = await fromStore(prefetches.control(String(request.params.id), action));
      sendJson(response, 200, prefetchToJson(known(found)));
    },
  };
}

async function start(request: Request, response: Response, parts: PrefetchRouteParts): Promise<void> {
  const { findPlacement, readAudience, prefetches, wallNow } = parts;
  const { order, isDryRun, ...columns } = parsePrefetchQuery(request, findPlacement, wallNow());
  await withAudience(request, columns, readAudience, async (read) => {
    if (isDryRun) {
      const { audience, estimate } = await prefetches.measure(order, read);
      const { users } = audience;
      const seen = { users, ...estimateToJson(estimate), audience: audienceToJson(audience) };
      return sendJson(response, 200, { id: null, ...seen });
    }
    const { prefetch, estimate } = await prefetches.start(order, read);
    const seen = { ...prefetchToJson(prefetch), ...estimateToJson(estimate) };
    sendJson(response, 202, seen, { Location: `/v1/prefetches/${prefetch.id}` });
  });
}

function isWish(text: string): text is PrefetchWish {
  return WISHES.has(text);
}

function known(prefetch: Prefetch | null): Prefetch {
  if (prefetch) return prefetch;
  throw new Problem('unknown_prefetch', 'No prefetch has this id, or it ended long ago.');
}

async function fromStore<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch {
    throw new Problem('store_unavailable', 'Prefetches are kept in the store: try again in a moment.');
  }
}
