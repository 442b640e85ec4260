import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { startReload } from '../src/reload.ts';
import { settle, useFakeTime } from './profile/fake-time.ts';

useFakeTime();

const advance = (ms: number) => vi.advanceTimersByTimeAsync(ms);

type Slowness = { readonly lookMs?: number; readonly readMs?: number };

/** A folder that holds one word, and what becomes of it. It is `v1` at first, and that is in use. */
function open({ lookMs = 0, readMs = 0 }: Slowness = {}) {
  const disk = { holds: 'v1', fails: false };
  const events: string[] = [];
  let looks = 0;
  const reload = startReload('v1', {
    look: async () => {
      looks += 1;
      const seen = disk.holds;
      if (lookMs > 0) await sleep(lookMs);
      if (disk.fails) throw new Error('the disk fails');
      return seen;
    },
    read: async () => {
      const print = disk.holds;
      events.push(`read ${print}`);
      if (readMs > 0) await sleep(readMs);
      return {
        print,
        use: () => void events.push(`use ${print}`),
        drop: () => void events.push(`drop ${print}`),
      };
    },
    onRestless: () => void events.push('restless'),
    onUnexpected: (error) => void events.push(`unexpected: ${error}`),
  });
  /** Something new every so often, for so long. */
  const changeEvery = async (ms: number, forMs: number) => {
    for (let atMs = 0; atMs < forMs; atMs += ms) {
      disk.holds = `w${atMs}`;
      await advance(ms);
    }
  };
  return { disk, events, looks: () => looks, reload, changeEvery };
}

describe('a change', () => {
  it('is looked for twice a second', async () => {
    const { events, looks } = open();
    await advance(10_000);
    expect(looks()).toBe(20);
    expect(events).toEqual([]);
  });

  it('is read and used within a second, and once', async () => {
    const { disk, events } = open();
    disk.holds = 'v2';
    await advance(1_000);
    expect(events).toEqual(['read v2', 'use v2']);
    await advance(60_000);
    expect(events).toHaveLength(2);
  });

  it('is used one after the other, back to what was there before too', async () => {
    const { disk, events } = open();
    for (const next of ['v2', 'v3', 'v1']) {
      disk.holds = next;
      await advance(1_000);
    }
    expect(events).toEqual(['read v2', 'use v2', 'read v3', 'use v3', 'read v1', 'use v1']);
  });

  it('that is half-written is not read before it rests', async () => {
    const { disk, events } = open();
    disk.holds = 'v2, first half';
    await advance(550);
    disk.holds = 'v2';
    await advance(1_000);
    expect(events).toEqual(['read v2', 'use v2']);
  });

  it('that is taken back before it was read leaves all as it is', async () => {
    const { disk, events } = open();
    disk.holds = 'v2';
    await advance(550);
    disk.holds = 'v1';
    await advance(10_000);
    expect(events).toEqual([]);
  });

  it('during a reading makes it void, and all is read once more', async () => {
    const { disk, events } = open({ readMs: 300 });
    disk.holds = 'v2';
    await advance(700);
    expect(events).toEqual(['read v2']);
    disk.holds = 'v3';
    await advance(1_000);
    expect(events).toEqual(['read v2', 'drop v2', 'read v3', 'use v3']);
  });

  it('during a reading back to what is in use needs nothing more', async () => {
    const { disk, events } = open({ readMs: 300 });
    disk.holds = 'v2';
    await advance(700);
    disk.holds = 'v1';
    await advance(10_000);
    expect(events).toEqual(['read v2', 'drop v2']);
  });
});

