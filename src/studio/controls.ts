import { SAMPLE_NAMES } from '../domain/sample.ts';
import type { Texts } from '../domain/texts.ts';
import { pathOf } from './chrome.ts';
import { languagesOf } from './languages.ts';
import type { StudioPlacement } from './placement.ts';
import {
  formatPreviewState,
  htmlTemplatesOf,
  MAX_SIDE_BY_SIDE,
  MAX_WIDTH,
  MIN_WIDTH,
  type PreviewState,
  shownOf,
  WIDTHS,
} from './preview-state.ts';
import type { Reader } from './reader.ts';
import { nameSample, nameTemplate } from './words.ts';

/** What a preview can be asked for. */
export function viewControls(
  { placed, texts, state }: { placed: StudioPlacement; texts: Texts; state: PreviewState },
  { language }: Reader,
): object {
  const { placement } = placed;
  const locales = new Set([...languagesOf(placed, texts), ...(state.locale === null ? [] : [state.locale])]);
  return {
    ...viewSamples(placed, state),
    ...{ minWidth: MIN_WIDTH, maxWidth: MAX_WIDTH, maxPeople: MAX_SIDE_BY_SIDE },
    widths: WIDTHS.map((value) => ({ value, isCurrent: value === state.width })),
    isFree: !WIDTHS.some((width) => width === state.width),
    usualLanguage: placement.locale === null ? 'Default' : language(placement.locale),
    languages: [...locales].map((locale) => ({
      ...{ locale, name: language(locale), isCurrent: locale === state.locale },
    })),
    exclude: state.exclude.join(', '),
    hasMore:
      state.limit !== null ||
      state.position !== null ||
      state.exclude.length > 0 ||
      state.channel !== null ||
      state.page,
    views: { title: 'Form', tabs: viewTabs(placed, state) },
    address: hrefOf(placed, state),
  };
}

/** Those that every placement has, and those of its own `samples.yaml`. */
function viewSamples({ samples }: StudioPlacement, { who }: PreviewState): object {
  const all = [...samples.values()].map((sample) => ({
    name: sample.name,
    title: nameSample(sample),
    isShown: who.includes(sample.name),
  }));
  const isUsual = ({ name }: { readonly name: string }): boolean => SAMPLE_NAMES.includes(name);
  return { samples: all.filter(isUsual), ownSamples: all.filter((sample) => !isUsual(sample)) };
}

function viewTabs(placed: StudioPlacement, state: PreviewState): object[] {
  const tab = (label: string, change: Partial<PreviewState>, isCurrent: boolean): object => ({
    ...{ label, isCurrent },
    href: hrefOf(placed, { ...state, ...change }),
  });
  const blocks = htmlTemplatesOf(placed.templates).map((template) =>
    tab(
      nameTemplate(template),
      { show: 'block', template },
      state.show === 'block' && state.template === template,
    ),
  );
  const others = shownOf(placed.templates).filter((show) => show !== 'block');
  return [...blocks, ...others.map((show) => tab(LABELS[show], { show }, state.show === show))];
}

const LABELS = { text: 'Plain text', source: 'HTML source', keys: 'JSON keys' } as const;

/** The address of a view. */
export function hrefOf({ placement }: StudioPlacement, state: PreviewState): string {
  return `${pathOf(placement.name)}${formatPreviewState(state)}`;
}
