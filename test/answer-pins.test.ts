import { describe, expect, it } from 'vitest';
import type { Lookup, Traits, UnavailableReason } from '../src/domain/profile.ts';
import {
  type Asked,
  CONTROL,
  found,
  openPipeline as open,
  PIN_FOR_MS,
  PLACEMENT,
  TRAITS,
  unavailable,
} from './pinned-pipeline.ts';

const MINUTE_MS = 60_000;

describe('an answer with a campaign', () => {
  it('is what later calls get, whatever Amplitude says by then, and without asking', async () => {
    const { world, say } = open();
    expect(await say()).toBe('miss recommended: a b c');
    world.lookup = CONTROL;
    expect([await say(), await say()]).toEqual(['pinned recommended: a b c', 'pinned recommended: a b c']);
    expect(world.lookUps).toBe(1);
  });

  it('holds until its time is over', async () => {
    const { clock, world, say } = open();
    await say();
    world.lookup = CONTROL;
    clock.advance(PIN_FOR_MS - 1);
    expect(await say()).toBe('pinned recommended: a b c');
    clock.advance(1);
    expect(await say()).toBe('miss control: b1 b2 b3');
  });

  it.each<readonly [string, Lookup, string]>([
    ['control', CONTROL, 'b1 b2 b3'],
    ['no_recommendation', { status: 'no_recommendation', traits: TRAITS }, 'b1 b2 b3'],
    ['unknown_user', { status: 'unknown_user' }, 'b1 b2 b3'],
    ['no_content', found('gone'), 'b1 b2 b3'],
  ])('holds as long where it is the baseline, for %s', async (reason, lookup, ids) => {
    const { clock, world, say } = open();
    world.lookup = lookup;
    world.gone.set('gone', 'not_found');
    expect(await say()).toBe(`miss ${reason}: ${ids}`);
    world.lookup = found('a');
    clock.advance(PIN_FOR_MS - 1);
    expect(await say()).toBe(`pinned ${reason}: ${ids}`);
  });

  it.each<UnavailableReason>([
    'throttled',
    'timeout',
    'upstream_error',
    'circuit_open',
    'invalid_response',
    'upstream_rejected',
  ])('holds for a minute where nothing was found out: %s', async (reason) => {
    const { clock, world, say } = open();
    world.lookup = unavailable(reason);
    expect(await say()).toBe(`miss ${reason}: b1 b2 b3`);
    world.lookup = found('a');
    clock.advance(MINUTE_MS - 1);
    expect(await say()).toBe(`pinned ${reason}: b1 b2 b3`);
    clock.advance(1);
    expect([await say(), await say()]).toEqual(['miss recommended: a', 'pinned recommended: a']);
  });

  it('holds for each placement, person and campaign on its own, and without a campaign not at all', async () => {
    const { world, say } = open();
    await say();
    world.lookup = CONTROL;
    const others: Asked[] = [
      { campaign: 'daily' },
      { campaign: 'Weekly' },
      { campaign: null },
      { person: { kind: 'device_id', id: 'ann' } },
      { placement: { ...PLACEMENT, name: 'strip' } },
    ];
    for (const other of others) expect(await say(other)).toBe('miss control: b1 b2 b3');
    expect(await say()).toBe('pinned recommended: a b c');
  });

  it('leaves itself a moment to be pinned, and a call without a campaign does not', async () => {
    const { world, ask } = open();
    await ask({ campaign: null });
    expect(world.leftMs).toBeGreaterThan(750);
    await ask();
    expect(world.leftMs).toBeLessThanOrEqual(740);
    expect(world.leftMs).toBeGreaterThan(690);
  });
});

