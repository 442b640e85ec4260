import type { EvaluationContext } from '@openfeature/server-sdk';
import type { GateRule } from '../domain/placement.ts';

/** Whom, and where, flags are evaluated for. */
export type GateSubject = {
  /** The person's id, or null if there is none: then flags that split people give their default variant. */
  readonly targetingKey: string | null;
  /** What targeting rules can ask besides `item_id`; null is not told. `placement` also stands for `{placement}`. */
  readonly attributes: Readonly<Record<string, string | number | boolean | null>>;
};

/** Flat, since not every provider takes attributes within attributes. */
export function contextOf({ targetingKey, attributes }: GateSubject): EvaluationContext {
  const told = Object.entries(attributes).filter(([, value]) => value !== null);
  const context: EvaluationContext = Object.fromEntries(told);
  if (targetingKey === null) delete context.targetingKey;
  else context.targetingKey = targetingKey;
  return context;
}

/** In one pass, and with a function: an id may itself hold `{placement}` or `$&`. */
export function flagKey({ flag }: GateRule, id: string, { attributes }: GateSubject): string {
  return flag.replace(/\{(id|placement)\}/g, (_match, name) =>
    name === 'id' ? id : String(attributes.placement ?? ''),
  );
}
