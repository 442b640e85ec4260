import type { Block } from '../domain/block.ts';
import type { Person } from '../domain/person.ts';
import type { Texts } from '../domain/texts.ts';
import { type ShownMessage, viewChecks, viewSizes } from './checks-view.ts';
import { type ChromeParts, pathOf, type Visit, viewChrome } from './chrome.ts';
import { viewEditors } from './editors.ts';
import { tableKeys } from './keys.ts';
import { languagesOf } from './languages.ts';
import type { Edits, StudioPlacement } from './placement.ts';
import { viewHead } from './placement-head.ts';
import type { Preview, Who } from './preview.ts';
import { formatPreviewState, htmlTemplatesOf, type PreviewState, WIDTHS } from './preview-state.ts';
import { countEdits, describeOrigins, explainPreview } from './why.ts';
import { nameSample, nameTemplate } from './words.ts';

export type PlacementPageParts = ChromeParts & {
  readonly preview: (
    placement: StudioPlacement,
    who: Who,
    state: PreviewState,
    edits: Edits,
  ) => Promise<Preview>;
  /** A fragment as a whole page, for a web crop. */
  readonly asPage: (fragment: string, block: Block, state: PreviewState) => string;
  readonly publicUrl: URL;
};

/** What is asked for, and what of it does not stand in the address. */
export type PlacementView = {
  readonly placed: StudioPlacement;
  readonly texts: Texts;
  readonly state: PreviewState;
  readonly people: readonly Person[];
  readonly edits: Edits;
};

/** The address of the empty document that previews are put into. */
export const FRAME_PATH = '/studio/frame';

/** A placement as several people get it, side by side. */
export async function viewPlacement(
  parts: PlacementPageParts,
  visit: Visit,
  view: PlacementView,
): Promise<object> {
  const { placed, texts, state, people, edits } = view;
  const { placement, plan } = placed;
  const shown = await previewAll(parts, view);
  const messages = shown.map(({ title, preview }) => renderMessage(title, preview, view, parts));
  const isEdited = countEdits(edits) > 0;
  const unedited = isEdited ? await previewAll(parts, { ...view, people: [], edits: {} }) : shown;
  const together = plan.together.filter((one) => one !== plan.recommendation).join(', ');
  return {
    chrome: viewChrome(parts, visit, placement.title, { section: 'placements', placement: placement.name }),
    head: viewHead(placed, texts, visit.reader, ''),
    ...{ path: pathOf(placement.name), frame: FRAME_PATH, state, together },
    ...viewControls(view, visit),
    views: { title: 'Form', tabs: viewTabs(placed, state) },
    isKeys: state.show === 'keys',
    keys: tableKeys(
      placed,
      shown.map(({ preview }) => preview),
      state,
    ),
    panes: shown.map((one, index) => ({
      ...one,
      ...viewPane(one.preview, messages[index], view, visit),
      isFirst: index === 0,
    })),
    checks: await viewChecks(messages, parts.publicUrl),
    sourceHref: hrefOf(placed, { ...state, show: 'source' }),
    editors: viewEditors(
      placed,
      unedited.map(({ preview }) => preview),
      edits,
    ),
    origins: describeOrigins(placed, state.locale ?? placement.locale),
    hasPeople: people.length > 0,
    isEdited,
    edited: countEdits(edits),
  };
}

type Shown = { readonly key: string; readonly title: string; readonly preview: Preview };

async function previewAll(
  { preview }: PlacementPageParts,
  { placed, state, people, edits }: PlacementView,
): Promise<(Shown & { readonly isPerson: boolean; readonly personIndex: number | null })[]> {
  const samples = state.who.flatMap((name) => placed.samples.get(name) ?? []);
  const ofSamples = samples.map(async (sample) => ({
    key: sample.name,
    title: nameSample(sample),
    isPerson: false,
    personIndex: null,
    preview: await preview(placed, { kind: 'sample', sample }, state, edits),
  }));
  const ofPeople = people.map(async (person, index) => ({
    key: `person-${index + 1}`,
    title: `${person.kind === 'user_id' ? 'User' : 'Device'} ${person.id}`,
    isPerson: true,
    personIndex: index,
    preview: await preview(placed, { kind: 'person', person }, state, edits),
  }));
  return Promise.all([...ofSamples, ...ofPeople]);
}

