import { vi } from 'vitest';
import { type Catalogue, createCatalogue } from '../../src/content/catalogue.ts';
import type { ItemStore } from '../../src/content/known-items.ts';
import type { Row } from '../../src/content/source.ts';
import { Deadline } from '../../src/deadline.ts';
import type { Clock } from '../../src/domain/clock.ts';
import type { Contents } from '../../src/domain/content.ts';
import type { HttpDeclaration } from '../../src/domain/content-source.ts';
import { createMemoryStore } from '../../src/store/memory.ts';

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** One title an item, and windows as a content source has them when it says nothing. */
export const DECLARATION: HttpDeclaration = {
  ...{ name: 'products', type: 'http', url: 'https://cms.example/?ids={ids}', method: 'GET', headers: {} },
  ...{ body: null, ids: 'list', rows: null, paging: null, resolve: null },
  ...{ key: 'id', fields: [{ name: 'title', from: 'title', type: 'text', max: null }], required: ['title'] },
  ...{ batch: 100, timeoutMs: 500, freshMs: 5 * MINUTE_MS, staleMs: HOUR_MS },
  ...{ staleIfErrorMs: 7 * DAY_MS, missingMs: MINUTE_MS },
};

/** The same source, which answers in languages. */
export const SPEAKING: Partial<HttpDeclaration> = { url: 'https://cms.example/{locale}?ids={ids}' };

export type Request = {
  readonly ids: readonly string[];
  readonly locale: string | null;
  readonly signal: AbortSignal;
};
type Answer = (ids: readonly string[], locale: string | null) => readonly Row[] | Promise<readonly Row[]>;

export const rowOf = (id: string, title = `Title of ${id}`): Row => ({ id, title });

/** All that it is asked for, last first. */
export const everything: Answer = (ids) => ids.map((id) => rowOf(id)).reverse();
export const nothing: Answer = () => [];

/** A remote source as the test wants it: what it answers, after how long, and what it was asked. */
export function openCms() {
  const requests: Request[] = [];
  const cms = {
    requests,
    /** Neither answered nor given up. */
    underWay: new Set<Request>(),
    onRequest: (_request: Request): void => {},
    answer: everything,
    takesMs: 0,
    /** Has items of these titles, and no others. */
    has: (...ids: string[]) => {
      cms.answer = (asked) => asked.filter((id) => ids.includes(id)).map((id) => rowOf(id));
    },
    fails: (error: Error) => {
      cms.answer = () => Promise.reject(error);
    },
    /** Never answers, and does not even heed the signal. */
    hangs: () => {
      cms.answer = () => new Promise(() => {});
    },
    /** What was asked since this was called last, one line a request. */
    asked: (): string[] => {
      const lines = requests.map(({ ids, locale }) => (locale === null ? '' : `${locale}: `) + ids.join(' '));
      requests.length = 0;
      return lines;
    },
  };
  return cms;
}

export type Cms = ReturnType<typeof openCms>;

export type Opened = Catalogue & {
  /** Each request as it was counted. */
  readonly results: string[];
  readonly oddRows: string[];
  readonly troubles: (string | null)[];
  readonly unexpected: unknown[];
  /** What is shown of the ids, with blanks between: a title without `Title of`, or `!` and why there is none. */
  readonly show: (ids: string, locale?: string | null, deadlineMs?: number) => Promise<string>;
  /** The same where nothing may be waited for; throws where something is. */
  readonly showNow: (ids: string, locale?: string | null) => string;
  /** How long an answer about these ids waits. */
  readonly waitFor: (ids: string, deadlineMs?: number, locale?: string | null) => Promise<number>;
  readonly warm: (ids: string, locales?: readonly (string | null)[]) => Promise<void>;
};

/** One process. Several that share a source and a store are replicas, or a restart. */
export function openCatalogue(
  cms: Cms,
  clock: Clock,
  change: Partial<HttpDeclaration> = {},
  store: ItemStore = createMemoryStore({ now: clock.monotonic }).entries,
): Opened {
  const results: string[] = [];
  const oddRows: string[] = [];
  const troubles: (string | null)[] = [];
  const unexpected: unknown[] = [];
  const catalogue = createCatalogue(
    { ...DECLARATION, ...change },
    {
      fetchRows: async (ids, locale, signal) => {
        const request = { ids, locale, signal };
        cms.requests.push(request);
        cms.underWay.add(request);
        signal.addEventListener('abort', () => cms.underWay.delete(request));
        cms.onRequest(request);
        if (cms.takesMs > 0) await new Promise((resolve) => setTimeout(resolve, cms.takesMs));
        try {
          return await cms.answer(ids, locale);
        } finally {
          cms.underWay.delete(request);
        }
      },
      close: async () => {},
      store,
      clock,
      onRequest: (result) => results.push(result),
      onOddRow: (reason) => oddRows.push(reason),
      onTrouble: (message) => troubles.push(message),
      onUnexpected: (error) => unexpected.push(error),
    },
  );
  const begin = (ids: string, locale: string | null, deadlineMs: number) =>
    catalogue.find(ids.split(' '), locale, new Deadline(deadlineMs, clock.monotonic));
  return {
    ...catalogue,
    results,
    oddRows,
    troubles,
    unexpected,
    show: async (ids, locale = null, deadlineMs = 800) => {
      const contents = begin(ids, locale, deadlineMs);
      await vi.advanceTimersByTimeAsync(cms.takesMs);
      return tell(await contents, ids);
    },
    waitFor: async (ids, deadlineMs = 800, locale = null) => {
      const startedAt = clock.monotonic();
      await pass(Promise.resolve(begin(ids, locale, deadlineMs)));
      return clock.monotonic() - startedAt;
    },
    warm: (ids, locales = [null]) => pass(catalogue.keepWarm(ids.split(' '), locales)),
    showNow: (ids, locale = null) => {
      const contents = begin(ids, locale, 0);
      if (contents instanceof Promise) throw new Error('it has to be waited for');
      return tell(contents, ids);
    },
  };
}

/** Lets as much time pass as it takes. */
async function pass(promise: Promise<unknown>): Promise<void> {
  let isDone = false;
  void promise.finally(() => {
    isDone = true;
  });
  for (let turn = 0; turn < 20 && !isDone; turn += 1) await vi.advanceTimersByTimeAsync(0);
  while (!isDone) await vi.advanceTimersByTimeAsync(1);
}

function tell(contents: Contents, ids: string): string {
  const told = ids.split(' ').map((id) => {
    const content = contents.get(id);
    return typeof content === 'string' ? `!${content}` : String(content.values.title);
  });
  return told.join(' ').replaceAll('Title of ', '');
}
