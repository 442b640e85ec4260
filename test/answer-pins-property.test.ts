import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mayMend, type Reason } from '../src/domain/decision.ts';
import type { Lookup } from '../src/domain/profile.ts';
import { CONTROL, found, openPipeline, PIN_FOR_MS, unavailable } from './pinned-pipeline.ts';

const MINUTE_MS = 60_000;

type Step =
  | { readonly kind: 'ask'; readonly retry: boolean; readonly replica: number; readonly limit: number | null }
  | { readonly kind: 'say'; readonly lookup: Lookup }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'restart'; readonly replica: number };

const replica = fc.constantFrom(0, 1);

const lookups = fc.constantFrom<Lookup>(
  found('a', 'b', 'c'),
  found('c', 'b', 'a'),
  CONTROL,
  { status: 'unknown_user' },
  unavailable('timeout'),
  unavailable('throttled'),
  unavailable('invalid_response'),
);

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('ask' as const),
        retry: fc.boolean(),
        replica,
        limit: fc.option(fc.constantFrom(1, 2)),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('say' as const),
        lookup: lookups,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('wait' as const),
        ms: fc.constantFrom(1, 11_000, MINUTE_MS - 1, MINUTE_MS, PIN_FOR_MS - MINUTE_MS, PIN_FOR_MS),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), replica }) },
  ),
  { minLength: 5, maxLength: 40 },
);

const FAILURES = ['timeout', 'throttled', 'invalid_response'];

/** What was last answered with a 200, and until when it is what everyone gets. */
type Answered = { readonly reason: Reason; readonly ids: readonly string[]; readonly untilMs: number };

it('whatever was answered is what is answered, whoever asks which replica and how, until its time is over', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const { clock, world, ask, restart } = openPipeline();
      let answered: Answered | null = null;
      for (const step of all) {
        if (step.kind === 'say') world.lookup = step.lookup;
        if (step.kind === 'wait') clock.advance(step.ms);
        if (step.kind === 'restart') restart(step.replica);
        if (step.kind !== 'ask') continue;
        const { retry, limit } = step;
        const calls = world.lookUps;
        const { block } = await ask({ onUnavailable: retry ? 'retry' : 'serve', limit }, step.replica);
        const { reason } = block.decision;
        const ids = block.items.map(({ content }) => content.id);
        const holds = answered !== null && clock.wall() < answered.untilMs ? answered : null;
        if (holds && !(retry && mayMend(holds.reason))) {
          expect([reason, ids]).toEqual([holds.reason, holds.ids.slice(0, limit ?? 3)]);
          expect(world.lookUps).toBe(calls);
        } else {
          expect(world.lookUps).toBe(calls + 1);
          // The rest is a 500, which changes nothing.
          if (retry && mayMend(reason)) continue;
          const whole = reason === 'recommended' ? itemsOf(world.lookup) : ['b1', 'b2', 'b3'];
          expect(ids).toEqual(whole.slice(0, limit ?? 3));
          const keepMs = FAILURES.includes(reason) ? MINUTE_MS : PIN_FOR_MS;
          answered = { reason, ids: whole, untilMs: clock.wall() + keepMs };
        }
      }
    }),
    { numRuns: 2_000 },
  );
});

/** One of many calls at the same time: how many turns its look-up takes, and what it gives. */
const calls = fc.array(fc.record({ replica, turns: fc.nat(30), lookup: lookups }), {
  minLength: 2,
  maxLength: 8,
});

it('calls at the same time get the same, whatever each was told, and so do later ones', async () => {
  await fc.assert(
    fc.asyncProperty(calls, async (all) => {
      const { world, ask } = openPipeline();
      world.next = all.map(({ turns, lookup }) => after(turns, lookup));
      const answers = await Promise.all(all.map((call) => ask({}, call.replica)));
      answers.push(await ask({}, 0), await ask({}, 1));
      const said = answers.map(({ block: { decision, items, traits } }) =>
        JSON.stringify([decision.reason, items.map(({ content }) => content.id), traits]),
      );
      expect(new Set(said).size).toBe(1);
    }),
    { numRuns: 2_000 },
  );
});

async function after<T>(turns: number, value: T): Promise<T> {
  for (let turn = 0; turn < turns; turn += 1) await null;
  return value;
}

function itemsOf(lookup: Lookup): readonly string[] {
  return lookup.status === 'found' ? lookup.items : [];
}