describe('what is pinned', () => {
  it('is the whole, whatever the first call wanted of it', async () => {
    const { say } = open();
    expect(await say({ limit: 1, exclude: ['a'] })).toBe('miss recommended: b');
    expect(await say()).toBe('pinned recommended: a b c');
    expect(await say({ limit: 2 })).toBe('pinned recommended: a b');
    expect(await say({ exclude: ['b', 'c'] })).toBe('pinned recommended: a d e');
    expect(await say({ position: 2 })).toBe('pinned recommended: b');
    expect(await say({ limit: 2, exclude: ['a'], position: 2 })).toBe('pinned recommended: c');
  });

  it('keeps its order for exclude as well, when an item is there that was not', async () => {
    const { world, say } = open();
    world.gone.set('a', 'not_found');
    expect(await say({ exclude: ['b'] })).toBe('miss recommended: c d e');
    world.gone.clear();
    expect(await say({ exclude: ['b'] })).toBe('pinned recommended: c d e');
    expect(await say({ exclude: ['b', 'c'] })).toBe('pinned recommended: d e a');
  });

  it('is the baseline as it was then', async () => {
    const { world, say } = open();
    world.lookup = CONTROL;
    await say();
    const placement = { ...PLACEMENT, baseline: ['n1', 'n2', 'n3'] };
    expect(await say({ placement })).toBe('pinned control: b1 b2 b3');
    expect(await say({ placement, campaign: 'daily' })).toBe('miss control: n1 n2 n3');
  });

  it('is all that is excluded too, and then the baseline is shown to that call alone', async () => {
    const { say } = open();
    const exclude = ['a', 'b', 'c', 'd', 'e'];
    expect(await say({ exclude })).toBe('miss no_content: b1 b2 b3');
    expect([await say(), await say({ exclude })]).toEqual([
      'pinned recommended: a b c',
      'pinned no_content: b1 b2 b3',
    ]);
  });
});

describe('an item that lost its content', () => {
  it('gives its place to the next, for good', async () => {
    const { clock, world, say } = open();
    await say();
    world.gone.set('a', 'not_found');
    expect(await say()).toBe('pinned recommended: b c d');
    world.gone.clear();
    expect(await say()).toBe('pinned recommended: b c d');
    world.gone.set('b', 'not_found');
    expect(await say()).toBe('pinned recommended: c d e');
    clock.advance(PIN_FOR_MS);
    world.gone.clear();
    expect(await say()).toBe('miss recommended: a b c');
  });

  it('keeps it while the source is down, which changes nothing for good', async () => {
    const { world, say } = open();
    await say();
    world.gone.set('a', 'source_unavailable');
    expect(await say()).toBe('pinned recommended: b c d');
    for (const id of ['b', 'c', 'd', 'e']) world.gone.set(id, 'source_unavailable');
    expect(await say()).toBe('pinned no_content: b1 b2 b3');
    world.gone.clear();
    expect(await say()).toBe('pinned recommended: a b c');
  });

  it('was the last of them: then it is the baseline, for good', async () => {
    const { world, say } = open();
    world.lookup = found('a');
    await say();
    world.gone.set('a', 'not_found');
    expect(await say()).toBe('pinned no_content: b1 b2 b3');
    world.gone.clear();
    expect(await say()).toBe('pinned no_content: b1 b2 b3');
  });

  it('does not change when it ends, nor the channel that was named first', async () => {
    const { clock, world, ask, say } = open();
    await ask({ channel: 'email' });
    clock.advance(PIN_FOR_MS - MINUTE_MS);
    world.gone.set('a', 'not_found');
    expect((await ask({ channel: 'push' })).trace.ageMs).toBe(PIN_FOR_MS - MINUTE_MS);
    world.lookup = CONTROL;
    clock.advance(MINUTE_MS - 1);
    expect(await say()).toBe('pinned recommended: b c d');
    clock.advance(1);
    expect(await say()).toBe('miss control: b1 b2 b3');
  });

  it('is not there yet, since the source is down: only a treatment without any content is decided again', async () => {
    const { clock, world, say } = open();
    for (const id of ['a', 'b', 'c', 'd', 'e']) world.gone.set(id, 'source_unavailable');
    expect(await say()).toBe('miss no_content: b1 b2 b3');
    world.gone.delete('c');
    expect(await say()).toBe('pinned no_content: b1 b2 b3');
    clock.advance(MINUTE_MS);
    expect(await say()).toBe('miss recommended: c');
    world.gone.clear();
    clock.advance(MINUTE_MS);
    expect([await say(), await say()]).toEqual(['pinned recommended: c a b', 'pinned recommended: c a b']);
  });
});

