import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from './listen.ts';

/** One question that reached the stand-in. */
export type Question = {
  /** The steps as they were written. */
  readonly steps: readonly {
    readonly event_type: string;
    readonly filters?: readonly { readonly subprop_key: string; readonly subprop_value: readonly string[] }[];
  }[];
  readonly parameters: URLSearchParams;
  readonly authorization: string | undefined;
  readonly path: string;
};

export type FunnelReply = {
  readonly status?: number;
  /** An object goes out as JSON, text as it is. */
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `hang`: no answer; `reset`: the connection breaks; `truncate`: half of the body, then it breaks. */
  readonly fault?: 'hang' | 'reset' | 'truncate';
};

type Plan = (question: Question) => FunnelReply;

/** Amplitude's Dashboard REST API, as far as a test has planned it. */
export type Dashboard = {
  /** The base. */
  readonly url: string;
  readonly questions: readonly Question[];
  /** How many were being answered at the same time, at most. */
  readonly atOnce: () => number;
  readonly plan: (plan: Plan) => void;
  /** Holds answers back until it is called. */
  readonly hold: () => () => void;
  readonly asked: (count: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** A funnel as the documentation has it; `days` are `[date, users, conversions]`. */
export function funnel(
  users: number,
  conversions: number,
  days: readonly (readonly [string, number, number])[] = [],
): FunnelReply {
  const dayFunnels = {
    series: days.map(([, entered, converted]) => [entered, converted]),
    xValues: days.map(([date]) => date),
    formattedXValues: days.map(([date]) => date),
  };
  const rate = users === 0 ? 0 : conversions / users;
  return {
    body: {
      data: [
        {
          meta: { segmentIndex: 0 },
          stepByStep: [1, rate],
          cumulative: [1, rate],
          cumulativeRaw: [users, conversions],
          dayFunnels,
          events: ['exposure', 'outcome'],
        },
      ],
    },
  };
}

/** The value that the first step is filtered by, of a property. */
export function filteredBy({ steps }: Question, property: string): string | undefined {
  return steps[0]?.filters?.find(({ subprop_key }) => subprop_key === property)?.subprop_value.join();
}

const CONTROL_PROPERTY = 'recommendations.recommendation_control';

/** Both arms, in one spelling of true and false; the other finds nobody. */
export function arms(
  control: FunnelReply,
  treatment: FunnelReply,
  spelling: readonly [string, string] = ['true', 'false'],
): Plan {
  return (question) => {
    const isControl = filteredBy(question, CONTROL_PROPERTY);
    if (isControl === spelling[0]) return control;
    return isControl === spelling[1] ? treatment : funnel(0, 0);
  };
}

/** Starts the stand-in on a free port until the test is over. */
export async function openDashboard(): Promise<Dashboard> {
  const questions: Question[] = [];
  const events = new EventEmitter().setMaxListeners(0);
  let plan: Plan = () => ({ status: 500, body: 'unplanned' });
  let held: Promise<void> = Promise.resolve();
  let underWay = 0;
  let most = 0;

  const server = createServer((request, response) => {
    const question = readQuestion(request);
    questions.push(question);
    underWay += 1;
    most = Math.max(most, underWay);
    response.once('close', () => {
      underWay -= 1;
    });
    events.emit('change');
    void held.then(() => send(response, plan(question)));
  });
  const { origin, close } = await listen(server);
  return {
    url: `${origin}/api/2`,
    questions,
    atOnce: () => most,
    plan: (next) => {
      plan = next;
    },
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return () => {
        held = Promise.resolve();
        resolve();
      };
    },
    asked: async (count) => {
      while (questions.length < count) await once(events, 'change');
    },
    close,
  };
}

function readQuestion({ url = '/', headers }: IncomingMessage): Question {
  const { pathname, searchParams } = new URL(url, 'http://amplitude');
  const steps = searchParams.getAll('e').map((text) => JSON.parse(text));
  return { steps, parameters: searchParams, authorization: headers.authorization, path: pathname };
}

function send(response: ServerResponse, { status = 200, body = '', headers = {}, fault }: FunnelReply): void {
  if (fault === 'hang') return;
  if (fault === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  const isText = typeof body === 'string';
  const bytes = Buffer.from(isText ? body : JSON.stringify(body));
  const type = isText ? 'text/html' : 'application/json';
  response.writeHead(status, { 'content-type': type, 'content-length': bytes.length, ...headers });
  if (fault === 'truncate') response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
  else response.end(bytes);
}
