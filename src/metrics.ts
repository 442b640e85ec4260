import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client';
import { addGauge, createQuickCount } from './instruments.ts';

/** What is asked for when metrics are scraped. */
export type Gauges = {
  readonly budget: () => {
    readonly own: number;
    readonly share: number;
    readonly isShared: boolean;
    readonly told: { readonly calls: number; readonly atMs: number } | null;
  };
  readonly budgetPerMinute: number;
  readonly breaker: () => 'closed' | 'open' | 'half_open';
  readonly known: () => { readonly entries: number; readonly bytes: number };
  readonly isStoreHealthy: () => boolean;
  readonly waiting: () => Promise<number>;
  /** Calls that the budget has counted in the last minute, of all replicas where they share a store. */
  readonly inUse: () => Promise<number>;
};

/** What is counted as it happens. Labels name placements, reasons and credentials, never a person. */
export type Metrics = {
  readonly registry: Registry;
  readonly countAnswer: (answer: AnswerLabels, seconds: number) => void;
  readonly countProblem: (code: string) => void;
  readonly countProfileCall: (result: string, seconds: number) => void;
  readonly countArmFlip: () => void;
  readonly countStoreFailure: (operation: string) => void;
  readonly countQueued: () => void;
  readonly countLeftOut: (label: { readonly placement: string; readonly reason: string }) => void;
  readonly countContentRequest: (
    request: { readonly source: string; readonly result: string },
    seconds: number,
  ) => void;
  /** A row that a source answered and that is of no use. */
  readonly countOddRow: (label: { readonly source: string; readonly reason: string }) => void;
  /** A catalogue in a file as it was read: complete items, and rows with faults. */
  readonly setCatalogue: (
    source: string,
    counts: { readonly items: number; readonly faults: number },
  ) => void;
  readonly countFlag: (label: { readonly outcome: string; readonly reason: string }) => void;
  readonly countLink: (labels: {
    readonly link: string;
    readonly placement: string;
    readonly outcome: string;
    readonly by: string;
  }) => void;
  /** A question of results that was put to Amplitude. */
  readonly countDashboardCall: (result: string) => void;
  readonly countReload: (result: 'applied' | 'refused') => void;
  readonly setFolderFaults: (faults: number) => void;
  readonly markCredentialUse: (slot: CredentialSlot) => void;
  /** Somebody looked up ahead of a send, for one placement. */
  readonly countPrefetched: (result: string) => void;
  readonly addGauges: (gauges: Gauges) => void;
  readonly addPrefetchGauge: (isRunning: () => boolean) => void;
};

export type AnswerLabels = {
  readonly placement: string;
  readonly variant: string;
  readonly reason: string;
  readonly cache: string;
};

/** One password of one name: the second of two is the one that a rotation brings or takes away. */
export type CredentialSlot = { readonly role: string; readonly name: string; readonly slot: string };

