import { plainExpression, withBraces } from './attributes.ts';
import { type CallTag, type Piece, readCallTag } from './call-tag.ts';
import { abortReason } from './check-syntax.ts';
import { Notes } from './notes.ts';
import { onlyLines, type Segment, scan, type Tag, tagsWithin } from './scan.ts';

/** A message for Liquid: over the same lines, with numbers in place of what only Braze can read. */
export type Program = {
  readonly source: string;
  readonly calls: readonly CallTag[];
  readonly abortReasons: readonly (string | null)[];
};

/** Braze's tags that give nothing here. */
export const SILENT: ReadonlySet<string> = new Set([
  'message_extras',
  'catalog_items',
  'catalog_selection_items',
  'promotion',
]);

export function translate(segments: readonly Segment[]): Program {
  const calls: CallTag[] = [];
  const abortReasons: (string | null)[] = [];

  const writeTag = (tag: Tag): string => {
    const { name, args } = tag;
    if (name === 'connected_content') {
      const number = calls.push(readCallTag(args, tag.line, tag.argsLine)) - 1;
      return `${name} ${number}${onlyLines(args)}`;
    }
    if (name === 'abort_message') {
      const number = abortReasons.push(abortReason(args)) - 1;
      return `${name} ${number}${onlyLines(args)}`;
    }
    if (SILENT.has(name)) return `${name}${onlyLines(args)}`;
    return `${name}${plainExpression(args).text}`;
  };
  const writeLines = (whole: Tag): string => {
    const written = new Map(tagsWithin(whole).map((tag) => [tag.line, writeTag(tag)]));
    const lines = whole.args.split('\n');
    return lines.map((text, index) => written.get(whole.argsLine + index) ?? text).join('\n');
  };

  const write = (segment: Segment): string => {
    if (segment.kind === 'text') return segment.text;
    const { open, close } = segment;
    if (segment.kind === 'output') return `${open} ${writeValue(segment.inner)} ${close}`;
    const { name, args } = segment;
    if (name === '#') return `${open}# ${onlyLines(args)}${close}`;
    if (name === 'liquid') return `${open} liquid ${writeLines(segment)} ${close}`;
    return `${open} ${writeTag(segment)} ${close}`;
  };
  return { source: segments.map(write).join(''), calls, abortReasons };
}

/** An output without anything gives nothing. */
function writeValue(inner: string): string {
  return inner.trim() === '' ? `nil${onlyLines(inner)}` : plainExpression(inner).text;
}

/** A part of a Connected Content tag for Liquid, on its line. What is wrong with it is told by the checks. */
export function translatePiece(piece: Piece): string {
  const { source } = translate(segmentsOf(piece, new Notes()));
  return '\n'.repeat(piece.line - 1) + source;
}

/** `${…}` without braces too. */
export function segmentsOf({ text, line }: Piece, notes: Notes): Segment[] {
  return scan(text, line, notes).flatMap((segment) =>
    segment.kind === 'text' ? scan(withBraces(segment.text), segment.line, notes) : [segment],
  );
}
