import { describe, expect, it } from 'vitest';
import { createBatches } from '../../src/content/batches.ts';
import { settle, useFakeTime } from '../profile/fake-time.ts';

useFakeTime();

/** Batches whose requests go on until the test ends them. */
function open(batch = 3) {
  const requests: { readonly line: string; readonly end: () => void }[] = [];
  let full = 0;
  const { ask, close } = createBatches({
    batch,
    request: (ids, locale) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      requests.push({ line: (locale === null ? '' : `${locale}: `) + ids.join(' '), end: resolve });
      return promise;
    },
    onFull: () => {
      full += 1;
    },
  });
  return {
    close,
    full: () => full,
    ask: (ids: string, locale: string | null = null) => ask(ids.split(' '), locale),
    lines: async () => {
      await settle();
      return requests.map(({ line }) => line);
    },
    end: async (...indexes: readonly number[]) => {
      await settle();
      for (const index of indexes) requests[index]?.end();
      await settle();
    },
  };
}

async function isSettled(promise: Promise<void>): Promise<boolean> {
  let isDone = false;
  void promise.then(() => {
    isDone = true;
  });
  await settle();
  return isDone;
}

describe('ids', () => {
  it('that are asked for in one turn go into one request', async () => {
    const { ask, lines } = open();
    void ask('a');
    void ask('b c');
    expect(await lines()).toEqual(['a b c']);
  });

  it('of one answer stay together', async () => {
    const { ask, lines } = open();
    void ask('a b');
    void ask('c d');
    void ask('e');
    expect(await lines()).toEqual(['a b', 'c d e']);
  });

  it('in several languages go into several requests', async () => {
    const { ask, lines } = open();
    void ask('a', 'de');
    void ask('a', 'fr');
    void ask('b', 'de');
    void ask('a');
    expect(await lines()).toEqual(['de: a b', 'fr: a', 'a']);
  });

  it('are in one request at a time, for which all wait who ask for them', async () => {
    const { ask, lines, end } = open();
    const first = ask('a b');
    await settle();
    const second = ask('b');
    const third = ask('b c');
    expect(await lines()).toEqual(['a b', 'c']);
    await end(0);
    expect([await isSettled(first), await isSettled(second), await isSettled(third)]).toEqual([
      true,
      true,
      false,
    ]);
    await end(1);
    expect(await isSettled(third)).toBe(true);
    void ask('b');
    expect(await lines()).toEqual(['a b', 'c', 'b']);
  });

  it('that are named twice are asked for once', async () => {
    const { ask, lines } = open();
    void ask('a a b a');
    expect(await lines()).toEqual(['a b']);
  });
});

describe('requests', () => {
  it('are four at once; what comes meanwhile gathers', async () => {
    const { ask, lines, end } = open();
    for (const ids of ['a a2 a3', 'b b2 b3', 'c c2 c3', 'd d2 d3', 'e', 'f', 'g h']) void ask(ids);
    expect(await lines()).toEqual(['a a2 a3', 'b b2 b3', 'c c2 c3', 'd d2 d3']);
    void ask('i');
    await end(2);
    expect((await lines()).slice(4)).toEqual(['e f']);
    await end(0, 1);
    expect((await lines()).slice(4)).toEqual(['e f', 'g h i']);
  });

  it('that wait are forty at most; whoever comes then does not wait, unless for ids that are asked for', async () => {
    const { ask, lines, end, full } = open(1);
    const asked = Array.from({ length: 4 }, (_, index) => ask(`running-${index}`));
    await settle();
    asked.push(...Array.from({ length: 40 }, (_, index) => ask(`waiting-${index}`)));
    expect([await isSettled(ask('one more')), full()]).toEqual([true, 1]);
    expect([await isSettled(ask('waiting-39')), await isSettled(ask('running-0')), full()]).toEqual([
      false,
      false,
      1,
    ]);
    await end(0);
    expect(await isSettled(ask('one more'))).toBe(false);
    for (let index = 0; index < 50; index += 1) await end(index);
    await Promise.all(asked);
    expect((await lines()).length).toBe(45);
  });

  it('are none once it is closed, and nobody waits for what would have been', async () => {
    const { ask, lines, close, full } = open(1);
    const asked = Array.from({ length: 10 }, (_, index) => ask(`${index}`));
    await settle();
    close();
    expect(await Promise.all(asked.slice(4))).toHaveLength(6);
    expect([await isSettled(ask('a')), (await lines()).length, full()]).toEqual([true, 4, 0]);
  });
});
