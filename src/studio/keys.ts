import type { StudioPlacement } from './placement.ts';
import type { Preview } from './preview.ts';
import type { PreviewState } from './preview-state.ts';
import { clip } from './text.ts';

/** One key of the flat JSON, with what each person gets for it. */
export type KeyRow = {
  readonly key: string;
  /** What stands in Braze's message for it. */
  readonly liquid: string;
  readonly values: readonly { readonly text: string; readonly isNull: boolean }[];
};

/** A value is for recognising it. */
const MAX_VALUE = 1_000;

/** The keys of the JSON as calls get them, side by side for several people. */
export function tableKeys(
  { renderJson }: StudioPlacement,
  previews: readonly Preview[],
  { position }: Pick<PreviewState, 'position'>,
): KeyRow[] {
  const answers = previews.map(
    ({ answer }) =>
      JSON.parse(
        renderJson(answer.block, { shape: 'flat', position, escape: null, explain: null }),
      ) as Readonly<Record<string, unknown>>,
  );
  return Object.keys(answers[0] ?? {}).map((key) => ({
    key,
    liquid: `{{reco.${key}}}`,
    values: answers.map((answer) => {
      const value = answer[key] ?? null;
      return { text: clip(String(value), MAX_VALUE), isNull: value === null };
    }),
  }));
}
