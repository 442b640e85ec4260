import { describe, expect, it } from 'vitest';
import {
  formatPreviewState,
  htmlTemplatesOf,
  type PreviewState,
  parsePreviewState,
  shownOf,
  textTemplateOf,
} from '../../src/studio/preview-state.ts';
import { placedWith } from './examples.ts';

const PLACED = placedWith({ items: 3 });
const parse = (query: string, placed = PLACED): PreviewState =>
  parsePreviewState(new URLSearchParams(query), placed);

const USUAL: PreviewState = {
  ...{ who: ['treatment', 'control'], show: 'block', template: 'email', width: 600, scheme: 'light' },
  ...{ locale: null, limit: null, exclude: [], position: null, campaign: null, channel: null, page: false },
};

describe('the state of a view', () => {
  it('is the usual one without a query, which stays out of the address', () => {
    expect(parse('')).toEqual(USUAL);
    expect(formatPreviewState(USUAL)).toBe('');
  });

  it.each<[string, Partial<PreviewState>]>([
    ['?who=control,long-titles', { who: ['control', 'long-titles'] }],
    ['?who=', { who: [] }],
    ['?show=keys', { show: 'keys' }],
    ['?show=text', { show: 'text' }],
    ['?template=message', { template: 'message' }],
    ['?width=375', { width: 375 }],
    ['?width=240', { width: 240 }],
    ['?scheme=dark', { scheme: 'dark' }],
    ['?locale=de-AT', { locale: 'de-AT' }],
    ['?limit=2&position=3', { limit: 2, position: 3 }],
    ['?exclude=a,b+c,d%26e', { exclude: ['a', 'b c', 'd&e'] }],
    ['?campaign=weekly+%26+more&channel=e%2Bmail', { campaign: 'weekly & more', channel: 'e+mail' }],
    ['?page=1', { page: true }],
    [
      '?who=long&show=source&template=message&width=733&scheme=dark&locale=de&limit=1&exclude=x&position=1&campaign=w&channel=c&page=1',
      {
        ...{ who: ['long'], show: 'source', template: 'message', width: 733, scheme: 'dark', locale: 'de' },
        ...{ limit: 1, exclude: ['x'], position: 1, campaign: 'w', channel: 'c', page: true },
      },
    ],
  ])('goes into %s and comes out of it', (query, change) => {
    const state = { ...USUAL, ...change };
    expect(formatPreviewState(state)).toBe(query);
    expect(parse(query)).toEqual(state);
  });

  it.each([
    'who=nobody&who=constructor',
    'show=everything',
    'template=../secret',
    'width=9999&width=375',
    'width=-1',
    'width=1e3',
    'width=375.5',
    'scheme=pink',
    'locale=@@@',
    'limit=0',
    'limit=4',
    'position=99999999999',
    `campaign=${'x'.repeat(129)}`,
    'campaign=%20%20',
    'page=yes',
    'id=ann&user_id=ann',
  ])('takes %s as if nothing were said', (query) => {
    const { who, ...others } = parse(query);
    expect({ ...others, who: query.startsWith('who') ? USUAL.who : who }).toEqual(USUAL);
  });

  it('shows at most six people, each once', () => {
    const all = 'treatment,control,treatment,unknown,empty,outage,long,sparse,long-titles';
    expect(parse(`who=${all}`).who).toEqual(['treatment', 'control', 'unknown', 'empty', 'outage', 'long']);
    expect(parse('who=treatment&who=control').who).toEqual(['treatment', 'control']);
  });
});

describe('the forms of a message', () => {
  const shown = (...templates: string[]) => shownOf(placedWith({}, templates).templates);

  it('are those that there are templates for', () => {
    expect(shown('email', 'email.txt')).toEqual(['block', 'text', 'source', 'keys']);
    expect(shown('email')).toEqual(['block', 'source', 'keys']);
    expect(shown('email.txt')).toEqual(['text', 'keys']);
    expect(shown()).toEqual(['keys']);
  });

  it('begin with the first of them', () => {
    expect(parse('', placedWith({}, [])).show).toBe('keys');
    expect(parse('show=block', placedWith({}, ['card.txt'])).show).toBe('text');
    expect(parse('show=text', placedWith({}, ['email'])).show).toBe('block');
    expect(parse('', placedWith({}, ['card'])).template).toBe('card');
  });

  it('have the e-mail first, then the others by name', () => {
    const { templates } = placedWith({}, ['zebra', 'email.txt', 'card', 'email']);
    expect(htmlTemplatesOf(templates)).toEqual(['email', 'card', 'zebra']);
  });

  it('have the plain text beside the template, or that of the e-mail, or any', () => {
    const { templates } = placedWith({}, ['email', 'email.txt', 'card', 'card.txt', 'a.txt']);
    expect(textTemplateOf(templates, 'card')).toBe('card.txt');
    expect(textTemplateOf(templates, 'message')).toBe('email.txt');
    expect(textTemplateOf(placedWith({}, ['z.txt', 'b.txt']).templates, null)).toBe('b.txt');
    expect(textTemplateOf(placedWith({}, ['email']).templates, 'email')).toBeNull();
  });
});
