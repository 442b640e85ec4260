import { describe, expect, it } from 'vitest';
import { numbered, openPrefetching } from './prefetching.ts';

describe('a prefetch', () => {
  it('looks everyone up once, so that the send makes no call', async () => {
    const { amplitude, start, until, ask } = await openPrefetching();
    const people = numbered(50);
    const { id } = await start(people);
    const done = await until(id, 'done');
    console.log(JSON.stringify(done, null, 1));
    expect(amplitude.calls).toHaveLength(50);
    for (const person of people) expect(await ask(person)).toBe('hit recommended');
    expect(amplitude.calls).toHaveLength(50);
  });
});
