import type { Provider } from '@openfeature/server-sdk';
import type { Deadline } from '../deadline.ts';
import type { GateRule } from '../domain/placement.ts';
import { bindProvider, type GateStatus } from './binding.ts';
import type { GateSubject } from './context.ts';
import { EmbeddedFlags } from './embedded.ts';
import { type Judge, judgeAtOnce, judgeInTime } from './judge.ts';
import { Room } from './room.ts';
import { fallBack, type GateOutcome, type GateReason } from './verdict.ts';

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
  const bound = { client: binding.client, room, timeoutMs };

  const judge = (...asked: Parameters<Gate['filter']>): Judge | Promise<Judge> => {
    const [rule, itemIds, subject, deadline] = asked;
    if (binding.status() === 'closed') return () => fallBack(rule.default, 'CLOSED');
    if (provider instanceof EmbeddedFlags) return judgeAtOnce(provider, rule, subject);
    return judgeInTime(bound, rule, itemIds, subject, deadline);
  };

  const filter: Gate['filter'] = async (rule, itemIds, subject, deadline) => {
    const judgeItem = await judge(rule, itemIds, subject, deadline);
    const open = new Set<string>();
    for (const id of itemIds) {
      const { isOpen, outcome, reason } = judgeItem(id);
      onEvaluation(outcome, reason);
      if (isOpen) open.add(id);
    }
    return open;
  };

  return { filter, status: binding.status, underWay: () => room.taken, close: binding.close };
}
