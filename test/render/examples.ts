import { type Block, placeItems } from '../../src/domain/block.ts';
import type { Content } from '../../src/domain/content.ts';
import { type Decision, decide } from '../../src/domain/decision.ts';
import type { Template } from '../../src/domain/message.ts';
import { NO_TRAITS } from '../../src/domain/profile.ts';
import type { Texts } from '../../src/domain/texts.ts';
import { compileTemplate } from '../../src/render/template.ts';
import { contentOf, DIRECT, NO_MESSAGE, placementWith, SHAPE } from '../domain/examples.ts';

export { NO_MESSAGE };

const placement = placementWith();

/** A treatment with these items. */
export function blockOf(contents: readonly Content[], change: Partial<Block> = {}): Block {
  const lookup = { status: 'found', isControl: false, items: ['a'], traits: NO_TRAITS } as const;
  const decision = decide(placement, lookup);
  return {
    placement,
    shape: SHAPE,
    decision,
    items: placeItems(contents, null, { placement, decision, message: NO_MESSAGE }, DIRECT),
    traits: null,
    isSample: false,
    ...change,
  };
}

/** One with n items. */
export function blockWith(count: number, change: Partial<Block> = {}): Block {
  return blockOf(
    Array.from({ length: count }, (_, index) => contentOf(`item-${index + 1}`)),
    change,
  );
}

export function decisionFor(reason: Decision['reason']): Decision {
  return { variant: reason === 'recommended' ? 'treatment' : 'baseline', reason, itemIds: [] };
}

export type TemplateOptions = {
  readonly name?: string;
  readonly partials?: Readonly<Record<string, string>>;
  readonly schemes?: readonly string[];
  /** Fields besides the usual ones. */
  readonly fields?: readonly string[];
  /** Fields besides these that are sanitised HTML. */
  readonly html?: readonly string[];
  readonly texts?: Texts;
};

/** A template as it is loaded, tried with one full block and one bare one. */
export function compile(
  text: string,
  { name = 'email', partials = {}, schemes, fields = [], html = [], texts = new Map() }: TemplateOptions = {},
): Template {
  const bare = Object.fromEntries(SHAPE.fields.map((field) => [field, null]));
  const source = {
    name,
    text,
    partials: new Map(Object.entries(partials)),
    schemes: schemes ?? ['https', 'http'],
    fields: [...SHAPE.fields, ...fields, ...html],
    html,
    traits: [],
    texts,
  };
  return compileTemplate(source, [blockWith(3), blockOf([{ id: 'bare', values: bare }])]);
}

/** What a template makes of one item. */
export function renderItem(text: string, content: Content, options: TemplateOptions = {}): string {
  return compile(text, options)(blockOf([content]), NO_MESSAGE);
}
