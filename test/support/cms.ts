import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** One item as the system keeps it; `id` is its key. */
export type CmsItem = Readonly<Record<string, unknown>> & { readonly id: string };

/**
 * How it behaves: `up`; `broken`: 500; `error_page`: 200 with HTML; `refusing`: 200 with JSON that says so; `empty`: 200
 * without any item; `huge`: 10 MB of JSON; `others`: items that nobody asked for; `hanging`: no answer; `dropping`: the
 * connection breaks.
 */
export type CmsMode =
  | 'up'
  | 'broken'
  | 'error_page'
  | 'refusing'
  | 'empty'
  | 'huge'
  | 'others'
  | 'hanging'
  | 'dropping';

/** A request for items, with the ids and the locale that it named. */
export type CmsRequest = { readonly ids: readonly string[]; readonly locale: string | null };

/**
 * A content system on a free port: `GET /items?ids=a&ids=b&locale=de&page=1` answers `{ items, pages }` in an order of
 * its own, without a word about ids that it does not have.
 */
export type Cms = {
  readonly origin: string;
  /** Of a declaration with `ids: repeated`, `rows: items` and `key: id`. */
  readonly url: string;
  readonly requests: readonly CmsRequest[];
  /** What a locale's items say otherwise. */
  readonly items: Map<string, CmsItem>;
  readonly translations: Map<string, ReadonlyMap<string, Readonly<Record<string, unknown>>>>;
  mode: CmsMode;
  takesMs: number;
  /** Items on a page. */
  pageSize: number;
  /** Nothing listens any more. */
  readonly close: () => Promise<void>;
};

/** Runs until the test is over, or until whoever starts it closes it. */
export async function openCms(items: readonly CmsItem[], isOfTest = true): Promise<Cms> {
  const requests: CmsRequest[] = [];
  const server = createServer((request, response) => {
    const asked = new URL(request.url ?? '/', 'http://cms').searchParams;
    requests.push({ ids: asked.getAll('ids'), locale: asked.get('locale') || null });
    void answer(cms, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cms: Cms = {
    origin,
    url: `${origin}/items?ids={ids}`,
    requests,
    items: new Map(items.map((item) => [item.id, item])),
    translations: new Map(),
    mode: 'up',
    takesMs: 0,
    pageSize: 1_000,
    close: async () => {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  if (isOfTest) onTestFinished(cms.close);
  return cms;
}

async function answer(cms: Cms, { url }: IncomingMessage, response: ServerResponse): Promise<void> {
  const { searchParams } = new URL(url ?? '/', 'http://cms');
  // Decided when the request comes in, so that a test may change its mind meanwhile.
  const send = SENDERS[cms.mode];
  if (cms.takesMs > 0) await new Promise((resolve) => setTimeout(resolve, cms.takesMs).unref());
  send(response, cms, searchParams);
}

type Send = (response: ServerResponse, cms: Cms, asked: URLSearchParams) => void;

const SENDERS: Readonly<Record<CmsMode, Send>> = {
  up: (response, cms, asked) => {
    const found = findItems(cms, asked);
    const page = Number(asked.get('page') ?? 1);
    const items = found.slice((page - 1) * cms.pageSize, page * cms.pageSize);
    sendJson(response, { items, pages: Math.ceil(found.length / cms.pageSize) });
  },
  broken: (response) => response.writeHead(500).end('Internal server error'),
  error_page: (response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sorry, we will be right back'),
  refusing: (response) => sendJson(response, { error: { message: 'quota exceeded' }, items: null }),
  empty: (response) => sendJson(response, { items: [], pages: 1 }),
  huge: (response) => sendJson(response, { items: [{ id: 'a', title: 'x'.repeat(10 * 1_048_576) }] }),
  others: (response, cms, asked) =>
    sendJson(response, {
      items: [...cms.items.values()].filter(({ id }) => !asked.getAll('ids').includes(id)),
    }),
  hanging: () => {},
  dropping: (response) => response.socket?.resetAndDestroy(),
};

/** Sorted backwards, as nobody asks. */
function findItems(cms: Cms, asked: URLSearchParams): object[] {
  const translations = cms.translations.get(asked.get('locale') ?? '');
  const ids = [...new Set(asked.getAll('ids'))].sort().reverse();
  return ids.flatMap((id) => {
    const item = cms.items.get(id);
    return item ? [{ ...item, ...translations?.get(id) }] : [];
  });
}

function sendJson(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
