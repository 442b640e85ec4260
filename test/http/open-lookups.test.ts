import { describe, expect, it } from 'vitest';
import { createOpenLookupLimit, networkOf } from '../../src/http/open-lookups.ts';
import { createClock } from '../support/clock.ts';

/** So many different people, asked for from these addresses in turn: how many were let in. */
function admit(
  mayLookUp: (address: string, who: string) => boolean,
  people: number,
  ...addresses: string[]
): number {
  return Array.from({ length: people }, (_, index) =>
    mayLookUp(addresses[index % addresses.length] ?? '', `${addresses[0]}-${people}-${index}`),
  ).filter(Boolean).length;
}

const ADDRESSES = Array.from({ length: 50 }, (_, index) => `192.0.2.${index}`);

describe('look-ups by public links', () => {
  it('are a fifth of the budget at most, of which one address has half', () => {
    const mayLookUp = createOpenLookupLimit(600, createClock().monotonic);
    expect(admit(mayLookUp, 500, '192.0.2.1')).toBe(60);
    expect(admit(mayLookUp, 500, '192.0.2.2')).toBe(60);
    expect(admit(mayLookUp, 500, '192.0.2.3', '192.0.2.4')).toBe(0);
  });

  it('are 120 a minute from one address however large the budget is', () => {
    const mayLookUp = createOpenLookupLimit(100_000, createClock().monotonic);
    expect(admit(mayLookUp, 500, '192.0.2.1')).toBe(120);
    expect(admit(mayLookUp, 10_000, ...ADDRESSES.slice(2))).toBe(48 * 120);
  });

  it.each([
    [1, 1],
    [5, 1],
    [9, 1],
    [10, 2],
  ])('of a budget of %i a minute are %i', (perMinute, most) => {
    expect(admit(createOpenLookupLimit(perMinute, createClock().monotonic), 100, ...ADDRESSES)).toBe(most);
  });

  it('begin anew after a minute', () => {
    const clock = createClock();
    const mayLookUp = createOpenLookupLimit(600, clock.monotonic);
    const sequence = [admit(mayLookUp, 200, ...ADDRESSES)];
    for (const ms of [59_999, 1, 60_000, 600_000]) {
      clock.advance(ms);
      sequence.push(admit(mayLookUp, 200 + ms, ...ADDRESSES));
    }
    expect(sequence).toEqual([120, 0, 120, 120, 120]);
  });

  it('count people and not requests', () => {
    const clock = createClock();
    const mayLookUp = createOpenLookupLimit(600, clock.monotonic);
    for (let request = 0; request < 1_000; request += 1) expect(mayLookUp('192.0.2.1', 'ann')).toBe(true);
    expect(admit(mayLookUp, 500, '192.0.2.1')).toBe(59);
    // Also from elsewhere, and when there is no room any more.
    expect(mayLookUp('192.0.2.9', 'ann')).toBe(true);
    clock.advance(60_000);
    expect(admit(mayLookUp, 600, ...ADDRESSES)).toBe(120);
    expect(mayLookUp('192.0.2.1', 'ann')).toBe(false);
  });
});

describe('an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:DB8:1:2::6', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:db8::3:4:5:6', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['::', '0:0:0:0'],
    ['1::2:3:4:5:6:7', '1:0:2:3'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['', ''],
  ])('%s counts as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it('of IPv6 cannot be changed to be let in again', () => {
    const mayLookUp = createOpenLookupLimit(600, createClock().monotonic);
    const addresses = Array.from({ length: 500 }, (_, index) => `2001:db8:0:1::${index.toString(16)}`);
    expect(admit(mayLookUp, 500, ...addresses)).toBe(60);
  });
});
