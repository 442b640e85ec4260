import { createServer, type IncomingMessage, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { DAY_MS } from '../domain/day.ts';
import { parseJson } from '../parse-json.ts';
import type { EventBook } from './event-book.ts';
import { countFunnel, type FunnelCounts, type FunnelStep } from './funnel.ts';

export type SandboxDashboardOptions = {
  readonly apiKey: string;
  readonly secretKey: string;
  readonly book: Pick<EventBook, 'ofType'>;
  /** Milliseconds, for the limits; never steps. */
  readonly now?: () => number;
  /** How long an answer takes. */
  readonly answerMs?: number;
};

/** Amplitude's limits for a project. */
const MAX_CONCURRENT = 5;
const LIMITS = [
  { cost: 1_000, ms: 300_000 },
  { cost: 108_000, ms: 3_600_000 },
] as const;
const DEFAULT_WINDOW_SECONDS = 2_592_000;

/**
 * The funnels of Amplitude's Dashboard REST API as a real HTTP server, for the demo and for tests: `GET /api/2/funnels`
 * with Basic auth, its counting and its limits. Days are UTC's. Every answer carries `"sandbox": true`. Does not listen
 * yet.
 */
export function createSandboxDashboardApi(options: SandboxDashboardOptions): Server {
  const { now = () => performance.now(), answerMs = 0 } = options;
  const spent: { readonly cost: number; readonly atMs: number }[] = [];
  let underWay = 0;

  /** Null if there is room for it. */
  const takeRoom = (cost: number): string | null => {
    if (underWay > MAX_CONCURRENT) return `more than ${MAX_CONCURRENT} requests at once`;
    for (const limit of LIMITS) {
      const counting = spent.filter(({ atMs }) => now() - atMs < limit.ms);
      const sum = counting.reduce((total, one) => total + one.cost, cost);
      if (sum > limit.cost)
        return `a cost of ${sum}, and ${limit.cost} is allowed in ${limit.ms / 60_000} minutes`;
    }
    spent.push({ cost, atMs: now() });
    return null;
  };

  return createServer((request, response) => {
    underWay += 1;
    response.once('close', () => {
      underWay -= 1;
    });
    const reply = answer(request, options, takeRoom);
    const body =
      typeof reply.body === 'string' ? reply.body : JSON.stringify({ ...reply.body, sandbox: true });
    void sleep(answerMs, undefined, { ref: false }).then(() => {
      response.writeHead(reply.status, {
        'Content-Type': typeof reply.body === 'string' ? 'text/plain' : 'application/json',
      });
      response.end(body);
    });
  });
}

type Reply = { readonly status: number; readonly body: object | string };

function answer(
  { method, url: target, headers }: IncomingMessage,
  { apiKey, secretKey, book }: SandboxDashboardOptions,
  takeRoom: (cost: number) => string | null,
): Reply {
  const url = new URL(target ?? '/', 'http://sandbox');
  if (method !== 'GET' || url.pathname !== '/api/2/funnels') return { status: 404, body: '' };
  const expected = `Basic ${Buffer.from(`${apiKey}:${secretKey}`).toString('base64')}`;
  if (headers.authorization === undefined) return { status: 401, body: 'Unauthorized' };
  if (headers.authorization !== expected) return { status: 403, body: 'Forbidden' };
  const question = readQuestion(url.searchParams);
  if (question === null) return badRequest('A parameter is missing or cannot be read.');
  const tooMuch = takeRoom(costOf(question));
  if (tooMuch !== null) return { status: 429, body: { error: `Too many requests: ${tooMuch}.` } };
  return { status: 200, body: { data: [formatCounts(countFunnel(book, question), question.steps)] } };
}

function badRequest(message: string): Reply {
  return { status: 400, body: { error: { http_code: 400, type: 'bad_request', message } } };
}

const Filter = z.object({
  subprop_type: z.enum(['event', 'user']),
  subprop_key: z.string(),
  subprop_op: z.enum(['is', 'is not']),
  subprop_value: z.array(z.string()),
});
const Step = z.object({ event_type: z.string().min(1), filters: z.array(Filter).optional() });
/** Its conditions. */
const Segment = z.array(z.unknown());

type Question = Parameters<typeof countFunnel>[1] & { readonly conditions: number };

function readQuestion(parameters: URLSearchParams): Question | null {
  const steps = parameters.getAll('e').map((text) => parseJson(Step, text));
  const segments = parameters.getAll('s').map((text) => parseJson(Segment, text));
  const [startMs, endMs] = ['start', 'end'].map((name) => readDay(parameters.get(name)));
  const windowSeconds = Number(parameters.get('cs') ?? DEFAULT_WINDOW_SECONDS);
  const isOrdered = (parameters.get('mode') ?? 'ordered') === 'ordered';
  const isWhole = steps.length >= 2 && steps.every((step) => step !== null) && isOrdered;
  if (!isWhole || segments.includes(null) || !(windowSeconds > 0)) return null;
  if (startMs === undefined || startMs === null || endMs === undefined || endMs === null) return null;
  if (startMs > endMs) return null;
  return {
    steps: steps as FunnelStep[],
    startMs,
    endMs: endMs + DAY_MS,
    windowMs: windowSeconds * 1_000,
    // A segment counts, and each condition in it; without any there is the one of all people.
    conditions: Math.max(
      1,
      segments.reduce((sum, segment) => sum + 1 + (segment?.length ?? 0), 0),
    ),
  };
}

function readDay(text: string | null): number | null {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(text ?? '') ?? [];
  const ms = Date.parse(`${year}-${month}-${day}`);
  return Number.isNaN(ms) ? null : ms;
}

function costOf({ steps, startMs, endMs, conditions }: Question): number {
  return ((endMs - startMs) / DAY_MS) * conditions * 2 * steps.length;
}

const MONTH_DAY = new Intl.DateTimeFormat('en-US', { month: 'short', day: '2-digit', timeZone: 'UTC' });

function formatCounts({ all, days }: FunnelCounts, steps: readonly FunnelStep[]): object {
  const [entered = 0] = all;
  const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
  return {
    meta: { segmentIndex: 0 },
    stepByStep: all.map((count, step) => (step === 0 ? 1 : share(count, all[step - 1] ?? 0))),
    cumulative: all.map((count, step) => (step === 0 ? 1 : share(count, entered))),
    cumulativeRaw: all,
    dayFunnels: {
      series: days.map(({ counts }) => counts),
      xValues: days.map(({ startMs }) => new Date(startMs).toISOString().slice(0, 10)),
      formattedXValues: days.map(({ startMs }) => MONTH_DAY.format(startMs)),
    },
    events: steps.map(({ event_type }) => event_type),
  };
}
