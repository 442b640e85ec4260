import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Client, EvaluationContext } from '@openfeature/server-sdk';
import { Deadline } from '../deadline.ts';
import type { GateRule } from '../domain/placement.ts';
import { contextOf, flagKey, type GateSubject } from './context.ts';
import type { EmbeddedFlags } from './embedded.ts';
import type { Room } from './room.ts';
import { fallBack, type Verdict, verdictOf } from './verdict.ts';

/** What to do with an item. */
export type Judge = (id: string) => Verdict;

/** The SDK would take ten times as long as all of this, and there is nothing to wait for. */
export function judgeAtOnce(flags: EmbeddedFlags, rule: GateRule, subject: GateSubject): Judge {
  const context = contextOf(subject);
  return (id) => {
    try {
      const details = flags.evaluate(flagKey(rule, id, subject), rule.default, { ...context, item_id: id });
      return verdictOf(details, rule.default);
    } catch {
      return fallBack(rule.default, 'GENERAL');
    }
  };
}

/** A provider that may be slow, and how much of that is borne. */
export type BoundProvider = { readonly client: Client; readonly room: Room; readonly timeoutMs: number };

/** Asks about all items at the same time, and goes by what is known when the time is over. Never rejects. */
export async function judgeInTime(
  { client, room, timeoutMs }: BoundProvider,
  rule: GateRule,
  itemIds: readonly string[],
  subject: GateSubject,
  deadline: Deadline,
): Promise<Judge> {
  // Evaluations that need no I/O are over by then, however many answers came to this point at the same time.
  if (!room.hasRoomFor(itemIds.length)) await nextTurn();
  const verdicts = new Map<string, Verdict>();
  const context = contextOf(subject);
  const evaluations = itemIds.map(async (id) => {
    const ask = (): Promise<Verdict> =>
      evaluate(client, flagKey(rule, id, subject), rule.default, { ...context, item_id: id });
    verdicts.set(id, (await room.run(ask)) ?? fallBack(rule.default, 'OVERLOADED'));
  });
  const limit = new Deadline(Math.min(timeoutMs, deadline.remainingMs));
  await limit.wait(Promise.all(evaluations), []);
  return (id) => verdicts.get(id) ?? fallBack(rule.default, 'TIMEOUT');
}

/** Never rejects, not even where a provider's hooks are at fault, which the SDK lets through. */
async function evaluate(
  client: Client,
  key: string,
  fallback: boolean,
  context: EvaluationContext,
): Promise<Verdict> {
  try {
    return verdictOf(await client.getBooleanDetails(key, fallback, context), fallback);
  } catch {
    return fallBack(fallback, 'GENERAL');
  }
}
