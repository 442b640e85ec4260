import { describe, expect, it } from 'vitest';
import { findText, type Texts } from '../../src/domain/texts.ts';

const TEXTS: Texts = new Map([
  ['default', new Map(Object.entries({ cta: 'More', new: 'New', off: 'Off', none: '' }))],
  ['de', new Map(Object.entries({ cta: 'Mehr', new: 'Neu', off: '' }))],
  ['de-AT', new Map(Object.entries({ new: 'Heuer neu' }))],
  ['zh-Hant-TW', new Map(Object.entries({ cta: '更多' }))],
]);

describe('a text', () => {
  it.each<[string, string | null, string | null]>([
    ['cta', 'de', 'Mehr'],
    ['cta', 'de-AT', 'Mehr'],
    ['new', 'de-AT', 'Heuer neu'],
    ['new', 'de-CH', 'Neu'],
    ['new', 'de-CH-1996', 'Neu'],
    ['cta', 'zh-Hant-TW', '更多'],
    ['cta', 'zh-Hant', 'More'],
    ['cta', 'fr', 'More'],
    ['cta', null, 'More'],
    ['off', 'de-AT', ''],
    ['none', 'de', ''],
    ['gone', 'de', null],
    ['constructor', 'de', null],
    ['cta', 'default', 'More'],
  ])('%s in %s is %j: the nearest that there is', (key, locale, expected) => {
    expect(findText(TEXTS, key, locale)).toBe(expected);
  });

  it('is not there where there are no texts', () => {
    expect(findText(new Map(), 'cta', 'de')).toBeNull();
  });
});
