import { NO_TRAITS } from '../src/domain/profile.ts';
import { createKnownPeople } from '../src/profile/known.ts';

// What 400,000 look-ups of five items take in memory. Run with --expose-gc.

const PROFILES = 400_000;
const ITEMS = Array.from({ length: 5_000 }, (_, index) => `catalogue-item-${index}`);

const collect = globalThis.gc ?? (() => console.log('run with --expose-gc for exact figures'));

function usedMb(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1_048_576;
}

const known = createKnownPeople({
  store: { read: () => null, write: async () => {} },
  cacheBytes: 1_024 * 1_048_576,
  holds: { untilMs: () => null, atLeastUntilMs: () => null, atMostUntilMs: () => null },
  keepMs: () => 1_000_000,
  clock: { monotonic: () => performance.now(), wall: () => Date.now() },
  onArmFlip: () => {},
});
const before = usedMb();
for (let index = 0; index < PROFILES; index += 1) {
  // As parsed from an answer: each id a string of its own.
  const items = Array.from({ length: 5 }, (_, place) =>
    JSON.parse(`"${ITEMS[(index * 7 + place) % ITEMS.length]}"`),
  );
  await known.learn(`\nuser_id\nuser-${index}@example.com\ns234ssg`, {
    status: 'found',
    isControl: index % 10 === 0,
    items,
    traits: NO_TRAITS,
  });
}
const { entries, bytes } = known.size();
const took = usedMb() - before;
console.log(
  `${entries} profiles: ${took.toFixed(0)} MB, ${((took * 1_048_576) / entries).toFixed(0)} bytes each`,
);
console.log(`estimated by the cache: ${(bytes / 1_048_576).toFixed(0)} MB`);
