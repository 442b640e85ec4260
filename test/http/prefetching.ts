import { join } from 'node:path';
import { vi } from 'vitest';
import { type Amplitude, openAmplitude } from '../support/amplitude.ts';
import { createClock, type ManualClock } from '../support/clock.ts';
import { GOOD } from '../support/products.ts';
import { treatment } from '../support/replies.ts';
import { openService, type Service, STUDIO } from '../support/service.ts';
import { makeFolder } from '../support/templates.ts';

// biome-ignore lint/suspicious/noExplicitAny: a test may look at whatever is answered
export type Body = any;

export type PrefetchService = {
  readonly amplitude: Amplitude;
  readonly clock: ManualClock;
  readonly service: Service;
  /** Starts a prefetch for these people, and gives the answer's body. */
  readonly start: (people: readonly string[], query?: string) => Promise<Body>;
  readonly get: (id: string) => Promise<Body>;
  readonly control: (id: string, action: 'pause' | 'resume' | 'cancel') => Promise<Body>;
  /** Resolves with the prefetch as soon as it is in this state. */
  readonly until: (id: string, state: string) => Promise<Body>;
  /** Where the answer for someone comes from, and why it is what it is. */
  readonly ask: (person: string, query?: string, placement?: string) => Promise<string>;
};

export type PrefetchServiceOptions = {
  readonly settings?: Readonly<Record<string, string>>;
  readonly templates?: string;
};

/** For those who want a file: it costs a third of a second. */
export const inFile = () => ({ STORE_URL: `sqlite:${join(makeFolder(), 'inlay.db')}` });

/** A service by a clock that only moves when it is told to. Everybody is recommended something. */
export async function openPrefetching(options: PrefetchServiceOptions = {}): Promise<PrefetchService> {
  const amplitude = await openAmplitude();
  amplitude.planForAll(treatment(...GOOD));
  const clock = createClock();
  const service = await openService({
    amplitude,
    clock,
    ...(options.templates && { templates: options.templates }),
    settings: {
      PROFILE_BUDGET_PER_MINUTE: '10000',
      ...options.settings,
    },
  });
  return { amplitude, clock, service, ...prefetchCalls(service) };
}

/** The calls that a marketer makes. */
export function prefetchCalls(service: Pick<Service, 'get' | 'post'>) {
  const get = async (id: string): Promise<Body> => (await service.get(`/v1/prefetches/${id}`, STUDIO)).body;
  return {
    get,
    start: async (people: readonly string[], query = 'placement=hero'): Promise<Body> => {
      const answer = await service
        .post(`/v1/prefetches?${query}`, STUDIO)
        .type('text/csv')
        .send(listOf(people));
      if (answer.status !== 202) throw new Error(`It was not started: ${answer.status} ${answer.text}`);
      return answer.body;
    },
    control: async (id: string, action: string): Promise<Body> =>
      (await service.post(`/v1/prefetches/${id}/${action}`, STUDIO)).body,
    until: (id: string, state: string): Promise<Body> =>
      vi.waitFor(
        async () => {
          const seen = await get(id);
          if (seen.state !== state) throw new Error(`It is ${JSON.stringify(seen)}`);
          return seen;
        },
        { timeout: 15_000, interval: 20 },
      ),
    ask: async (person: string, query = '', placement = 'hero'): Promise<string> => {
      const { body } = await service.get(`/v1/placements/${placement}?user_id=${person}&explain=1&${query}`);
      return `${body.explain_cache} ${body.reason}`;
    },
  };
}

export function listOf(people: readonly string[], column = 'user_id'): string {
  return `${[column, ...people].join('\n')}\n`;
}

export function numbered(count: number, name = 'p'): string[] {
  return Array.from({ length: count }, (_, index) => `${name}${index}`);
}
