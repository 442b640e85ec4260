import Handlebars from 'handlebars';
import juice from 'juice';
import type { Block } from '../domain/block.ts';
import { isFallback } from '../domain/decision.ts';
import type { MessageContext, Template, TemplateSource } from '../domain/message.ts';
import { nameTraits } from '../domain/traits.ts';
import { guardTemplate, SAFE_URL, TemplateError } from './guard.ts';
import { asText, HELPERS } from './helpers.ts';
import { findUnknownName } from './names.ts';

/** True for the templates that make plain text. */
export function isTextTemplate(name: string): boolean {
  return name.endsWith('.txt');
}

/**
 * Makes a template ready to render: partials without arguments put in, CSS inlined, every value escaped. All of it
 * happens here, at load, so that rendering is one function call. Throws a `TemplateError` with the line at fault.
 */
export function compileTemplate(source: TemplateSource, trial: readonly Block[]): Template {
  checkSource(source.text, isTextTemplate(source.name), source.partials);
  checkNames(source);
  const text = inlineCss(expandPartials(source.text, source.partials, []), source.name);
  const render = build(source, text);
  tryOut(render, trial);
  return isTextTemplate(source.name) ? finishText(render) : finishHtml(render);
}

type Render = (context: object) => string;

/** Checks a template or a partial as it is written, so that lines are those of the file. Throws a `TemplateError`. */
export function checkSource(text: string, isText: boolean, partials: ReadonlyMap<string, string>): void {
  const usable = [...usablePartials(partials, isText).keys()];
  guardTemplate(parse(text), !isText, { helpers: HELPER_NAMES, partials: new Set(usable) });
}

/** Pieces of plain text are no HTML; HTML in plain text is odd, but harms nobody. */
function usablePartials(partials: ReadonlyMap<string, string>, isText: boolean): ReadonlyMap<string, string> {
  return isText ? partials : new Map([...partials].filter(([name]) => !isTextTemplate(name)));
}

function checkNames({ text, fields, traits }: TemplateSource): void {
  const unknown = findUnknownName(parse(text), {
    top: TOP_NAMES,
    item: new Set([...fields, 'id', 'position', 'click_url']),
    profile: new Set(traits),
  });
  if (!unknown) return;
  const message = `uses "${unknown.name}", which neither the content source nor Inlay provides`;
  throw new TemplateError(message, unknown.line);
}

const TOP_LIST = [
  'placement',
  'title',
  'variant',
  'reason',
  'is_treatment',
  'is_fallback',
  'is_sample',
  'has_items',
  'item_count',
  'items',
  'item',
  'profile',
  'campaign',
  'channel',
  'locale',
] as const;
type TopName = (typeof TOP_LIST)[number];
const TOP_NAMES: ReadonlySet<string> = new Set(TOP_LIST);
const HELPER_NAMES: ReadonlySet<string> = new Set(Object.keys(HELPERS));
const KNOWN_HELPERS = Object.fromEntries([...HELPER_NAMES, SAFE_URL].map((name) => [name, true]));

function parse(text: string): hbs.AST.Program {
  try {
    return Handlebars.parse(text);
  } catch (error) {
    const message = (error as Error).message;
    // A wrong end has its place at the end of the message, everything else at its beginning.
    const line = (/on line (\d+)/.exec(message) ?? / - (\d+):\d+$/.exec(message))?.[1];
    const reason = message
      .replace(/^Parse error on line \d+:\s*/, '')
      .split('\n')
      .at(-1);
    throw new TemplateError(`does not compile: ${reason}`, line === undefined ? null : Number(line));
  }
}

/** Puts in the text of `{{> name}}`, so that the CSS of one serves the other. */
function expandPartials(
  text: string,
  partials: ReadonlyMap<string, string>,
  path: readonly string[],
): string {
  return text.replace(/\{\{~?>\s*([\w./-]+)\s*~?\}\}/g, (call, name: string) => {
    const partial = partials.get(name);
    if (partial === undefined) return call;
    if (path.includes(name)) throw new TemplateError(`calls the partial "${name}" from itself`, null);
    return expandPartials(partial.trimEnd(), partials, [...path, name]);
  });
}

function inlineCss(text: string, name: string): string {
  if (isTextTemplate(name)) return text;
  return juice(text, {
    removeStyleTags: true,
    preserveMediaQueries: true,
    preserveFontFaces: false,
    // It would write `height="auto"`, which is not HTML.
    applyHeightAttributes: false,
    applyWidthAttributes: false,
  });
}

function build({ name, partials, schemes }: TemplateSource, text: string): Render {
  const isText = isTextTemplate(name);
  const usable = usablePartials(partials, isText);
  const vocabulary = { helpers: HELPER_NAMES, partials: new Set(usable.keys()) };
  const environment = Handlebars.create();
  const compile = (source: string): Handlebars.TemplateDelegate => {
    const program = parse(source);
    guardTemplate(program, !isText, vocabulary);
    return environment.compile(program, {
      noEscape: isText,
      knownHelpersOnly: true,
      knownHelpers: KNOWN_HELPERS,
    });
  };
  const safe = new RegExp(`^(?:${schemes.map((scheme) => RegExp.escape(scheme)).join('|')}):`, 'i');
  environment.registerHelper({
    ...HELPERS,
    [SAFE_URL]: (value: unknown) => (safe.test(asText(value)) ? value : ''),
  });
  for (const [partial, source] of usable) environment.registerPartial(partial, compile(source));
  return compile(text);
}

/** What fails with full or with bare items would fail in a message. */
function tryOut(render: Render, trial: readonly Block[]): void {
  try {
    for (const block of trial) render(contextOf(block, NO_MESSAGE));
  } catch (error) {
    throw new TemplateError(`cannot be rendered: ${(error as Error).message}`, null);
  }
}

const NO_MESSAGE: MessageContext = { campaign: null, channel: null, locale: null };

function finishText(render: Render): Template {
  return (block, message) =>
    block.items.length === 0 ? '' : `${render(contextOf(block, message)).trim()}\n`;
}

/** Braze parses whatever is valid JSON, so HTML begins with `<` at any rate. */
function finishHtml(render: Render): Template {
  return (block, message) => {
    if (block.items.length === 0) return nothingToShow(block);
    const html = render(contextOf(block, message)).trim();
    return html.startsWith('<') ? html : `<!-- ${block.placement.name} -->${html}`;
  };
}

function nothingToShow({ placement, decision }: Block): string {
  return `<!-- ${placement.name}: nothing to show (${decision.reason}) -->`;
}

/** What templates see, under the names that they can use. */
function contextOf(block: Block, message: MessageContext): Record<TopName, unknown> {
  const { placement, decision } = block;
  const items = block.items.map(({ content, position, clickUrl }) => ({
    ...content.values,
    id: content.id,
    position,
    click_url: clickUrl,
  }));
  return {
    placement: placement.name,
    title: placement.title,
    variant: decision.variant,
    reason: decision.reason,
    is_treatment: decision.variant === 'treatment',
    is_fallback: isFallback(decision),
    is_sample: block.isSample,
    has_items: items.length > 0,
    item_count: items.length,
    items,
    item: items[0] ?? null,
    profile: nameTraits(placement, block.traits),
    campaign: message.campaign,
    channel: message.channel,
    locale: message.locale,
  };
}
