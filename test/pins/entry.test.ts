import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REASONS } from '../../src/domain/decision.ts';
import type { Pin } from '../../src/domain/pin.ts';
import { formatPin, parsePin } from '../../src/pins/entry.ts';

const text = fc.string({ unit: 'binary' });

const pins: fc.Arbitrary<Pin> = fc.record({
  reason: fc.constantFrom(...REASONS),
  itemIds: fc.array(text),
  urls: fc.array(fc.option(text)),
  channel: fc.option(text),
  pinnedAtMs: fc.nat(),
  untilMs: fc.nat(),
});

describe('what the store keeps of a pin', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(pins, (pin) => {
        expect(parsePin(formatPin(pin))).toEqual(pin);
      }),
    );
  });

  it('takes half a kilobyte for three of twenty items', () => {
    const pin: Pin = {
      reason: 'recommended',
      itemIds: Array.from({ length: 20 }, (_, index) => `sku-${10_000 + index}`),
      urls: [1, 2, 3].map((index) => `https://www.example.com/learn/sku-${10_000 + index}`),
      channel: 'email',
      pinnedAtMs: Date.UTC(2026, 10, 27),
      untilMs: Date.UTC(2026, 11, 27),
    };
    expect(formatPin(pin).length).toBeLessThan(512);
  });

  it.each([
    '',
    'null',
    '[]',
    '{"v":1}',
    '{"v":2,"r":"recommended","i":[],"u":[],"c":null,"t":[1,2]}',
    '{"v":1,"r":"because","i":[],"u":[],"c":null,"t":[1,2]}',
    '{"v":1,"r":"control","i":[7],"u":[],"c":null,"t":[1,2]}',
    '{"v":1,"r":"control","i":[],"u":[],"c":null,"t":[1]}',
    '{"v":1,"r":"control","i":[],"u":[],"c":null,"t":[1,2]',
  ])('is nothing where this version cannot read it: %s', (value) => {
    expect(parsePin(value)).toBeNull();
  });
});
