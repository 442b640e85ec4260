import type { Answer, Question } from './answer.ts';
import type { OpenedContent } from './content/open.ts';
import type { Deadline } from './deadline.ts';
import type { Clock } from './domain/clock.ts';
import type { Gauges } from './metrics.ts';
import type { RenderPage } from './render/page.ts';
import type { Settings } from './settings.ts';
import { describeSampleAnswers, type SampleAnswer } from './setup/sample-answers.ts';
import type { BenchCall, BenchMessage, BenchReply, BenchResult } from './studio/bench/message.ts';
import { createPreview, createRealLookUp } from './studio/preview.ts';
import type { ServiceStatus, SourceState } from './studio/status.ts';
import type { StudioParts } from './studio/studio.ts';
import type { Templates } from './templates.ts';
import type { SharedTraffic } from './traffic/shared-traffic.ts';

/** What Studio shows, as the service has it. */
export type StudioSources = {
  readonly settings: Settings;
  readonly templates: Pick<Templates, 'current' | 'faults'>;
  readonly answer: (question: Question, deadline: Deadline) => Promise<Answer>;
  readonly renderPage: RenderPage;
  readonly gauges: Gauges;
  readonly store: { readonly kind: string; readonly isHealthy: () => boolean };
  readonly traffic: Pick<SharedTraffic, 'ofAll' | 'ofThis'>;
  /** The key of a placement's positional links. */
  readonly keyOf: (placement: string) => string;
  /** Answers what would be a call, and looks nobody up; null for other paths. */
  readonly simulateCall: SimulateCall;
  readonly runBench: (message: BenchMessage) => Promise<BenchResult>;
  readonly prefetches: StudioParts['prefetches'];
  readonly results: StudioParts['results'];
  readonly clicks: StudioParts['clicks'];
  readonly clock: Clock;
};

type SimulateCall = (
  target: string,
  form?: string | null,
) => Promise<(SampleAnswer & { readonly isRealPerson: boolean }) | null>;

/** Joins what the service has to what Studio's pages need. */
export function createStudioParts(sources: StudioSources): StudioParts {
  const { settings, templates, answer, renderPage, keyOf, runBench, clock } = sources;
  const { publicUrl } = settings;
  const previewing = { answer, now: clock.monotonic };
  const trafficOf = async (isThisReplica: boolean) => ({
    ...(isThisReplica ? sources.traffic.ofThis() : await sources.traffic.ofAll()),
    nowMs: clock.wall(),
  });
  return {
    ...{ publicUrl, keyOf, runBench, results: sources.results, clicks: sources.clicks },
    prefetches: sources.prefetches,
    budgetPerMinute: settings.budgetPerMinute,
    wallNow: clock.wall,
    placements: () => templates.current().all,
    findPlacement: (name) => templates.current().placements.get(name) ?? null,
    faults: templates.faults,
    texts: () => templates.current().texts,
    isSandbox: settings.mode === 'sandbox',
    preview: createPreview(previewing),
    lookUp: createRealLookUp(previewing),
    asPage: (fragment, { placement, items }, { width, locale }) =>
      renderPage(fragment, {
        ...{ title: placement.title, locale: locale ?? placement.locale, width, height: null },
        link: items.length === 1 ? (items[0]?.clickUrl ?? null) : null,
      }),
    calls: trafficOf,
    sampleAnswers: (placement) =>
      describeSampleAnswers({
        call: (target) => callSample(target, sources.simulateCall),
        publicUrl: publicUrl.href.replace(/\/$/, ''),
        placement,
        query: 'campaign=example&item_index=1',
      }),
    status: async (isThisReplica) => readStatus(sources, await trafficOf(isThisReplica)),
  };
}

async function callSample(target: string, simulateCall: SimulateCall): Promise<SampleAnswer> {
  const reply = await simulateCall(target);
  if (!reply) throw new Error('This is no call of a placement.');
  return reply;
}

/** Answers Connected Content calls of a message that is tried: those to this service, and no other. */
export function createBenchCall(publicUrl: URL, simulateCall: SimulateCall, now: () => number) {
  return async ({ url, method, body, credentials }: BenchCall): Promise<BenchReply | null> => {
    const base = publicUrl.href.replace(/\/$/, '');
    if (url !== base && !url.startsWith(`${base}/`)) return null;
    const startedAt = now();
    const target = url.slice(base.length) || '/';
    const reply =
      credentials === null ? UNAUTHORIZED : await simulateCall(target, method === 'POST' ? body : null);
    const ms = now() - startedAt;
    if (!reply) return { status: 404, contentType: 'application/problem+json', body: '', ms, note: null };
    const { status, contentType } = reply;
    return { status, contentType, body: reply.body, ms, note: reply.isRealPerson ? REAL_PERSON : null };
  };
}

const UNAUTHORIZED = {
  status: 401,
  contentType: 'application/problem+json',
  body: '{}',
  isRealPerson: false,
};

const REAL_PERSON =
  'It names a real person. Nobody is looked up here, so it shows what is stored of them, or the default.';

async function readStatus(
  { settings, templates, gauges, store, clock }: StudioSources,
  traffic: ReturnType<SharedTraffic['ofThis']>,
): Promise<ServiceStatus> {
  const { own, share, isShared, told } = gauges.budget();
  return {
    nowMs: clock.wall(),
    minutes: traffic.minutes,
    budget: {
      ...{ perMinute: gauges.budgetPerMinute, share, isShared, told },
      calls: await gauges.inUse().catch(() => own),
    },
    breaker: gauges.breaker(),
    known: gauges.known(),
    store: { kind: store.kind, isHealthy: store.isHealthy() },
    waiting: await gauges.waiting().catch(() => null),
    sources: templates.current().sources.map(stateOf),
    credentials: listCredentials(settings, traffic.credentials),
  };
}

const NO_FAULTS: SourceState['faults'] = { count: 0, first: [] };

function stateOf(source: OpenedContent): SourceState {
  const { name, origin } = source;
  if ('path' in source) {
    const { items, faults } = source;
    return { name, type: origin.type, items, faults, trouble: null, lastGoodAtMs: null };
  }
  return { name, type: origin.type, faults: NO_FAULTS, ...source.status() };
}

/** Each password of each name, and when it was used last. */
function listCredentials(
  { credentials }: Settings,
  used: Readonly<Record<string, number>>,
): ServiceStatus['credentials'] {
  return credentials.map(({ name, role }, index) => {
    const before = credentials.slice(0, index).filter((one) => one.name === name && one.role === role);
    const slot = before.length + 1;
    return { name, role, slot, lastUsedAtMs: used[`${role}\n${name}\n${slot}`] ?? null };
  });
}
