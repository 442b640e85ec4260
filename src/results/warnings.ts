import { addDays, DAY_MS, type DayRange, dayAt, startOfDay } from '../domain/day.ts';
import type { Placement } from '../domain/placement.ts';
import type {
  Arm,
  ByArm,
  Comparison,
  Dilution,
  ResultsQuestion,
  SampleRatio,
  Warning,
} from '../domain/results.ts';
import type { FunnelFault } from './funnel.ts';
import type { KnownFunnel } from './funnel-entry.ts';
import { list, percent, time, whole } from './wording.ts';

/** All that there is to warn of. */
export type Circumstances = {
  readonly question: ResultsQuestion;
  readonly outcome: string;
  readonly isByServed: boolean;
  readonly funnels: ByArm<KnownFunnel>;
  /** Why old figures had to do. */
  readonly fault: FunnelFault | null;
  readonly comparison: Comparison;
  readonly sampleRatio: SampleRatio;
  readonly fallbacks: Readonly<Record<string, number>> | null;
  readonly dilution: Dilution | null;
  readonly armFlips: number;
  /** The others of the same project. */
  readonly others: readonly Placement[];
  /** Wall clock, milliseconds. */
  readonly nowMs: number;
};

/** What to know before believing the figures; what spoils them comes first. */
export function findWarnings(circumstances: Circumstances): Warning[] {
  const { question, nowMs } = circumstances;
  return [
    warnOfEmptyArms(circumstances),
    warnOfUndefined(circumstances),
    warnOfSizes(circumstances.sampleRatio),
    circumstances.isByServed ? warnOfServed() : warnOfExposures(circumstances),
    warnOfUnknown(circumstances),
    warnOfUnfinishedDays(question.range, nowMs),
    warnOfAge(circumstances),
  ].flat();
}

function warnOfEmptyArms({ question, isByServed, funnels }: Circumstances): Warning[] {
  const arms = (['control', 'treatment'] as const).filter((arm) => funnels[arm].counts.users === 0);
  if (arms.length === 0) return [];
  const names = list(arms.map((arm) => NAMES[arm]));
  const { exposureEvent, controlProperty } = question.placement.results;
  const look = isByServed
    ? 'Look whether the campaign and the channel are written as in the calls, and whether events are sent to Amplitude.'
    : arms.length === 2
      ? `Look in Amplitude whether there are ${exposureEvent} events with ${controlProperty} on these days, and whether placement.yaml names them exactly so under results:.`
      : 'Look in Amplitude whether the recommendation has a control group, and for how long.';
  return [{ code: 'empty_arm', text: `Amplitude knows nobody in ${names} on these days. ${look}` }];
}

const NAMES: Readonly<Record<Arm, string>> = { control: 'control', treatment: 'the recommended group' };

function warnOfUndefined({ outcome, funnels, comparison }: Circumstances): Warning[] {
  const { control, treatment } = funnels;
  const warnings: Warning[] = [];
  const warn = (code: Warning['code'], text: string): void => void warnings.push({ code, text });
  if (control.counts.users > 0 && treatment.counts.users > 0 && comparison.lift === null) {
    warn('no_lift', `Nobody in control did ${outcome}, so there is no rate that a lift could be of.`);
  }
  if (comparison.pValue === null) {
    warn('no_test', 'Nothing can be tested while a group has fewer than two people or nothing varies.');
  }
  if (comparison.lift !== null && comparison.pValue !== null && comparison.liftHigh === null) {
    warn(
      'unbounded_interval',
      'So few people in control converted that the lift could be of any size; wait for more.',
    );
  }
  return warnings;
}

function warnOfSizes({ expectedShare, observedShare, pValue, isMismatch }: SampleRatio): Warning[] {
  if (expectedShare === null) {
    const text =
      'Whether control has the size it should is not tested: set control_share under results: in placement.yaml.';
    return [{ code: 'sample_ratio_untested', text }];
  }
  if (observedShare === null || pValue === null) {
    const text = 'There are too few people to test whether control has the size it should.';
    return [{ code: 'sample_ratio_untested', text }];
  }
  if (!isMismatch) return [];
  const text = `Control is ${percent(observedShare)} of the people and should be ${percent(expectedShare)}, which is no accident. Something keeps people of one group from being counted, so the difference may come from that: a message that is not sent to control, a look-up that fails more often for one group, or a share that was changed in Amplitude.`;
  return [{ code: 'sample_ratio_mismatch', text }];
}

function warnOfServed(): Warning[] {
  const text =
    'Counted are people whom Inlay told Amplitude it had served. Whoever got the baseline because something failed is in neither group, which may make the groups less alike than those that Amplitude assigned.';
  return [{ code: 'served_only', text }];
}

