import type { Edits, StudioPlacement } from './placement.ts';
import type { Preview } from './preview.ts';

/** One item whose fields can be typed over. */
export type Editor = {
  readonly id: string;
  /** The same without white space, for ids of the page. */
  readonly key: string;
  /** 1…n, as the first sample that has it shows it. */
  readonly position: number;
  readonly fields: readonly {
    readonly name: string;
    /** What the content says, which is what counts again once it is typed back. */
    readonly original: string;
    readonly value: string;
    readonly isRequired: boolean;
    /** True if it is required and was typed away. */
    readonly isMissing: boolean;
    /** Too long for a line to type into. */
    readonly isLong: boolean;
  }[];
};

const MAX_LENGTH = 5_000;

/** What can be typed over: the declared fields of all items that the samples show, each once. `previews` are without edits. */
export function viewEditors(
  { source }: StudioPlacement,
  previews: readonly Preview[],
  edits: Edits,
): Editor[] {
  const editors = new Map<string, Editor>();
  for (const { who, answer } of previews) {
    if (who.kind !== 'sample') continue;
    for (const { content, position } of answer.block.items) {
      if (editors.has(content.id)) continue;
      const own = Object.hasOwn(edits, content.id) ? (edits[content.id] ?? {}) : {};
      const fields = source.origin.fields.map(({ name }) => {
        const original = String(content.values[name] ?? '');
        const value = Object.hasOwn(own, name) ? (own[name] ?? '') : original;
        const isRequired = source.shape.required.includes(name);
        const isMissing = isRequired && value.trim() === '';
        return { name, original, value, isRequired, isMissing, isLong: original.length > MAX_LENGTH };
      });
      editors.set(content.id, { id: content.id, key: keyOf(content.id), position, fields });
    }
  }
  return [...editors.values()];
}

function keyOf(id: string): string {
  return encodeURIComponent(id.toWellFormed());
}
