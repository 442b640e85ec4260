import type { Arm, ArmCounts, ByArm, Missing, Results } from '../domain/results.ts';

/** Results as they are answered. */
export function resultsToJson(results: Results): object {
  const { comparison, sampleRatio, dilution, asked } = results;
  const { lift, liftLow, liftHigh, pValue, significance, isEnough, missing } = comparison;
  return {
    placement: results.placement,
    campaign: results.campaign,
    channel: results.channel,
    verdict: results.verdict,
    control: formatArm(results, 'control'),
    treatment: formatArm(results, 'treatment'),
    lift,
    lift_low: liftLow,
    lift_high: liftHigh,
    p_value: pValue,
    significance,
    enough_data: isEnough,
    missing: byArm(missing, ({ users, conversions, nonConversions }: Missing) => ({
      users,
      conversions,
      non_conversions: nonConversions,
    })),
    sample_ratio: {
      expected: sampleRatio.expectedShare,
      observed: sampleRatio.observedShare,
      chi_square: sampleRatio.chiSquare,
      p_value: sampleRatio.pValue,
      mismatch: sampleRatio.isMismatch,
    },
    fallbacks: results.fallbacks,
    dilution: dilution && { share: dilution.share, undiluted_lift: dilution.undilutedLift },
    days: results.days.map(({ date, control, treatment }) => ({ date, control, treatment })),
    days_add_up: false,
    asked: {
      start: asked.range.start,
      end: asked.range.end,
      days: asked.days,
      time_zone: TIME_ZONE,
      exposure_event: asked.exposureEvent,
      outcome: asked.outcome,
      conversion_window_seconds: asked.windowSeconds,
      events: asked.events,
      cost: asked.cost,
      answered_at: new Date(asked.saidAtMs).toISOString(),
      final_from: asked.finalFrom,
    },
    warnings: results.warnings,
  };
}

const TIME_ZONE = 'the one of the Amplitude project';

function formatArm({ arms, comparison }: Results, arm: Arm): ArmCounts & { rate: number | null } {
  return { ...arms[arm], rate: comparison.rates[arm] };
}

function byArm<T, U>({ control, treatment }: ByArm<T>, format: (value: T) => U): ByArm<U> {
  return { control: format(control), treatment: format(treatment) };
}
