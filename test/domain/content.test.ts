import { describe, expect, it } from 'vitest';
import {
  type Content,
  type ContentShape,
  type FieldValue,
  isComplete,
  type LeftOutReason,
  whyLeftOut,
} from '../../src/domain/content.ts';

const SHAPE: ContentShape = { fields: ['title', 'url', 'price'], required: ['title', 'price'], html: [] };
const FULL = { title: 'Investing', url: null, price: 0 };

function content(values: Record<string, FieldValue>): Content {
  return { id: 'a', values: { ...FULL, ...values } };
}

function why(values: Record<string, FieldValue>, now = '2026-11-27T12:00:00Z'): LeftOutReason | null {
  return whyLeftOut(content(values), SHAPE, Date.parse(now));
}

describe('an item', () => {
  it.each<[string, Record<string, FieldValue>, boolean]>([
    ['with all that is required', {}, true],
    ['that costs nothing', { price: 0 }, true],
    ['without what is required', { title: null }, false],
    ['without what is not required', { url: null }, true],
  ])('%s: complete %s', (_case, values, complete) => {
    expect(isComplete(content(values), SHAPE)).toBe(complete);
    expect(why(values)).toBe(complete ? null : 'incomplete');
  });

  it('whose source does not know a required field at all is incomplete', () => {
    expect(isComplete({ id: 'a', values: { title: 'Investing' } }, SHAPE)).toBe(false);
  });

  it.each<[FieldValue, LeftOutReason | null]>([
    [true, null],
    [false, 'out_of_stock'],
    [null, null],
  ])('whose availability is %s: %s', (available, reason) => {
    expect(why({ available })).toBe(reason);
  });

  it.each<[string | null, string, LeftOutReason | null]>([
    ['2026-11-27', '2026-11-26T23:59:59.999Z', 'not_started'],
    ['2026-11-27', '2026-11-27T00:00:00Z', null],
    ['2026-11-27T09:00:00.000Z', '2026-11-27T08:59:59.999Z', 'not_started'],
    ['2026-11-27T09:00:00.000Z', '2026-11-27T09:00:00Z', null],
    [null, '1970-01-01T00:00:00Z', null],
  ])('that starts at %s, at %s: %s', (starts_at, now, reason) => {
    expect(why({ starts_at }, now)).toBe(reason);
  });

  it.each<[string | null, string, LeftOutReason | null]>([
    ['2026-11-27', '2026-11-27T00:00:00Z', null],
    ['2026-11-27', '2026-11-27T23:59:59.999Z', null],
    ['2026-11-27', '2026-11-28T00:00:00Z', 'ended'],
    ['2026-11-27T09:00:00.000Z', '2026-11-27T08:59:59.999Z', null],
    ['2026-11-27T09:00:00.000Z', '2026-11-27T09:00:00Z', 'ended'],
    ['2026-02-28', '2026-02-28T23:59:59Z', null],
    ['2026-12-31', '2027-01-01T00:00:00Z', 'ended'],
    [null, '9999-12-31T00:00:00Z', null],
  ])('that ends at %s, at %s: %s', (ends_at, now, reason) => {
    expect(why({ ends_at }, now)).toBe(reason);
  });

  it('that starts and ends on one day is shown on that day', () => {
    const day = { starts_at: '2026-11-27', ends_at: '2026-11-27' };
    expect(why(day, '2026-11-26T23:59:59Z')).toBe('not_started');
    expect(why(day, '2026-11-27T12:00:00Z')).toBeNull();
    expect(why(day, '2026-11-28T00:00:00Z')).toBe('ended');
  });

  it.each<[Record<string, FieldValue>, LeftOutReason]>([
    [{ title: null, available: false, ends_at: '2020-01-01' }, 'incomplete'],
    [{ available: false, starts_at: '2030-01-01', ends_at: '2020-01-01' }, 'out_of_stock'],
    [{ starts_at: '2030-01-01', ends_at: '2020-01-01' }, 'not_started'],
  ])('with several reasons names the first: %j', (values, reason) => {
    expect(why(values)).toBe(reason);
  });

  it.each<Record<string, FieldValue>>([
    { starts_at: 'soon' },
    { ends_at: 'never' },
    { ends_at: 5 },
    { available: 'no' },
  ])('with %j, which is no date and no yes or no, is shown', (values) => {
    expect(why(values)).toBeNull();
  });
});