/** Answers come in a millisecond or in hundreds. */
const ANSWER_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6];
const CALL_SECONDS = [0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.5];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  // Includes the delay of the event loop.
  collectDefaultMetrics({ register: registry });

  const answers = new Counter({
    name: 'inlay_answers_total',
    help: 'Answers, by placement, variant, reason and where the decision came from.',
    labelNames: ['placement', 'variant', 'reason', 'cache'],
    registers,
  });
  // A reason tells the variant.
  const countAnswer = createQuickCount(
    (labels: AnswerLabels) => answers.labels({ ...labels }),
    ({ placement, reason, cache }) => `${placement} ${reason} ${cache}`,
  );
  const answerSeconds = new Histogram({
    name: 'inlay_answer_duration_seconds',
    help: 'Time from the parsed request to the rendered answer.',
    buckets: ANSWER_SECONDS,
    registers,
  });
  const problems = new Counter({
    name: 'inlay_problems_total',
    help: 'Requests that were answered with an error, by its code.',
    labelNames: ['code'],
    registers,
  });
  const calls = new Counter({
    name: 'inlay_profile_calls_total',
    help: 'Profile API calls that were made, by how they ended. Each logs an exposure.',
    labelNames: ['result'],
    registers,
  });
  const callSeconds = new Histogram({
    name: 'inlay_profile_call_duration_seconds',
    help: 'Time that Profile API calls took.',
    buckets: CALL_SECONDS,
    registers,
  });
  const flips = new Counter({
    name: 'inlay_arm_flips_total',
    help: 'People whom Amplitude moved between treatment and control.',
    registers,
  });
  const storeFailures = new Counter({
    name: 'inlay_store_failures_total',
    help: 'Operations of the store that failed or took too long.',
    labelNames: ['operation'],
    registers,
  });
  const queued = new Counter({
    name: 'inlay_waiting_people_total',
    help: 'People who were put on the waiting list for a look-up.',
    registers,
  });
  const leftOut = new Counter({
    name: 'inlay_items_left_out_total',
    help: 'Items that a decision named and an answer did not show, by the reason.',
    labelNames: ['placement', 'reason'],
    registers,
  });
  const contentRequests = new Counter({
    name: 'inlay_content_requests_total',
    help: 'Requests to content sources, by how they ended.',
    labelNames: ['source', 'result'],
    registers,
  });
  const contentSeconds = new Histogram({
    name: 'inlay_content_request_duration_seconds',
    help: 'Time that requests to content sources took.',
    buckets: CALL_SECONDS,
    registers,
  });
  const oddRows = new Counter({
    name: 'inlay_content_odd_rows_total',
    help: 'Rows of content sources that were not asked for, or have no id.',
    labelNames: ['source', 'reason'],
    registers,
  });
  const catalogueItems = new Gauge({
    name: 'inlay_content_items',
    help: 'Complete items in catalogues that are files.',
    labelNames: ['source'],
    registers,
  });
  const catalogueFaults = new Gauge({
    name: 'inlay_content_faulty_rows',
    help: 'Rows of those catalogues that are not shown, or not as they are.',
    labelNames: ['source'],
    registers,
  });
  const flags = new Counter({
    name: 'inlay_flag_evaluations_total',
    help: 'Feature flags that items had to pass, by outcome and why.',
    labelNames: ['outcome', 'reason'],
    registers,
  });
  const links = new Counter({
    name: 'inlay_links_total',
    help: 'Public links that were followed, by kind (c and go are clicks), where they led, and by whom.',
    labelNames: ['link', 'placement', 'outcome', 'by'],
    registers,
  });
  const dashboardCalls = new Counter({
    name: 'inlay_dashboard_calls_total',
    help: 'Funnels that Amplitude was asked for, by how that ended.',
    labelNames: ['result'],
    registers,
  });
  const reloads = new Counter({
    name: 'inlay_templates_reloads_total',
    help: 'Times that the templates folder was read again, and applied or refused.',
    labelNames: ['result'],
    registers,
  });
  const folderFaults = new Gauge({
    name: 'inlay_templates_faults',
    help: 'Faults that keep the templates folder as it is now from being used.',
    registers,
  });
  const credentialUse = new Gauge({
    name: 'inlay_credential_last_used_timestamp_seconds',
    help: 'When a password was last used, by role, name and its place among the passwords of that name.',
    labelNames: ['role', 'name', 'slot'],
    registers,
  });

  const prefetched = new Counter({
    name: 'inlay_prefetch_people_total',
    help: 'People looked up ahead of a send, once for each placement, by what was found.',
    labelNames: ['result'],
    registers,
  });

  return {
    registry,
    countAnswer: (labels, seconds) => {
      countAnswer(labels);
      answerSeconds.observe(seconds);
    },
    countProblem: (code) => problems.inc({ code }),
    countProfileCall: (result, seconds) => {
      calls.inc({ result });
      callSeconds.observe(seconds);
    },
    countArmFlip: () => flips.inc(),
    countStoreFailure: (operation) => storeFailures.inc({ operation }),
    countQueued: () => queued.inc(),
    countLeftOut: (label) => leftOut.inc(label),
    countContentRequest: (request, seconds) => {
      contentRequests.inc(request);
      if (seconds > 0) contentSeconds.observe(seconds);
    },
    countOddRow: (label) => oddRows.inc(label),
    setCatalogue: (source, { items, faults }) => {
      catalogueItems.set({ source }, items);
      catalogueFaults.set({ source }, faults);
    },
    countFlag: (label) => flags.inc(label),
    countLink: (labels) => links.inc(labels),
    countDashboardCall: (result) => dashboardCalls.inc({ result }),
    countReload: (result) => reloads.inc({ result }),
    setFolderFaults: (faults) => folderFaults.set(faults),
    markCredentialUse: (slot) => credentialUse.set(slot, Math.floor(Date.now() / 1_000)),
    countPrefetched: (result) => prefetched.inc({ result }),
    addGauges: (gauges) => addGauges(registers, gauges),
    addPrefetchGauge: (isRunning) =>
      addGauge(registers, 'inlay_prefetch_jobs_running', 'Prefetches that are run here now.', () =>
        Number(isRunning()),
      ),
  };
}

function addGauges(registers: Registry[], gauges: Gauges): void {
  const gauge = addGauge.bind(null, registers);
  const inUse = (): Promise<number> => gauges.inUse().catch(() => gauges.budget().own);
  gauge('inlay_budget_calls', 'Profile API calls that count against the budget now.', inUse);
  gauge('inlay_budget_limit_calls', 'Profile API calls that may be made in a minute now.', () =>
    Math.floor(gauges.budgetPerMinute * gauges.budget().share),
  );
  gauge('inlay_budget_remaining_calls', 'What is left of the budget now.', async () =>
    Math.max(0, Math.floor(gauges.budgetPerMinute * gauges.budget().share) - (await inUse())),
  );
  gauge(
    'inlay_budget_shared',
    '1 while the budget is kept in the store, 0 while each replica spends its part.',
    () => Number(gauges.budget().isShared),
  );
  gauge('inlay_waiting_people', 'People on the waiting list for a look-up.', gauges.waiting);
  gauge('inlay_known_profiles', 'Look-ups in memory.', () => gauges.known().entries);
  gauge('inlay_known_profiles_bytes', 'Memory that they take, estimated.', () => gauges.known().bytes);
  gauge('inlay_store_healthy', '1 while the store answers.', () => Number(gauges.isStoreHealthy()));
  for (const state of ['closed', 'open', 'half_open'] as const) {
    gauge(
      `inlay_breaker_${state}`,
      `1 while the breaker before Amplitude is ${state.replace('_', ' ')}.`,
      () => Number(gauges.breaker() === state),
    );
  }
}
