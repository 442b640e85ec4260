import { describe, expect, it } from 'vitest';
import { measureMessage } from '../../../src/studio/checks/measure.ts';
import { find, say } from './messages.ts';

describe('a measure', () => {
  it('counts bytes as they are sent', () => {
    const [gmail] = measureMessage({ kind: 'html', medium: 'email', body: 'é😀' });
    expect(gmail).toMatchObject({
      limit: 'gmail',
      bytes: 6,
      limitBytes: 102_000,
      share: 6 / 102_000,
      isOver: false,
    });
  });

  it.each([
    ['html', 'email', ['gmail', 'braze']],
    ['text', 'email', ['braze']],
    ['html', 'message', ['content_card', 'braze']],
    ['text', 'message', ['content_card', 'push', 'braze']],
  ] as const)('of %s for %s is held beside what fits: %s', (kind, medium, limits) => {
    expect(measureMessage({ kind, medium, body: '' }).map(({ limit }) => limit)).toEqual(limits);
  });

  it('is over behind its limit, not at it', () => {
    const over = (bytes: number) =>
      measureMessage({ kind: 'text', medium: 'message', body: 'x'.repeat(bytes) })[0]?.isOver;
    expect([over(2_048), over(2_049)]).toEqual([false, true]);
  });
});

describe('a block', () => {
  it.each([
    [51_000, []],
    [52_000, ['warning: The block takes 51 % of what Gmail shows of a message']],
    [102_001, ['problem: Gmail cuts the message off within this block']],
  ])('of %i bytes in an e-mail', async (bytes, expected) => {
    expect(await say('size', 'x'.repeat(bytes))).toEqual(expected);
  });

  it('too big for Content Cards still fits into in-app messages', async () => {
    const [finding, ...more] = await find('size', 'x'.repeat(2_100), { medium: 'message' });
    expect(finding).toMatchObject({ severity: 'warning', title: 'The block is too big for a Content Card' });
    expect(finding?.advice).toContain('2.1 kB');
    expect(more).toEqual([]);
  });

  it('too big for push and for Braze is told of', async () => {
    expect(await say('size', 'x'.repeat(4_000), { kind: 'text', medium: 'message' })).toContain(
      'warning: The block is too big for a push message',
    );
    expect(await say('size', 'x'.repeat(1_000_001), { kind: 'text' })).toEqual([
      'problem: The block is too big for Braze',
    ]);
  });
});
