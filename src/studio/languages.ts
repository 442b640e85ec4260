import { DEFAULT_TEXTS, type Texts } from '../domain/texts.ts';
import type { StudioPlacement } from './placement.ts';

/** The locales in which a placement says something of its own: in its content, its texts, or its setting. */
export function languagesOf({ placement, source }: StudioPlacement, texts: Texts): string[] {
  const ofContent = source.origin.fields.flatMap(({ from }) =>
    typeof from === 'string' ? [] : Object.keys(from),
  );
  const all = new Set([...texts.keys(), ...ofContent, placement.locale ?? DEFAULT_TEXTS]);
  all.delete(DEFAULT_TEXTS);
  return [...all].sort();
}