function warnOfExposures(circumstances: Circumstances): Warning[] {
  return [
    warnOfCache(circumstances),
    warnOfFlips(circumstances),
    warnOfDilution(circumstances),
    warnOfSharing(circumstances),
  ].flat();
}

/** Whoever was looked up before the range, and served from memory in it, has no exposure there. */
function warnOfCache({ question: { range, windows }, nowMs }: Circumstances): Warning[] {
  const rangeMs = Math.min(nowMs, startOfDay(range.end) + DAY_MS) - startOfDay(range.start);
  if (rangeMs >= windows.staleIfErrorMs) return [];
  const ages = `for ${time(windows.freshMs)}, for ${time(windows.staleMs)} while it asks again, and for ${time(windows.staleIfErrorMs)} while Amplitude fails`;
  const text = `Inlay remembers what Amplitude said of people: ${ages}. Whoever was looked up before ${range.start} and served from memory since is not counted. Begin earlier, best before the send, so that the range is longer than that.`;
  return [{ code: 'cache_window', text }];
}

function warnOfFlips({ armFlips }: Circumstances): Warning[] {
  if (armFlips === 0) return [];
  const people = armFlips === 1 ? '1 person' : `${whole(armFlips)} people`;
  const text = `Amplitude moved ${people} from one group to the other since this process started. They count in both, which makes the difference smaller.`;
  return [{ code: 'arm_changes', text }];
}

function warnOfUnknown({ fallbacks }: Circumstances): Warning[] {
  if (fallbacks !== null) return [];
  const text = 'The placement was not called in the last day, so nobody can tell how many get a fallback.';
  return [{ code: 'fallbacks_unknown', text }];
}

function warnOfDilution({ dilution }: Circumstances): Warning[] {
  if (dilution === null) return [];
  const { share, undilutedLift } = dilution;
  const without =
    undilutedLift === null ? '' : ` Without them the lift would be up to ${percent(undilutedLift)}.`;
  const text = `Up to ${percent(share)} of those who were to see the recommendation got the baseline because something failed, by the answers of the last day. They count as treated, which makes the lift smaller.${without}`;
  return [{ code: 'diluted_lift', text }];
}

function warnOfSharing({ question: { placement }, others }: Circumstances): Warning[] {
  const { exposureEvent, recommendationProperty } = placement.results;
  const sharing = others.filter(({ results }) => results.exposureEvent === exposureEvent);
  const same = sharing.filter(({ recommendation }) => recommendation === placement.recommendation);
  const different = sharing.filter((other) => !same.includes(other));
  const namesOf = (placements: readonly Placement[]): string => list(placements.map(({ name }) => name));
  const warnings: Warning[] = [];
  if (different.length > 0 && recommendationProperty === null) {
    const text = `${exposureEvent} is logged for other recommendations too, at least those of ${namesOf(different)}, and all are counted here. If the event has a property that tells them apart, name it as recommendation_property under results: in placement.yaml.`;
    warnings.push({ code: 'shared_exposures', text });
  }
  if (same.length > 0) {
    const text = `${namesOf(same)} shows the same recommendation, and people who saw it there are counted here too.`;
    warnings.push({ code: 'shared_exposures', text });
  }
  return warnings;
}

function warnOfUnfinishedDays({ end }: DayRange, nowMs: number): Warning[] {
  if (end < dayAt(nowMs)) return [];
  const text = `${end} is not over, so its figures grow. Days end as in the time zone of the Amplitude project; end the range on ${addDays(dayAt(nowMs), -1)} for full ones.`;
  return [{ code: 'unfinished_days', text }];
}

function warnOfAge({ funnels, fault, nowMs }: Circumstances): Warning[] {
  const warnings: Warning[] = [];
  for (const arm of ['control', 'treatment'] as const) {
    const { counts, shrankFrom } = funnels[arm];
    if (shrankFrom === null) continue;
    const text = `Amplitude counts ${whole(counts.users)} people in ${NAMES[arm]} where it counted ${whole(shrankFrom)} before. People or events may have been deleted, or accounts merged; look at the same funnel in Amplitude.`;
    warnings.push({ code: 'shrunk_counts', text });
  }
  if (fault) {
    const saidAtMs = Math.min(funnels.control.saidAtMs, funnels.treatment.saidAtMs);
    const text = `Amplitude cannot be asked now (${REASONS[fault.fault] ?? fault.fault}), so these figures are ${time(nowMs - saidAtMs)} old.`;
    warnings.push({ code: 'old_figures', text });
  }
  return warnings;
}

const REASONS: Readonly<Partial<Record<FunnelFault['fault'], string>>> = {
  no_allowance: 'what it allows in five minutes is used up',
  throttled: 'it answers 429',
  failed: 'it fails or cannot be reached',
  timeout: 'it does not answer in time',
  odd_answer: 'what it answers is no funnel',
};
