import { countDays, DAY_MS, dayAt } from '../domain/day.ts';
import { SERVED } from '../domain/event-types.ts';
import type { Placement } from '../domain/placement.ts';
import type { Asked, ByArm, DayResult, Results, ResultsFault, ResultsQuestion } from '../domain/results.ts';
import { type ArmSteps, type Spelling, stepsByExposure, stepsByServed } from './arms.ts';
import { compareArms } from './compare.ts';
import { estimateDilution } from './dilution.ts';
import { sharesOfFallbacks } from './fallback-shares.ts';
import { describeFault } from './fault-text.ts';
import type { FunnelQuery } from './funnel.ts';
import { finalAt, type KnownFunnel } from './funnel-entry.ts';
import { costOf, formatStep } from './funnel-wire.ts';
import { type AskedFunnels, createFunnels, type FunnelsParts } from './funnels.ts';
import { checkSampleRatio } from './sample-ratio.ts';
import { createSpellings } from './spellings.ts';
import { describeVerdict } from './verdict.ts';
import { findWarnings } from './warnings.ts';

export type ResultsParts = FunnelsParts & {
  /** How often a placement was answered for each reason lately. */
  readonly reasonCounts: (placement: string) => Promise<Readonly<Record<string, number>>>;
  /** People whom Amplitude moved between the arms of a recommendation. */
  readonly armFlips: (recommendation: string) => number;
  readonly placements: () => readonly Placement[];
};

export type FetchResults = {
  /** Whether a placement's recommendation did better than its baseline. Never rejects for what Amplitude does. */
  readonly fetch: (question: ResultsQuestion) => Promise<Results | ResultsFault>;
};

type Arms = AskedFunnels<'control' | 'treatment'> & { readonly queries: ByArm<FunnelQuery> };

export function createResults(parts: ResultsParts): FetchResults {
  const { dashboard, store, clock } = parts;
  const funnels = createFunnels(parts);
  const spellings = createSpellings(store, dashboard);

  const askFor = async (question: ResultsQuestion, steps: ArmSteps): Promise<Arms | ResultsFault> => {
    const queries = {
      control: queryOf(question, steps.control),
      treatment: queryOf(question, steps.treatment),
    };
    const asked = await funnels.fetch(queries);
    return 'funnels' in asked ? { ...asked, queries } : describeFault(asked, queries.control);
  };

  /** By what Amplitude logs, in the spelling that finds somebody. */
  const askByExposure = async (question: ResultsQuestion, outcome: string): Promise<Arms | ResultsFault> => {
    const { placement } = question;
    const known = await spellings.recall(placement);
    const ask = (spelling: Spelling) => askFor(question, stepsByExposure(placement, outcome, spelling));
    const first = await ask(known ?? 'lower');
    if (known || !('funnels' in first)) return first;
    if (isAnybody(first)) {
      await spellings.remember(placement, 'lower');
      return first;
    }
    const second = await ask('capital');
    if (!('funnels' in second)) return second;
    if (!isAnybody(second)) return first;
    await spellings.remember(placement, 'capital');
    return second;
  };

  return {
    fetch: async (question) => {
      const { placement, campaign, channel } = question;
      const outcome = question.outcome ?? placement.results.outcome;
      if (outcome === null) return NO_OUTCOME;
      const isByServed = campaign !== null || channel !== null;
      const arms = isByServed
        ? await askFor(question, stepsByServed(placement, outcome, { campaign, channel }))
        : await askByExposure(question, outcome);
      if (!('funnels' in arms)) return arms;
      const fallbacks = sharesOfFallbacks(await parts.reasonCounts(placement.name));
      return judge(question, outcome, isByServed, arms, fallbacks);
    },
  };

  function judge(
    question: ResultsQuestion,
    outcome: string,
    isByServed: boolean,
    arms: Arms,
    fallbacks: Results['fallbacks'],
  ): Results {
    const { placement, campaign, channel } = question;
    const counts = { control: arms.funnels.control.counts, treatment: arms.funnels.treatment.counts };
    const comparison = compareArms(counts);
    const sampleRatio = checkSampleRatio(counts, placement.results.controlShare);
    const dilution =
      fallbacks === null || isByServed
        ? null
        : estimateDilution(fallbacks, sampleRatio.observedShare ?? 0, comparison.lift);
    const warnings = findWarnings({
      question,
      outcome,
      isByServed,
      funnels: arms.funnels,
      fault: arms.fault,
      comparison,
      sampleRatio,
      fallbacks,
      dilution,
      armFlips: parts.armFlips(placement.recommendation),
      others: parts
        .placements()
        .filter((other) => other.name !== placement.name && other.project === placement.project),
      nowMs: clock.wall(),
    });
    return {
      placement: placement.name,
      campaign,
      channel,
      arms: counts,
      comparison,
      sampleRatio,
      fallbacks,
      dilution,
      days: joinDays(arms.funnels),
      asked: describeAsked(arms, isByServed ? SERVED : placement.results.exposureEvent, outcome),
      warnings,
      verdict: describeVerdict({ outcome, comparison, sampleRatio }),
    };
  }
}

const NO_OUTCOME: ResultsFault = {
  fault: 'invalid_parameters',
  detail:
    'Say which event counts as success: outcome=… in the URL, or outcome under results: in placement.yaml.',
  retryAfterSeconds: null,
};

function queryOf({ placement, range }: ResultsQuestion, steps: ArmSteps['control']): FunnelQuery {
  const windowSeconds = Math.round(placement.results.conversionWindowMs / 1_000);
  return { project: placement.project, steps, range, windowSeconds };
}

function isAnybody({ funnels }: Arms): boolean {
  return funnels.control.counts.users + funnels.treatment.counts.users > 0;
}

/** Every day that Amplitude told of for either arm. */
function joinDays({ control, treatment }: ByArm<KnownFunnel>): DayResult[] {
  const nobody = { users: 0, conversions: 0 };
  const countsOf = ({ days }: KnownFunnel) =>
    new Map(days.map(({ date, users, conversions }) => [date, { users, conversions }]));
  const [before, after] = [countsOf(control), countsOf(treatment)];
  const dates = [...new Set([...before.keys(), ...after.keys()])].sort();
  return dates.map((date) => ({
    date,
    control: before.get(date) ?? nobody,
    treatment: after.get(date) ?? nobody,
  }));
}

function describeAsked({ queries, funnels }: Arms, exposureEvent: string, outcome: string): Asked {
  const { range, windowSeconds } = queries.control;
  return {
    range,
    days: countDays(range),
    exposureEvent,
    outcome,
    windowSeconds,
    events: {
      control: queries.control.steps.map(formatStep),
      treatment: queries.treatment.steps.map(formatStep),
    },
    cost: costOf(queries.control) + costOf(queries.treatment),
    saidAtMs: Math.min(funnels.control.saidAtMs, funnels.treatment.saidAtMs),
    finalFrom: dayAt(finalAt(range, windowSeconds) + DAY_MS - 1),
  };
}
