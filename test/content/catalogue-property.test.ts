import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { SourceError } from '../../src/content/source.ts';
import { Deadline } from '../../src/deadline.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { useFakeTime } from '../profile/fake-time.ts';
import { type Cms, openCatalogue, openCms, rowOf, SECOND_MS, SPEAKING } from './controlled-source.ts';

const clock = useFakeTime();

const IDS = Array.from({ length: 12 }, (_, index) => `i${index}`);
const BATCH = 5;
const DEADLINE_MS = 800;
const WINDOWS = {
  freshMs: 10 * SECOND_MS,
  staleMs: 60 * SECOND_MS,
  staleIfErrorMs: 600 * SECOND_MS,
  missingMs: 5 * SECOND_MS,
};

/** What happens, in turn. Times in milliseconds. */
type Event =
  | { readonly type: 'ask'; readonly ids: readonly string[]; readonly locale: string | null }
  | { readonly type: 'pass'; readonly ms: number }
  | { readonly type: 'edit' | 'remove'; readonly id: string }
  | {
      readonly type: 'turn';
      readonly mode: 'up' | 'broken' | 'hanging' | 'others' | 'buggy';
      readonly takesMs: number;
    }
  | { readonly type: 'restart' }
  | { readonly type: 'warm'; readonly ids: readonly string[] };

const id = fc.constantFrom(...IDS);
const some = fc.uniqueArray(id, { maxLength: 8 });
const odd = fc.constantFrom('', ' i1', 'nobody');
const asking = (maxLength: number) =>
  fc.record({
    type: fc.constant('ask' as const),
    ids: fc.array(fc.oneof({ weight: 9, arbitrary: id }, odd), { maxLength }),
    locale: fc.constantFrom(null, 'de', 'de-AT'),
  });
const passing = fc.record({
  type: fc.constant('pass' as const),
  ms: fc.oneof(fc.integer({ max: 900, min: 0 }), fc.integer({ max: 700_000, min: 0 })),
});
const editing = fc.record({ type: fc.constant('edit' as const), id });
const warming = fc.record({ type: fc.constant('warm' as const), ids: some });
/** Beyond one request, an answer shows what it has. */
const healthy: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: asking(BATCH) },
  passing,
  editing,
  warming,
);
const turning = fc.record({
  type: fc.constant('turn' as const),
  mode: fc.constantFrom('up', 'broken', 'hanging', 'others', 'buggy'),
  takesMs: fc.constantFrom(0, 50, 400, 1_000),
});
const anything: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.oneof({ weight: 4, arbitrary: asking(12) }, passing, editing, warming) },
  { weight: 2, arbitrary: turning },
  fc.record({ type: fc.constant('remove' as const), id }),
  fc.constant<Event>({ type: 'restart' }),
);

/** What an item was called, and until when. */
type Version = { readonly id: string; readonly title: string; untilMs: number };

/** A source whose items change, and one process after the other that asks it. */
function openWorld(cms: Cms) {
  const versions: Version[] = IDS.map((id) => ({
    id,
    title: `${id} at first`,
    untilMs: Number.POSITIVE_INFINITY,
  }));
  const store = createMemoryStore({ now: clock.monotonic }).entries;

  const current = (id: string) => versions.findLast((one) => one.id === id && one.untilMs > clock.wall());
  const end = (id: string): void => {
    const version = current(id);
    if (version) version.untilMs = clock.wall();
  };
  const answers = {
    up: (ids: readonly string[]) =>
      ids.flatMap((id) => {
        const version = current(id);
        return version ? [rowOf(id, version.title)] : [];
      }),
    broken: () => Promise.reject(new SourceError('status', 'answered 500')),
    hanging: () => new Promise<never>(() => {}),
    others: () => [rowOf('somebody else')],
    buggy: () => Promise.reject(new TypeError('a bug')),
  };
  const turn = (mode: keyof typeof answers): void => {
    cms.answer = answers[mode];
  };
  cms.onRequest = ({ ids, locale }) => {
    expect(ids.length).toBeLessThanOrEqual(BATCH);
    expect([...IDS, 'nobody']).toEqual(expect.arrayContaining([...ids]));
    expect(cms.underWay.size).toBeLessThanOrEqual(4);
    const asked = [...cms.underWay].filter((other) => other.locale === locale).flatMap(({ ids }) => ids);
    expect(new Set(asked).size).toBe(asked.length);
  };
  const start = () => openCatalogue(cms, clock, { ...SPEAKING, ...WINDOWS, batch: BATCH }, store);

  turn('up');
  return {
    start,
    turn,
    remove: end,
    edit: (id: string) => {
      end(id);
      const title = `${id}, version ${versions.length}`;
      versions.push({ id, title, untilMs: Number.POSITIVE_INFINITY });
    },
    /** How long ago the source last had this title. */
    ageOf: (title: string): number => {
      const version = versions.find((one) => one.title === title);
      if (!version) throw new Error(`${title} was never an item's title`);
      return Math.max(0, clock.wall() - version.untilMs);
    },
  };
}

async function play(events: readonly Event[], maxAgeMs: number): Promise<void> {
  vi.clearAllTimers();
  const cms = openCms();
  const world = openWorld(cms);
  let catalogue = world.start();
  const faults: unknown[] = [];
  const unexpected: unknown[] = [];

  let waiting = 0;
  const ask = async (ids: readonly string[], locale: string | null): Promise<void> => {
    waiting += 1;
    const startedAt = clock.monotonic();
    const contents = await catalogue.find(ids, locale, new Deadline(DEADLINE_MS, clock.monotonic));
    waiting -= 1;
    expect(clock.monotonic() - startedAt).toBeLessThanOrEqual(DEADLINE_MS);
    for (const id of ids) {
      const content = contents.get(id);
      if (typeof content === 'string') continue;
      expect(content.id).toBe(id);
      expect(world.ageOf(String(content.values.title))).toBeLessThanOrEqual(maxAgeMs);
    }
  };

  for (const event of events) {
    if (event.type === 'ask') void ask(event.ids, event.locale).catch((error) => faults.push(error));
    if (event.type === 'pass') await vi.advanceTimersByTimeAsync(event.ms);
    if (event.type === 'edit') world.edit(event.id);
    if (event.type === 'remove') world.remove(event.id);
    if (event.type === 'warm') void catalogue.keepWarm(event.ids, [null, 'de']);
    if (event.type === 'turn') {
      cms.takesMs = event.takesMs;
      world.turn(event.mode);
    }
    if (event.type === 'restart') {
      await catalogue.close();
      unexpected.push(...catalogue.unexpected);
      catalogue = world.start();
    }
  }
  await vi.advanceTimersByTimeAsync(DEADLINE_MS + 1);
  if (faults.length > 0) throw faults[0];
  expect(waiting).toBe(0);
  await catalogue.close();
  await vi.advanceTimersByTimeAsync(2 * SECOND_MS);
  unexpected.push(...catalogue.unexpected);
  expect(unexpected.filter((error) => String(error) !== 'TypeError: a bug')).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
}

const events = (one: fc.Arbitrary<Event>) => fc.array(one, { minLength: 1, maxLength: 40 });

it('whatever happens, answers are in time, requests in bounds, and nothing shown is older than it may be', async () => {
  await fc.assert(
    fc.asyncProperty(events(anything), (all) => play(all, WINDOWS.staleIfErrorMs)),
    { numRuns: 200 },
  );
});

it('of a source that does well nothing is shown that is older than what is stale', async () => {
  await fc.assert(
    fc.asyncProperty(events(healthy), (all) => play(all, WINDOWS.staleMs)),
    { numRuns: 200 },
  );
});
