import type { Windows } from './freshness.ts';
import type { Placement } from './placement.ts';
import type { TraitRequest } from './profile.ts';

/** How people are looked up for one placement. */
export type LookupPlan = {
  readonly project: string | null;
  readonly recommendation: string;
  /** Recommendations asked for in the same call: its own, and those of its look-up group. */
  readonly together: readonly string[];
  /** All that any placement asks along with these, so that one call serves them all. */
  readonly traits: TraitRequest;
  readonly windows: Windows;
};

/** Works out, once, how each placement's people are looked up. */
export function planLookups(
  placements: readonly Placement[],
  defaults: Windows,
): ReadonlyMap<Placement, LookupPlan> {
  return new Map(
    placements.map((placement) => {
      const together = unique(groupOf(placement, placements).map(({ recommendation }) => recommendation));
      const asking = placements.filter(
        (other) =>
          other.project === placement.project &&
          together.includes(other.recommendation) &&
          (other.enabled || other === placement),
      );
      const { project, recommendation } = placement;
      const plan = {
        project,
        recommendation,
        together,
        traits: joinTraits(asking),
        windows: windowsOf(placement, defaults),
      };
      return [placement, plan];
    }),
  );
}

/** One of each that costs a call of its own: placements of one look-up group, or of one recommendation, share theirs. */
export function distinctCalls(plans: readonly LookupPlan[]): LookupPlan[] {
  const byCall = new Map(plans.map((plan) => [`${plan.project ?? ''}\n${plan.together.join()}`, plan]));
  return [...byCall.values()];
}

/** A disabled placement stays out: nobody is to be exposed to it. */
function groupOf(placement: Placement, placements: readonly Placement[]): Placement[] {
  const { lookupGroup, project } = placement;
  if (lookupGroup === null) return [placement];
  return placements.filter(
    (other) =>
      other === placement ||
      (other.lookupGroup === lookupGroup && other.project === project && other.enabled),
  );
}

function joinTraits(placements: readonly Placement[]): TraitRequest {
  const all = placements.map(({ profile }) => profile);
  return {
    properties: unique(all.flatMap(({ properties }) => properties)),
    cohorts: unique(all.flatMap(({ cohorts }) => cohorts)),
    predictions: unique(all.flatMap(({ predictions }) => predictions)),
  };
}

/** A window that was made longer takes the ones behind it along. */
function windowsOf({ freshMs, staleMs, staleIfErrorMs }: Placement, defaults: Windows): Windows {
  const fresh = freshMs ?? defaults.freshMs;
  const stale = Math.max(fresh, staleMs ?? defaults.staleMs);
  return {
    freshMs: fresh,
    staleMs: stale,
    staleIfErrorMs: Math.max(stale, staleIfErrorMs ?? defaults.staleIfErrorMs),
  };
}

/** Sorted, so that the same questions are the same whoever asks. */
function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
