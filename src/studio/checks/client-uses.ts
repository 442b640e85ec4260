import { type Feature, notesAbout } from './client-feature.ts';
import { featureOf } from './client-features.ts';
import type { AskClients, ClientIssue } from './client-library.ts';
import type { ClientId } from './clients.ts';
import type { DistinctTag } from './distinct-tags.ts';
import type { Span } from './places.ts';
import type { Tag } from './read-html.ts';
import type { Reading } from './reading.ts';

/** A feature that a client lacks, all or in part, and where the message needs it. */
export type Use = Omit<ClientIssue, 'line' | 'feature'> & {
  readonly title: string;
  readonly feature: Feature;
  readonly at: readonly Span[];
};

/** What came of asking, and the tags that caniemail cannot read. */
export type Uses = { readonly uses: readonly Use[]; readonly unread: readonly Tag[] };

/** Asks about all tags and style sheets of a message. */
export function findUses(distinct: readonly DistinctTag[], reading: Reading, ask: AskClients): Uses {
  const about = askAboutTags(distinct, ask);
  const fromTags = about.answers.flatMap(({ issue, tag }) => usesOfTag(issue, tag));
  const uses = [...fromTags, ...usesInStyles(reading, ask)].filter(({ feature }) => !feature.isIgnored);
  const told = hasOwnLayout(reading) ? uses.filter((use) => !isOutlookLayout(use)) : uses;
  return { uses: told, unread: about.unread.flatMap(({ all }) => all) };
}

type Answered = {
  readonly answers: { issue: ClientIssue; tag: DistinctTag }[];
  readonly unread: DistinctTag[];
};

/** All at once, each on a line of its own. One that cannot be read spoils it for all, and is found by halving. */
function askAboutTags(tags: readonly DistinctTag[], ask: AskClients): Answered {
  try {
    const issues = ask({ html: `<div>\n${tags.map(({ html }) => html).join('\n')}\n</div>` });
    const answers = issues.flatMap((issue) => {
      const tag = issue.line === null ? undefined : tags[issue.line - FIRST_LINE];
      return tag ? [{ issue, tag }] : [];
    });
    return { answers, unread: [] };
  } catch {
    // What it throws says nothing that would help: `undefined:1:4: property missing ':'`
    if (tags.length <= 1) return { answers: [], unread: [...tags] };
    const middle = tags.length >> 1;
    const [first, second] = [tags.slice(0, middle), tags.slice(middle)].map((half) =>
      askAboutTags(half, ask),
    );
    return {
      answers: [...(first?.answers ?? []), ...(second?.answers ?? [])],
      unread: [...(first?.unread ?? []), ...(second?.unread ?? [])],
    };
  }
}

const FIRST_LINE = 2;

function usesOfTag({ feature: title, ...issue }: ClientIssue, { all }: DistinctTag): Use[] {
  const feature = featureOf(title);
  const [tag] = all;
  if (!tag || !isAbout(title, tag) || feature.concerns?.(tag) === false) return [];
  const notes = issue.isPartial ? notesAbout(tag, feature, issue.notes) : [];
  return notes === null ? [] : [{ ...issue, notes, title, feature, at: all }];
}

/** caniemail finds `<p>` in each tag with a p in its name. */
function isAbout(title: string, { name }: Tag): boolean {
  const about = /^<(\w+)/.exec(title)?.[1];
  return about === undefined || about === name || /^<(?:h1|ul)>/.test(title);
}

/** What is asked about an at-rule. */
const AT_RULES = {
  '@media': '@media screen { a { color: red } }',
  '@supports': '@supports (color: red) { a { color: red } }',
  '@keyframes': '@keyframes a { to { color: red } }',
  '@font-face': '@font-face { font-family: a }',
  '@import': '@import "a.css";',
};

/**
 * Of a style sheet its at-rules matter: other rules stand in the tags by now, and one within an at-rule caniemail does
 * not look at. It is not asked about the text itself: parentheses within each other take its CSS parser seconds, and
 * braces its stack.
 */
function usesInStyles({ html: { styles }, places }: Reading, ask: AskClients): Use[] {
  const found = new Map<string, Span>();
  for (const { text, start } of styles) {
    for (const { 0: name, index } of text.matchAll(/@(?:media|supports|keyframes|font-face|import)\b/g)) {
      if (!found.has(name)) found.set(name, places.line(places.lineOf(start + index)));
    }
  }
  const css = Object.entries(AT_RULES).flatMap(([name, rule]) => (found.has(name) ? [rule] : []));
  if (css.length === 0) return [];
  return ask({ css: css.join('\n') }).flatMap(({ feature: title, line, ...issue }) => {
    const at = found.get(title);
    return at && !issue.isPartial ? [{ ...issue, title, feature: featureOf(title), at: [at] }] : [];
  });
}

const OUTLOOK: ClientId = 'outlook.windows';

/** Templates give Outlook on Windows tables of its own in comments that only it reads. */
function hasOwnLayout({ body }: Reading): boolean {
  return /<!--\[if[^\]]{0,40}\bmso\b/i.test(body);
}

function isOutlookLayout({ client, feature }: Use): boolean {
  return client === OUTLOOK && feature.isLayout === true;
}