/** The message in the form that is shown; for the keys, the block that the checks look at. */
function renderMessage(
  title: string,
  preview: Preview,
  { placed, state }: PlacementView,
  { asPage }: PlacementPageParts,
): ShownMessage {
  const { block } = preview.answer;
  const { templates, placement } = placed;
  const { campaign, channel, position, limit, show, template, page } = state;
  const message = { campaign, channel, locale: state.locale ?? placement.locale };
  const isText = show === 'text';
  const name = isText ? `${template ?? 'email'}.txt` : (template ?? '');
  const body = (templates.get(name) ?? templates.get(isText ? 'email.txt' : ''))?.(block, message) ?? '';
  return {
    ...{ title, preview, kind: isText ? 'text' : 'html' },
    medium: template === 'email' ? 'email' : 'message',
    body: page && !isText ? asPage(body, block, state) : body,
    wanted: position === null ? Math.min(placement.items, limit ?? placement.items) : 1,
  };
}

function viewPane(
  preview: Preview,
  message: ShownMessage | undefined,
  { placed, state }: PlacementView,
  { reader }: Visit,
): object {
  const { isKnown, answer } = preview;
  const body = message?.body ?? '';
  const title = titleField(placed);
  return {
    ...{ isKnown, body, why: explainPreview(preview, placed) },
    isBlock: state.show === 'block',
    isText: state.show === 'text',
    isSource: state.show === 'source',
    lines: state.show === 'source' ? body.split('\n') : [],
    sizes: message && state.show !== 'keys' ? viewSizes(message, reader) : [],
    items: answer.block.items.map(({ content, position }) => ({
      ...{ position, id: content.id },
      title: content.values[title] ?? '',
    })),
  };
}

/** What an item is called. */
function titleField({ source: { shape } }: StudioPlacement): string {
  return shape.fields.includes('title') ? 'title' : (shape.fields[0] ?? '');
}

function viewControls({ placed, texts, state }: PlacementView, { reader }: Visit): object {
  const { placement, samples } = placed;
  const locales = languagesOf(placed, texts);
  const isFree = !WIDTHS.some((width) => width === state.width);
  return {
    samples: [...samples.values()].map((sample) => ({
      name: sample.name,
      title: nameSample(sample),
      isShown: state.who.includes(sample.name),
    })),
    widths: WIDTHS.map((value) => ({ value, isCurrent: value === state.width })),
    isFree,
    usualLanguage: placement.locale === null ? 'Default' : reader.language(placement.locale),
    languages: [...new Set([...locales, ...(state.locale ?? '').split(' ')])]
      .filter((locale) => locale !== '')
      .map((locale) => ({ locale, name: reader.language(locale), isCurrent: locale === state.locale })),
    exclude: state.exclude.join(', '),
    hasMore:
      state.limit !== null ||
      state.position !== null ||
      state.exclude.length > 0 ||
      state.channel !== null ||
      state.page,
  };
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
  const hasText = [...placed.templates.keys()].some((name) => name.endsWith('.txt'));
  return [
    ...blocks,
    ...(hasText ? [tab('Plain text', { show: 'text' }, state.show === 'text')] : []),
    tab('HTML source', { show: 'source' }, state.show === 'source'),
    tab('JSON keys', { show: 'keys' }, state.show === 'keys'),
  ];
}

function hrefOf({ placement }: StudioPlacement, state: PreviewState): string {
  return `${pathOf(placement.name)}${formatPreviewState(state)}`;
}
