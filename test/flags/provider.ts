import type { EvaluationContext, Provider, ResolutionDetails } from '@openfeature/server-sdk';
import { Deadline } from '../../src/deadline.ts';
import type { GateSubject } from '../../src/flags/context.ts';

type Resolve = (
  key: string,
  fallback: boolean,
  context: EvaluationContext,
) => Promise<ResolutionDetails<boolean>>;

/** A provider of boolean flags, as a vendor could write it. */
export function providerOf(resolve: Resolve, more: Partial<Provider> = {}): Provider {
  const noOther = async (): Promise<never> => {
    throw new Error('only boolean flags');
  };
  return {
    metadata: { name: 'test' },
    runsOn: 'server',
    resolveBooleanEvaluation: resolve,
    resolveStringEvaluation: noOther,
    resolveNumberEvaluation: noOther,
    resolveObjectEvaluation: noOther,
    ...more,
  };
}

export const on = (): Promise<ResolutionDetails<boolean>> =>
  Promise.resolve({ value: true, variant: 'on', reason: 'TARGETING_MATCH' });
export const off = (): Promise<ResolutionDetails<boolean>> =>
  Promise.resolve({ value: false, variant: 'off', reason: 'STATIC' });
export const hang = (): Promise<never> => new Promise(() => {});

export const ANNA: GateSubject = {
  targetingKey: 'anna',
  attributes: { placement: 'home-hero', locale: 'de', channel: 'email', campaign: null, id_kind: 'user_id' },
};

export function inTime(ms = 800): Deadline {
  return new Deadline(ms);
}
