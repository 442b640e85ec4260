import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ledger } from '../../src/domain/ledger.ts';

const STEP_MS = 50;

type Command =
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'reserve'; readonly id: string; readonly limit: number; readonly holdMs: number }
  | { readonly kind: 'hold' | 'adopt'; readonly id: string; readonly holdMs: number };

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
const holdMs = fc.oneof(
  fc.nat(400),
  fc.constantFrom(0, 1, 49, 50, 51, 99, 100, 5_000),
  fc.double({ min: 0, max: 400, noNaN: true }),
);
const ms = fc.oneof(fc.nat(150), fc.constantFrom(0, 50, 4_000), fc.double({ min: 0, max: 150, noNaN: true }));
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ kind: fc.constant('wait' as const), ms }),
  fc.record({ kind: fc.constant('reserve' as const), id, limit: fc.nat(8), holdMs }),
  fc.record({ kind: fc.constantFrom('hold' as const, 'adopt' as const), id, holdMs }),
);
const startMs = fc.oneof(fc.constantFrom(0, 50, 1e12), fc.double({ min: 0, max: 1e9, noNaN: true }));

/** The same in the most obvious way: every question looks at everything. */
class NaiveLedger {
  readonly #expiryOf = new Map<string, number>();

  counted(nowMs: number): string[] {
    return [...this.#expiryOf].filter(([, expiry]) => expiry > nowMs).map(([counted]) => counted);
  }

  expiry(of: string): number {
    return this.#expiryOf.get(of) ?? 0;
  }

  apply(step: Command, nowMs: number): void {
    if (step.kind === 'wait') return;
    const expiry = Math.ceil((nowMs + step.holdMs) / STEP_MS) * STEP_MS;
    const counted = this.counted(nowMs);
    if (step.kind === 'reserve' && counted.length >= step.limit) return;
    if (step.kind === 'hold' && !counted.includes(step.id)) return;
    if (step.kind === 'adopt' && counted.includes(step.id) && this.expiry(step.id) > expiry) return;
    this.#expiryOf.set(step.id, expiry);
  }
}

function run(
  commands: readonly Command[],
  start: number,
  check: (ledger: Ledger, nowMs: number) => void,
): void {
  const ledger = new Ledger();
  const naive = new NaiveLedger();
  let nowMs = start;
  for (const step of commands) {
    if (step.kind === 'wait') nowMs += step.ms;
    if (step.kind === 'hold') ledger.hold(step.id, step.holdMs, nowMs);
    if (step.kind === 'adopt') ledger.adopt(step.id, step.holdMs, nowMs);
    if (step.kind === 'reserve') {
      const hasRoom = naive.counted(nowMs).length < step.limit;
      expect(ledger.reserve(step.id, step.limit, step.holdMs, nowMs)).toBe(hasRoom);
    }
    naive.apply(step, nowMs);
    const remaining = [...ledger.remaining(nowMs)];
    expect(remaining.map((one) => one.id).sort()).toEqual(naive.counted(nowMs).sort());
    for (const one of remaining) expect(one.holdMs).toBeCloseTo(naive.expiry(one.id) - nowMs, 3);
    check(ledger, nowMs);
  }
}

describe('the ledger', () => {
  it('agrees with one that looks at everything each time', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), startMs, (commands, start) => {
        run(commands, start, () => {});
      }),
      { numRuns: 1_000 },
    );
  });

  it('counts as many as it names', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), startMs, (commands, start) => {
        run(commands, start, (ledger, nowMs) =>
          expect(ledger.inUse(nowMs)).toBe([...ledger.remaining(nowMs)].length),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('never frees a reservation early, and at most one step late', () => {
    fc.assert(
      fc.property(startMs, holdMs, (start, hold) => {
        const ledger = new Ledger();
        ledger.reserve('a', 1, hold, start);
        const end = start + hold;
        if (hold > 0.01) expect(ledger.inUse(end - 0.01)).toBe(1);
        expect(ledger.inUse(end + STEP_MS)).toBe(0);
      }),
    );
  });

  it('forgets everything after a pause of a day', () => {
    const ledger = new Ledger();
    ledger.reserve('a', 1, 60_000, 0);
    expect(ledger.inUse(86_400_000)).toBe(0);
    expect(ledger.reserve('b', 1, 60_000, 86_400_000)).toBe(true);
  });
});
