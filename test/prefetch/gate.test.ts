import { describe, expect, it, vi } from 'vitest';
import { Gate } from '../../src/prefetch/gate.ts';
import { settle, useFakeTime } from '../profile/fake-time.ts';

useFakeTime();

type Result = 'through' | 'refused';

function open() {
  const world = { isOpen: true, takesMs: 0 };
  const tries: string[] = [];
  const gate = new Gate<Result>((result) => (result === 'refused' ? 25 : null));
  const pass = (name: string) =>
    gate.pass(async () => {
      tries.push(name);
      if (!world.isOpen) return 'refused';
      if (world.takesMs > 0) await new Promise((resolve) => setTimeout(resolve, world.takesMs));
      return 'through';
    });
  return { world, tries, gate, pass };
}

describe('a gate', () => {
  it('lets everybody through while nobody is refused', async () => {
    const { pass, tries } = open();
    expect(await Promise.all([pass('ann'), pass('bob')])).toEqual(['through', 'through']);
    expect(tries).toEqual(['ann', 'bob']);
  });

  it('has one find out when a refusal is over, and the others wait for that', async () => {
    const { world, pass, tries } = open();
    world.isOpen = false;
    const passing = Promise.all(['ann', 'bob', 'carl'].map(pass));
    await settle();
    expect(tries).toEqual(['ann', 'bob', 'carl']);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(tries.length).toBe(3 + 40);
    expect(new Set(tries.slice(3)).size).toBe(1);
    const later = pass('dora');
    world.isOpen = true;
    await vi.advanceTimersByTimeAsync(25);
    expect([await passing, await later]).toEqual([['through', 'through', 'through'], 'through']);
    expect(tries.length).toBe(3 + 41 + 3);
  });

  it('is open for the others as soon as one is let through, however long that takes then', async () => {
    const { world, pass, tries } = open();
    world.isOpen = false;
    const passing = Promise.all(['ann', 'bob'].map(pass));
    await settle();
    Object.assign(world, { isOpen: true, takesMs: 10_000 });
    await vi.advanceTimersByTimeAsync(125);
    expect(tries).toHaveLength(4);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await passing).toEqual(['through', 'through']);
  });

  it('lets go whoever waits when it is closed, and finishes who was let through', async () => {
    const { world, gate, pass } = open();
    world.takesMs = 1_000;
    const through = pass('ann');
    await settle();
    world.isOpen = false;
    const waiting = ['bob', 'carl'].map(pass);
    await settle();
    gate.close();
    await vi.advanceTimersByTimeAsync(1_000);
    expect([await through, ...(await Promise.all(waiting)), await pass('dora')]).toEqual([
      'through',
      ...[null, null, null],
    ]);
  });
});
