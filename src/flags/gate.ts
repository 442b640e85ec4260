import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Client, Provider } from '@openfeature/server-sdk';
import { Deadline } from '../deadline.ts';
import type { GateRule } from '../domain/placement.ts';
import { bindProvider, type GateStatus } from './binding.ts';
import { contextOf, flagKey, type GateSubject } from './context.ts';
import { Room } from './room.ts';
import { fallBack, type GateOutcome, type GateReason, type Verdict, verdictOf } from './verdict.ts';

export type GateOptions = {
  /** Where flags come from: `EmbeddedFlags`, what `loadProvider` gave, or any other. The gate closes it. */
  readonly provider: Provider;
  /** How long one `filter` may wait for flags. Milliseconds, default 50. */
  readonly timeoutMs?: number;
  /** How long `openGate` waits for the provider; it may also be ready later. Milliseconds, default 2000. */
  readonly readyTimeoutMs?: number;
  /** How many evaluations may be under way at once, default 1000; what is beyond gets the rule's default at once. */
  readonly maxUnderWay?: number;
  /** Called once for each item. Nothing in it names a person. Must not throw. */
  readonly onEvaluation?: (outcome: GateOutcome, reason: GateReason) => void;
  /** Called whenever the status becomes another, with what is known of the cause. Must not throw. */
  readonly onStatus?: (status: GateStatus, cause: string | null) => void;
};

/** Tells which items a person may see. */
export type Gate = {
  /**
   * Those of the items whose flag is on for this person. Never rejects: a flag that is unknown, faulty, or not
   * evaluated in time counts as the rule's default says.
   */
  readonly filter: (
    rule: GateRule,
    itemIds: readonly string[],
    subject: GateSubject,
    deadline: Deadline,
  ) => Promise<ReadonlySet<string>>;
  readonly status: () => GateStatus;
  /** How many evaluations the provider still owes an answer. */
  readonly underWay: () => number;
  /** Closes the provider, within two seconds. From then on every flag is its default. Safe to call twice. */
  readonly close: () => Promise<void>;
};

const DEFAULT_TIMEOUT_MS = 50;
const DEFAULT_READY_TIMEOUT_MS = 2_000;
const DEFAULT_MAX_UNDER_WAY = 1_000;

/** Opens with the provider ready, or with defaults where it is not ready in time. Never rejects. */
export async function openGate({
  provider,
  timeoutMs = DEFAULT_TIMEOUT_MS,
  readyTimeoutMs = DEFAULT_READY_TIMEOUT_MS,
  maxUnderWay = DEFAULT_MAX_UNDER_WAY,
  onEvaluation = () => {},
  onStatus = () => {},
}: GateOptions): Promise<Gate> {
  const binding = await bindProvider(provider, readyTimeoutMs, onStatus);
  const room = new Room(maxUnderWay);

  const filter: Gate['filter'] = async (rule, itemIds, subject, deadline) => {
    // Evaluations that need no I/O are over by then, however many answers came to this point at the same time.
    if (!room.hasRoomFor(itemIds.length)) await nextTurn();
    const verdicts = new Map<string, Verdict>();
    const base = contextOf(subject);
    const evaluations = itemIds.map(async (id) => {
      const key = flagKey(rule, id, subject);
      const context = { ...base, item_id: id };
      const evaluation = room.run(() => evaluate(binding.client, key, rule.default, context));
      verdicts.set(id, evaluation ? await evaluation : fallBack(rule.default, 'OVERLOADED'));
    });
    const limit = new Deadline(Math.min(timeoutMs, deadline.remainingMs));
    await limit.wait(Promise.all(evaluations), []);
    return collect(itemIds, (id) => verdicts.get(id) ?? fallBack(rule.default, 'TIMEOUT'));
  };

  const collect = (itemIds: readonly string[], find: (id: string) => Verdict): ReadonlySet<string> => {
    const open = new Set<string>();
    for (const id of itemIds) {
      const { isOpen, outcome, reason } = find(id);
      onEvaluation(outcome, reason);
      if (isOpen) open.add(id);
    }
    return open;
  };

  return {
    filter: async (rule, itemIds, subject, deadline) =>
      binding.status() === 'closed'
        ? collect(itemIds, () => fallBack(rule.default, 'CLOSED'))
        : filter(rule, itemIds, subject, deadline),
    status: binding.status,
    underWay: () => room.taken,
    close: binding.close,
  };
}

/** Never rejects, not even where a provider's hooks are at fault, which the SDK lets through. */
async function evaluate(
  client: Client,
  key: string,
  fallback: boolean,
  context: Parameters<Client['getBooleanDetails']>[2],
): Promise<Verdict> {
  try {
    return verdictOf(await client.getBooleanDetails(key, fallback, context), fallback);
  } catch {
    return fallBack(fallback, 'GENERAL');
  }
}