describe('changes every 50 ms', () => {
  it('for three seconds are read when they are over, once, and hardly looked at meanwhile', async () => {
    const { events, looks, changeEvery } = open();
    await changeEvery(50, 3_000);
    expect(events).toEqual([]);
    expect(looks()).toBeLessThan(10);
    await advance(7_000);
    expect(events).toEqual(['read w2950', 'use w2950']);
  });

  it('for ever are used all the same, as far as something whole can be read between two', async () => {
    const { events, changeEvery } = open({ readMs: 20 });
    await changeEvery(50, 60_000);
    expect(events.filter((event) => event.startsWith('use')).length).toBeGreaterThanOrEqual(2);
  });

  it('for ever, which leave no time for reading, are told of, and read a few times a minute', async () => {
    const { events, looks, changeEvery } = open({ readMs: 80 });
    await changeEvery(50, 60_000);
    const [first = '', second, third] = events;
    expect([first.slice(0, 6), second, third]).toEqual(['read w', `drop ${first.slice(5)}`, 'restless']);
    expect(events.length / 3).toBeGreaterThan(5);
    expect(events.length / 3).toBeLessThan(12);
    expect(looks()).toBeLessThan(40);
  });

  it('that end where they began are used again, since they were told of', async () => {
    const { disk, events, changeEvery } = open({ readMs: 80 });
    await changeEvery(50, 20_000);
    expect(events).toContain('restless');
    disk.holds = 'v1';
    await advance(20_000);
    expect(events.slice(-2)).toEqual(['read v1', 'use v1']);
  });
});

describe('looking now', () => {
  it('resolves when what is there is in use', async () => {
    const { disk, events, reload } = open({ readMs: 300 });
    disk.holds = 'v2';
    const looking = reload.look().then(() => events.push('resolved'));
    await advance(450);
    await looking;
    expect(events).toEqual(['read v2', 'use v2', 'resolved']);
  });

  it('sees what came after a look had begun that is still under way', async () => {
    const { disk, events, reload } = open({ lookMs: 50 });
    const first = reload.look();
    await settle();
    disk.holds = 'v2';
    const second = reload.look();
    await advance(1_000);
    await Promise.all([first, second]);
    expect(events).toEqual(['read v2', 'use v2']);
  });

  it('twice at once reads once', async () => {
    const { disk, events, reload } = open({ readMs: 300 });
    disk.holds = 'v2';
    const both = Promise.all([reload.look(), reload.look()]);
    await advance(1_000);
    await both;
    expect(events).toEqual(['read v2', 'use v2']);
  });
});

it('a folder that takes long to look at is looked at for a fiftieth of the time', async () => {
  const { looks } = open({ lookMs: 200 });
  // That it is the folder and not a busy moment shows after a few looks.
  await advance(10_000);
  const before = looks();
  await advance(60_000);
  expect(looks() - before).toBe(6);
});

it('what fails is told, and does not end the looking', async () => {
  const { disk, events } = open();
  disk.fails = true;
  await advance(1_200);
  disk.fails = false;
  disk.holds = 'v2';
  await advance(1_000);
  expect(events).toEqual([
    'unexpected: Error: the disk fails',
    'unexpected: Error: the disk fails',
    'read v2',
    'use v2',
  ]);
});

describe('stopping', () => {
  it('between looks is at once, and nothing is looked at any more', async () => {
    const { disk, reload, looks, events } = open();
    await reload.stop();
    disk.holds = 'v2';
    await advance(60_000);
    await reload.look();
    expect([looks(), events]).toEqual([0, []]);
  });

  it('while a change settles is at once, and the change is not read', async () => {
    const { reload, events, changeEvery } = open();
    // It would wait for seconds by now.
    await changeEvery(50, 5_000);
    await reload.stop();
    await advance(60_000);
    expect(events).toEqual([]);
  });

  it('during a reading waits for its end, and does not use it', async () => {
    const { disk, reload, events } = open({ readMs: 300 });
    disk.holds = 'v2';
    await advance(700);
    const stopping = reload.stop().then(() => events.push('stopped'));
    await settle();
    expect(events).toEqual(['read v2']);
    await advance(300);
    await stopping;
    expect(events).toEqual(['read v2', 'drop v2', 'stopped']);
  });

  it('during a look waits for its end', async () => {
    const { reload, events } = open({ lookMs: 300 });
    void reload.look();
    await settle();
    const stopping = reload.stop().then(() => events.push('stopped'));
    await advance(299);
    expect(events).toEqual([]);
    await advance(1);
    await stopping;
    expect(events).toEqual(['stopped']);
  });

  it('twice is safe', async () => {
    const { reload } = open();
    await Promise.all([reload.stop(), reload.stop()]);
    await reload.stop();
  });
});
