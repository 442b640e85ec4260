import Handlebars from 'handlebars';
import juice from 'juice';
import type { Block } from '../domain/block.ts';
import type { Template, TemplateSource } from '../domain/message.ts';
import type { MessageContext } from '../domain/message-context.ts';
import { DEFAULT_TEXTS, findText, UNKNOWN_TEXTS } from '../domain/texts.ts';
import { AS_TEXT, SAFE_URL, TEXT, type Vocabulary } from './calls.ts';
import { guardTemplate } from './guard.ts';
import { asText, HELPERS, localeOf, plain } from './helpers.ts';
import { findUnknownName } from './names.ts';
import { TemplateError } from './template-error.ts';
import { createView, TOP_NAMES, type View } from './view.ts';

/** True for the templates that make plain text. */
export function isTextTemplate(name: string): boolean {
  return name.endsWith('.txt');
}

/**
 * Makes a template ready to render: partials without arguments put in, CSS inlined, every value escaped. All of it
 * happens here, at load, so that rendering is one function call. Throws a `TemplateError` with the line at fault.
 */
export function compileTemplate(source: TemplateSource, trial: readonly Block[]): Template {
  checkSource(source.text, isTextTemplate(source.name), source);
  checkNames(source);
  const text = inlineCss(expandPartials(source.text, source.partials, []), source.name);
  const render = build(source, text);
  const isText = isTextTemplate(source.name);
  const view = createView(source.html, isText);
  tryOut(render, view, trial);
  return isText ? finishText(render, view) : finishHtml(render, view);
}

type Render = (context: object) => string;

/** Checks a template or a partial as it is written, so that lines are those of the file. Throws a `TemplateError`. */
export function checkSource(text: string, isText: boolean, shared: Shared): void {
  const partials = usablePartials(shared.partials, isText);
  guardTemplate(parse(text), !isText, vocabularyOf({ ...shared, html: [] }, partials));
}

/** What all templates of the folder can use. */
type Shared = Pick<TemplateSource, 'partials' | 'texts'>;

function vocabularyOf(
  { texts, html }: Pick<TemplateSource, 'texts' | 'html'>,
  partials: ReadonlyMap<string, string>,
): Vocabulary {
  return {
    helpers: HELPER_NAMES,
    partials: new Set(partials.keys()),
    texts: texts === UNKNOWN_TEXTS ? null : new Set(texts.get(DEFAULT_TEXTS)?.keys()),
    hasHtml: html.length > 0,
  };
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

const HELPER_NAMES: ReadonlySet<string> = new Set([...Object.keys(HELPERS), TEXT]);
const KNOWN_HELPERS = Object.fromEntries([...HELPER_NAMES, SAFE_URL, AS_TEXT].map((name) => [name, true]));

function parse(text: string): hbs.AST.Program {
  try {
    return Handlebars.parse(text);
  } catch (error) {
    const { message } = error as Error;
    // A wrong end has its place at the end of the message, everything else at its beginning.
    const line = (/on line (\d+)/.exec(message) ?? / - (\d+):\d+$/.exec(message))?.[1];
    throw new TemplateError(
      `does not compile: ${reasonOf(message)}`,
      line === undefined ? null : Number(line),
    );
  }
}

/** The parser says where it stopped, and which of its own symbols it would have gone on with. */
function reasonOf(message: string): string {
  const [first = '', excerpt = ''] = message.split('\n');
  if (!first.startsWith('Parse error')) return first;
  return message.endsWith("got 'EOF'")
    ? 'a block or a brace is still open at its end'
    : `it cannot be read near "${excerpt}"`;
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

function build(source: TemplateSource, text: string): Render {
  const { name, partials, schemes, texts } = source;
  const isText = isTextTemplate(name);
  const usable = usablePartials(partials, isText);
  const vocabulary = vocabularyOf(source, usable);
  const environment = Handlebars.create();
  const compile = (text: string): Handlebars.TemplateDelegate => {
    const program = parse(text);
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
    // The text, and never HTML as such, which would come out unescaped.
    [SAFE_URL]: (value: unknown) => (safe.test(asText(value)) ? asText(value) : ''),
    [AS_TEXT]: plain,
    [TEXT]: (key: string, ...more: unknown[]) => findText(texts, key, localeOf(more)),
  });
  for (const [partial, piece] of usable) environment.registerPartial(partial, compile(piece));
  return compile(text);
}

/** What fails with full or with bare items would fail in a message. */
function tryOut(render: Render, view: View, trial: readonly Block[]): void {
  try {
    for (const block of trial) render(view(block, NO_MESSAGE));
  } catch (error) {
    throw new TemplateError(`cannot be rendered: ${(error as Error).message}`, null);
  }
}

const NO_MESSAGE: MessageContext = { campaign: null, channel: null, locale: null };

function finishText(render: Render, view: View): Template {
  return (block, message) => (block.items.length === 0 ? '' : `${render(view(block, message)).trim()}\n`);
}

/** Braze parses whatever is valid JSON, so HTML begins with `<` at any rate. */
function finishHtml(render: Render, view: View): Template {
  return (block, message) => {
    if (block.items.length === 0) return nothingToShow(block);
    const html = render(view(block, message)).trim();
    return html.startsWith('<') ? html : `<!-- ${block.placement.name} -->${html}`;
  };
}

function nothingToShow({ placement, decision }: Block): string {
  return `<!-- ${placement.name}: nothing to show (${decision.reason}) -->`;
}
