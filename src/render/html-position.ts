// White space is what it is to HTML: not, as in a regular expression, a space that does not break.

/**
 * Where in HTML a piece of a template stands, as far as it matters for what a value may do there. Values are immutable,
 * and text moves from one to the next.
 */
export type HtmlPosition =
  | { readonly in: 'text' }
  | { readonly in: 'comment' }
  | { readonly in: 'style' }
  /** Between attributes; `isStyle` if the tag opens a style element. */
  | { readonly in: 'tag'; readonly isStyle: boolean; readonly attribute: string }
  /** Behind `=`, before a quote. */
  | { readonly in: 'unquoted'; readonly isStyle: boolean; readonly attribute: string }
  | {
      readonly in: 'quoted';
      readonly isStyle: boolean;
      readonly attribute: string;
      readonly quote: string;
      /** The fixed text that the attribute's value begins with, as much of it as tells what kind of URL it is. */
      readonly beginning: string;
      /** True once a value stands in it, behind which fixed text is no beginning any more. */
      readonly hasValue: boolean;
    };

/** Longer than any scheme. */
const MAX_BEGINNING = 40;

export const IN_TEXT: HtmlPosition = { in: 'text' };

/** Where one is behind some fixed text. */
export function moveOver(text: string, from: HtmlPosition): HtmlPosition {
  let position = from;
  let rest = text;
  while (rest !== '') [position, rest] = step(position, rest);
  return position;
}

/** Where one is behind a value. */
export function moveOverValue(position: HtmlPosition): HtmlPosition {
  return position.in === 'quoted' ? { ...position, hasValue: true } : position;
}

type Step = [HtmlPosition, string];

function step(position: HtmlPosition, text: string): Step {
  switch (position.in) {
    case 'text':
      return leaveText(text);
    case 'comment':
      return upTo(text, '-->', IN_TEXT, position);
    case 'style':
      return upTo(text, '</style', { in: 'tag', isStyle: false, attribute: '' }, position);
    case 'tag':
      return stepInTag(position, text);
    case 'unquoted':
      return stepUnquoted(position, text);
    case 'quoted':
      return stepQuoted(position, text);
  }
}

function leaveText(text: string): Step {
  const start = /<!--(?:-?>|\[if[^\]]*\]>)?|<\/?(?:[a-z][^\t\n\f\r />]*|$)/i.exec(text);
  if (!start) return [IN_TEXT, ''];
  const rest = text.slice(start.index + start[0].length);
  // What a conditional comment holds is HTML to Outlook, and `<!-->` is a whole comment.
  if (start[0].length > '<!--'.length && start[0].startsWith('<!--')) return [IN_TEXT, rest];
  if (start[0] === '<!--') return [{ in: 'comment' }, rest];
  return [{ in: 'tag', isStyle: /^<style$/i.test(start[0]), attribute: '' }, rest];
}

function stepInTag(position: Extract<HtmlPosition, { in: 'tag' }>, text: string): Step {
  const [token = '', name] = /^(?:[\t\n\f\r ]+|\/|>|=|([^\t\n\f\r />=]+))/.exec(text) ?? [];
  const rest = text.slice(token.length);
  if (token === '>') return [position.isStyle ? { in: 'style' } : IN_TEXT, rest];
  if (token === '=') return [{ ...position, in: 'unquoted' }, rest];
  // The piece of a name may go on in the next text, or behind a value.
  if (name !== undefined) return [{ ...position, attribute: position.attribute + name.toLowerCase() }, rest];
  return [isFollowedByEquals(rest) ? position : { ...position, attribute: '' }, rest];
}

function isFollowedByEquals(text: string): boolean {
  return text.startsWith('=');
}

function stepUnquoted(position: Extract<HtmlPosition, { in: 'unquoted' }>, text: string): Step {
  const space = /^[\t\n\f\r ]+/.exec(text)?.[0] ?? '';
  if (space !== '') return [position, text.slice(space.length)];
  const quote = text.charAt(0);
  if (quote === '"' || quote === "'") {
    const { isStyle, attribute } = position;
    return [{ in: 'quoted', isStyle, attribute, quote, beginning: '', hasValue: false }, text.slice(1)];
  }
  const value = /^[^\t\n\f\r >]*/.exec(text)?.[0] ?? '';
  const rest = text.slice(value.length);
  return [rest === '' ? position : { in: 'tag', isStyle: position.isStyle, attribute: '' }, rest];
}

function stepQuoted(position: Extract<HtmlPosition, { in: 'quoted' }>, text: string): Step {
  const end = text.indexOf(position.quote);
  const value = end === -1 ? text : text.slice(0, end);
  if (end !== -1) return [{ in: 'tag', isStyle: position.isStyle, attribute: '' }, text.slice(end + 1)];
  const { beginning } = position;
  const longer = position.hasValue ? beginning : `${beginning}${value}`.trimStart().slice(0, MAX_BEGINNING);
  return [{ ...position, beginning: longer }, ''];
}

function upTo(text: string, end: string, behind: HtmlPosition, within: HtmlPosition): Step {
  const at = text.toLowerCase().indexOf(end);
  return at === -1 ? [within, ''] : [behind, text.slice(at + end.length)];
}
