import type { Span } from './places.ts';
import { always, type Check, type Found, findAt, type Reading } from './reading.ts';

// Liquid is made inert by a word joiner, and then stands there to be read. Names in square brackets need an underscore,
// since editors put words in brackets, too.
const MERGE_TAG =
  /\{\u2060?[{%]|%%[^%\s][^%\n]{0,60}%%|\*\|[^|\n]{1,60}\|\*|\$\$\w{1,60}\$\$|\[[a-z]{1,30}(?:_[a-z]{1,30}){1,5}\]/gi;

/** What programs write where a value is missing. */
const NO_VALUE = /^\s*(?:undefined|null|NaN)\s*$|\[object Object\]/;

/** Attributes that people read or follow. */
const READ_ATTRIBUTES: readonly string[] = ['alt', 'title', 'aria-label', 'href', 'src'];

/** Whether something stands there that should have been filled in. */
export const LEFTOVERS: Check = {
  id: 'leftovers',
  passed: 'Nothing is left to be filled in',
  fits: always,
  find: (reading) => {
    const pieces = readPieces(reading);
    return [
      ...findAt(reading, pieces.flatMap(mergeTagsIn), () => ({
        severity: 'warning',
        title: 'A placeholder stands in the message, and people would read it',
        advice:
          'Inlay does not fill in what comes from the CMS, and keeps Braze from doing so. Take it out of the text there, or out of the template.',
      })),
      ...findAt(
        reading,
        pieces.filter(({ text }) => NO_VALUE.test(text)),
        () => ({
          severity: 'warning',
          title: 'A word stands where a value is missing',
          advice: 'See which field of the CMS it comes from, and leave that empty instead.',
        }),
      ),
    ];
  },
};

type Piece = Span & { readonly text: string; readonly isSource: boolean };

function readPieces({ message, body, html }: Reading): Piece[] {
  if (message.kind === 'text') return [{ text: body, start: 0, end: body.length, isSource: true }];
  const texts = html.texts.map((piece) => ({ ...piece, isSource: false }));
  const attributes = html.tags.flatMap(({ attributes, start, end }) =>
    READ_ATTRIBUTES.flatMap((name) => {
      const text = attributes[name];
      return text === undefined ? [] : [{ text, start, end, isSource: false }];
    }),
  );
  return [...texts, ...attributes];
}

/** Characters around a placeholder, so that people see where it is. */
const AROUND = 30;

/** In HTML the whole piece, since what is read is not as long as what is written. */
function mergeTagsIn({ text, start, end, isSource }: Piece): Span[] {
  if (!isSource) return text.search(MERGE_TAG) === -1 ? [] : [{ start, end }];
  return Array.from(text.matchAll(MERGE_TAG), ({ 0: tag, index }) => {
    const before = text.slice(Math.max(0, index - AROUND), index);
    return { start: index - before.length + before.lastIndexOf('\n') + 1, end: index + tag.length + AROUND };
  });
}

/** Whether plain text has what only HTML can show. */
export const MARKUP_IN_TEXT: Check = {
  id: 'markup_in_text',
  passed: 'No HTML in the plain text',
  fits: ({ kind }) => kind === 'text',
  find: (reading): readonly Found[] => {
    const found = Array.from(
      reading.body.matchAll(/<\/?[a-z][^<>\n]{0,200}>|<!--|&(?:[a-z]{2,8}|#\d{2,6});/gi),
      ({ 0: markup, index }) => ({ start: index, end: index + markup.length }),
    );
    return findAt(reading, found, () => ({
      severity: 'warning',
      title: 'HTML stands in the plain text, and people would read it',
      advice: 'Take tags and entities such as &amp; out of the template for plain text.',
    }));
  },
};
