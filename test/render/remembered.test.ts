import { describe, expect, it } from 'vitest';
import type { Block } from '../../src/domain/block.ts';
import type { TemplateSource } from '../../src/domain/message.ts';
import { type Texts, UNKNOWN_TEXTS } from '../../src/domain/texts.ts';
import { rememberTemplates } from '../../src/render/remembered.ts';
import { placementWith } from '../domain/examples.ts';
import { blockWith } from './examples.ts';

const SOURCE: TemplateSource = {
  name: 'email',
  text: '<p>{{> label text=item.title}}</p>',
  partials: new Map([['label', '<b>{{text}}</b>']]),
  schemes: ['https'],
  fields: ['title', 'url'],
  html: [],
  traits: [],
  texts: new Map([['default', new Map([['cta', 'More']])]]),
};
const TRIAL: readonly Block[] = [blockWith(1)];

const textsOf = (cta: string): Texts => new Map([['default', new Map([['cta', cta]])]]);

describe('a template that was compiled before', () => {
  it('is the same one as long as nothing of it changes', () => {
    const { compile, endReading } = rememberTemplates();
    const first = compile(SOURCE, TRIAL);
    expect(compile({ ...SOURCE, partials: new Map(SOURCE.partials), texts: textsOf('More') }, TRIAL)).toBe(
      first,
    );
    for (let reading = 0; reading < 3; reading += 1) {
      endReading(true);
      expect(compile(SOURCE, TRIAL)).toBe(first);
    }
  });

  it.each<[string, Partial<TemplateSource>]>([
    ['text', { text: '<p>{{item.title}}</p>' }],
    ['partials', { partials: new Map([['label', '<i>{{text}}</i>']]) }],
    ['schemes', { schemes: ['https', 'myapp'] }],
    ['fields', { fields: ['title', 'url', 'more'] }],
    ['fields of HTML', { html: ['title'] }],
    ['traits', { traits: ['plan'] }],
    ['texts', { texts: textsOf('Less') }],
    ['kind', { name: 'email.txt' }],
  ])('is compiled anew with other %s', (_what, change) => {
    const { compile } = rememberTemplates();
    expect(compile({ ...SOURCE, ...change }, TRIAL)).not.toBe(compile(SOURCE, TRIAL));
  });

  it.each<[string, readonly Block[]]>([
    ['number of items', [blockWith(2)]],
    ['placement', [blockWith(1, { placement: placementWith({ name: 'other' }) })]],
  ])('is tried anew with another %s', (_what, trial) => {
    const { compile } = rememberTemplates();
    expect(compile(SOURCE, trial)).not.toBe(compile(SOURCE, TRIAL));
  });

  it('without texts to check it against is no template for where there are none', () => {
    const { compile } = rememberTemplates();
    const source = { ...SOURCE, text: '<p>{{text "cta"}}</p>' };
    compile({ ...source, texts: UNKNOWN_TEXTS }, TRIAL);
    expect(() => compile({ ...source, texts: new Map() }, TRIAL)).toThrow(/texts\/default\.yaml/);
  });

  it('and is at fault is at fault again', () => {
    const { compile, endReading } = rememberTemplates();
    const source = { ...SOURCE, text: '{{placment}}' };
    for (let reading = 0; reading < 2; reading += 1) {
      expect(() => compile(source, TRIAL)).toThrow(/"placment"/);
      endReading(false);
    }
  });

  it('is forgotten once neither the last reading nor the last good one asked for it', () => {
    const { compile, endReading } = rememberTemplates();
    const other = { ...SOURCE, text: '<p>{{item.title}}</p>' };
    const first = compile(SOURCE, TRIAL);
    endReading(true);
    compile(other, TRIAL);
    endReading(false);
    expect(compile(SOURCE, TRIAL)).toBe(first);
    endReading(false);
    compile(other, TRIAL);
    endReading(true);
    expect(compile(SOURCE, TRIAL)).not.toBe(first);
  });
});
