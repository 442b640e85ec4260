import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Person } from '../../src/domain/person.ts';
import { SeenPeople } from '../../src/prefetch/audience-seen.ts';

it('somebody is new once', () => {
  const person = fc.record<Person>({
    kind: fc.constantFrom('user_id', 'device_id'),
    id: fc.string({ unit: fc.constantFrom('a', 'b', 'ü', '🦊'), minLength: 1, maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(person, { maxLength: 400 }), (people) => {
      const seen = new SeenPeople();
      const known = new Set<string>();
      for (const each of people) {
        const key = JSON.stringify(each);
        expect(seen.add(each)).toBe(!known.has(key));
        known.add(key);
      }
    }),
    { numRuns: 50 },
  );
});

it('two hundred thousand people, however alike, are told apart, and known again', () => {
  const seen = new SeenPeople();
  const add = (index: number): boolean =>
    seen.add({ kind: index % 2 ? 'user_id' : 'device_id', id: String(index >> 1) });
  let isNew = 0;
  for (let index = 0; index < 200_000; index += 1) isNew += Number(add(index));
  expect(isNew).toBe(200_000);
  for (let index = 0; index < 200_000; index += 1) isNew += Number(add(index));
  expect(isNew).toBe(200_000);
});