describe('a call that would rather wait', () => {
  const retry = { onUnavailable: 'retry' } as const;

  it('pins no fallback that may mend, since nobody shows it', async () => {
    const { world, say } = open();
    world.lookup = unavailable('timeout');
    await say(retry);
    world.lookup = found('a');
    expect(await say()).toBe('miss recommended: a');
  });

  it('follows no such fallback, but mends it for everyone', async () => {
    const { world, say } = open();
    world.lookup = unavailable('throttled');
    await say();
    expect(await say(retry)).toBe('miss throttled: b1 b2 b3');
    world.lookup = found('a', 'b', 'c', 'd');
    expect(await say()).toBe('pinned throttled: b1 b2 b3');
    expect(await say(retry)).toBe('miss recommended: a b c');
    world.lookup = CONTROL;
    expect([await say(retry), await say()]).toEqual([
      'pinned recommended: a b c',
      'pinned recommended: a b c',
    ]);
  });

  it('follows decisions, and fallbacks that it would be given as an answer itself', async () => {
    const { world, say } = open();
    world.lookup = unavailable('invalid_response');
    expect(await say(retry)).toBe('miss invalid_response: b1 b2 b3');
    world.lookup = found('a');
    expect(await say(retry)).toBe('pinned invalid_response: b1 b2 b3');
  });

  it('is not held to the fallback of a call that was under way with it', async () => {
    const { world, say } = open();
    const slow = Promise.withResolvers<Lookup>();
    world.next = [slow.promise, unavailable('timeout')];
    const waiting = say(retry);
    expect(await say()).toBe('miss timeout: b1 b2 b3');
    slow.resolve(found('a'));
    expect([await waiting, await say()]).toEqual(['miss recommended: a', 'pinned recommended: a']);
  });
});

describe('calls at the same time', () => {
  it.each<readonly [string, Lookup, Lookup, Traits | null]>([
    ['timeout', unavailable('timeout'), CONTROL, null],
    ['control', CONTROL, unavailable('timeout'), TRAITS],
    ['recommended', found('a'), found('b'), TRAITS],
  ])(
    'get what the first decides, and tell as much of the person: %s',
    async (reason, first, other, traits) => {
      const { world, ask } = open();
      const slow = Promise.withResolvers<Lookup>();
      world.next = [slow.promise, first];
      const late = ask();
      const early = await ask();
      slow.resolve(other);
      for (const { block } of [early, await late, await ask()]) {
        expect(block).toMatchObject({ decision: { reason }, traits });
        expect(block.items).toEqual(early.block.items);
      }
    },
  );
});

describe('a pinned answer', () => {
  it('tells what is known of the person, as far as the first could', async () => {
    const { world, ask } = open();
    expect([(await ask()).block.traits, (await ask()).block.traits]).toEqual([TRAITS, TRAITS]);
    world.known = null;
    expect((await ask()).block.traits).toBeNull();
  });

  it('of somebody unknown tells nothing, also when more is known', async () => {
    const { world, ask } = open();
    world.lookup = { status: 'unknown_user' };
    expect([(await ask()).block.traits, (await ask()).block.traits]).toEqual([null, null]);
    expect(world.recalls).toBe(0);
  });

  it('tells traits to nobody who may see pins alone, and does not look for them where none are asked for', async () => {
    const { world, ask } = open();
    await ask();
    const { block, said } = await ask({ access: 'pins' });
    expect([said, block.traits]).toEqual(['pinned recommended: a b c', null]);
    await ask({ placement: { ...PLACEMENT, profile: { properties: [], cohorts: [], predictions: [] } } });
    expect(world.recalls).toBe(0);
  });

  it('says how old it is', async () => {
    const { clock, ask } = open();
    await ask();
    clock.advance(5_000);
    expect((await ask()).trace).toMatchObject({ cache: 'pinned', ageMs: 5_000, failure: null });
  });
});

describe('nothing is pinned', () => {
  it.each<readonly [string, Asked]>([
    ['for samples', { sample: { name: 'treatment', lookup: found('s'), alter: null } }],
    ['without an id', { person: 'no_user' }],
    ['for a merge tag', { person: 'unresolved_merge_tag' }],
    ['for a bad id', { person: 'invalid_user' }],
    ['while the placement is off', { placement: { ...PLACEMENT, enabled: false } }],
    ['for who may read pins alone', { access: 'pins' }],
  ])('%s', async (_case, asked) => {
    const { say } = open();
    expect((await say(asked)).split(' ')[0]).toBe('bypass');
    expect((await say(asked)).split(' ')[0]).toBe('bypass');
    expect(await say()).toBe('miss recommended: a b c');
  });

  it('and nothing followed, while the placement is off', async () => {
    const { say } = open();
    await say();
    expect(await say({ placement: { ...PLACEMENT, enabled: false } })).toBe('bypass disabled: b1 b2 b3');
    expect(await say()).toBe('pinned recommended: a b c');
  });
});
