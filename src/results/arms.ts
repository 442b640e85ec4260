import { SERVED } from '../domain/event-types.ts';
import type { Placement } from '../domain/placement.ts';
import type { ByArm } from '../domain/results.ts';
import type { Step } from './funnel.ts';

// What makes somebody a person of control, or of the treatment.

/** How Amplitude writes true and false: no page says which, and both are seen. */
export type Spelling = 'lower' | 'capital';

const SPELLINGS: Readonly<Record<Spelling, ByArm<string>>> = {
  lower: { control: 'true', treatment: 'false' },
  capital: { control: 'True', treatment: 'False' },
};

/** Both steps of each arm's funnel. */
export type ArmSteps = ByArm<readonly [Step, Step]>;

/** By what Amplitude logs at each look-up: whoever was assigned, whatever they were shown. */
export function stepsByExposure(placement: Placement, outcome: string, spelling: Spelling): ArmSteps {
  const { exposureEvent, controlProperty, recommendationProperty } = placement.results;
  const recommendation =
    recommendationProperty === null
      ? []
      : [{ property: recommendationProperty, values: [placement.recommendation] }];
  const stepsOf = (isControl: string): readonly [Step, Step] => [
    {
      eventType: exposureEvent,
      filters: [{ property: controlProperty, values: [isControl] }, ...recommendation],
    },
    { eventType: outcome, filters: [] },
  ];
  const { control, treatment } = SPELLINGS[spelling];
  return { control: stepsOf(control), treatment: stepsOf(treatment) };
}

/** A send, or a way of sending. */
export type Sent = { readonly campaign: string | null; readonly channel: string | null };

/** By what Inlay tells of its answers: whoever was shown it. A fallback is in neither arm. */
export function stepsByServed(placement: Placement, outcome: string, sent: Sent): ArmSteps {
  const common = [
    // Where the placement had another name before, that is an alias now.
    { property: 'placement', values: [placement.name, ...placement.aliases] },
    ...(['campaign', 'channel'] as const).flatMap((name) => {
      const value = sent[name];
      return value === null ? [] : [{ property: name, values: [value] }];
    }),
  ];
  const stepsOf = (property: string, value: string): readonly [Step, Step] => [
    { eventType: SERVED, filters: [{ property, values: [value] }, ...common] },
    { eventType: outcome, filters: [] },
  ];
  return {
    control: stepsOf('reason', 'control'),
    treatment: stepsOf('variant', 'treatment'),
  };
}
