import type { Block } from '../domain/block.ts';
import type { Reason } from '../domain/decision.ts';
import { type ShownMessage, viewSizes } from './checks-view.ts';
import type { Edits, StudioPlacement } from './placement.ts';
import type { Preview, Who } from './preview.ts';
import { type PreviewState, textTemplateOf } from './preview-state.ts';
import type { AskedPerson, PrivateView } from './private-view.ts';
import type { Reader } from './reader.ts';
import { clip } from './text.ts';
import { explainPreview } from './why.ts';
import { nameSample, sayBecause } from './words.ts';

export type PaneParts = {
  readonly preview: (
    placement: StudioPlacement,
    who: Who,
    state: PreviewState,
    edits: Edits,
  ) => Promise<Preview>;
  /** A fragment as a whole page, for a web crop. */
  readonly asPage: (fragment: string, block: Block, state: PreviewState) => string;
};

/** What is asked for, and what of it does not stand in the address. */
export type PaneView = PrivateView & { readonly placed: StudioPlacement; readonly state: PreviewState };

/** Somebody, and what they get. */
export type Pane = ShownMessage & {
  readonly isPerson: boolean;
  /** 0… among the real people; null for a sample. */
  readonly personIndex: number | null;
};

/** Everybody's message, in the form that is shown: the samples, then the real people. */
export async function makePanes(parts: PaneParts, view: PaneView): Promise<Pane[]> {
  const { placed, state, people, edits } = view;
  const make = async (who: Who, pane: Pick<Pane, 'key' | 'title' | 'isPerson' | 'personIndex'>) => ({
    ...pane,
    ...renderMessage(await parts.preview(placed, who, state, edits), view, parts),
  });
  const samples = state.who.flatMap((name) => placed.samples.get(name) ?? []);
  return Promise.all([
    ...samples.map((sample) =>
      make(
        { kind: 'sample', sample },
        { key: sample.name, title: nameSample(sample), isPerson: false, personIndex: null },
      ),
    ),
    ...people.map((asked, index) =>
      make(
        { kind: 'person', person: asked.person },
        { key: `person-${index + 1}`, title: namePerson(asked), isPerson: true, personIndex: index },
      ),
    ),
  ]);
}

const MAX_ID_SHOWN = 256;

function namePerson({ kind, id }: AskedPerson): string {
  return `${kind === 'user_id' ? 'User' : 'Device'} ${clip(id, MAX_ID_SHOWN)}`;
}

/** For the keys, the block that the checks look at. */
function renderMessage(
  preview: Preview,
  { placed, state }: PaneView,
  { asPage }: PaneParts,
): Omit<ShownMessage, 'key' | 'title'> {
  const { block } = preview.answer;
  const { templates, placement } = placed;
  const { campaign, channel, position, limit, template, page } = state;
  const isText = state.show === 'text';
  const name = isText ? textTemplateOf(templates, template) : template;
  const message = { campaign, channel, locale: state.locale ?? placement.locale };
  const body = templates.get(name ?? '')?.(block, message) ?? '';
  return {
    ...{ preview, kind: isText ? 'text' : 'html' },
    medium: template === 'email' ? 'email' : 'message',
    body: page && !isText && name !== null ? asPage(body, block, state) : body,
    wanted: position === null ? Math.min(placement.items, limit ?? placement.items) : 1,
  };
}

/** A title of an item is for recognising it. */
const MAX_TITLE = 200;

export function viewPane(pane: Pane, { placed, state, lookedUp }: PaneView, reader: Reader): object {
  const { preview, body, personIndex } = pane;
  const { isKnown, answer } = preview;
  const { show } = state;
  const { items } = answer.block;
  const title = titleField(placed);
  const failure = lookedUp && lookedUp.index === personIndex ? lookedUp.failure : null;
  return {
    ...{ key: pane.key, title: pane.title, isPerson: pane.isPerson, personIndex },
    ...{ isKnown, body, why: explainPreview(preview, placed), failure: failure && sayFailure(failure) },
    ...{ isBlock: show === 'block', isText: show === 'text', isSource: show === 'source' },
    isNothing: items.length === 0,
    lines: show === 'source' ? body.split('\n').map((text, index) => ({ line: index + 1, text })) : [],
    sizes: show === 'keys' ? [] : viewSizes(pane, reader),
    items: items.map(({ content, position }) => ({
      ...{ position, id: content.id },
      title: clip(String(content.values[title] ?? ''), MAX_TITLE),
    })),
  };
}

function sayFailure(failure: Reason): string {
  return `Nothing came of looking this person up, ${sayBecause(failure)}. Try again later.`;
}

/** What an item is called. */
function titleField({ source: { shape } }: StudioPlacement): string {
  return shape.fields.includes('title') ? 'title' : (shape.fields[0] ?? '');
}
