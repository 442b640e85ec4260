import { type AskClients, loadClients } from './client-library.ts';
import { findUses, type Use } from './client-uses.ts';
import { nameClients } from './clients.ts';
import { type DistinctTag, distinctTags } from './distinct-tags.ts';
import { listNames } from './items.ts';
import { type Check, type Found, findAt, isHtmlEmail, type Reading } from './reading.ts';

/** Whether the mail clients of most people show all of it. */
export const CLIENT_SUPPORT: Check = {
  id: 'client_support',
  passed: 'Shown alike by all common mail clients',
  fits: isHtmlEmail,
  find: async (reading) => {
    const distinct = distinctTags(reading.html.tags);
    if (isTooMuch(distinct)) return [notChecked('It has more different tags than a message needs.')];
    const ask = await loadClients().catch(() => null);
    return ask ? report(distinct, reading, ask) : [notChecked('The package caniemail is not installed.')];
  },
};

/** Characters. caniemail takes some milliseconds for each thousand, in which nobody is answered. */
const MAX_TAGS = 20_000;

function isTooMuch(distinct: readonly DistinctTag[]): boolean {
  return distinct.reduce((sum, { html }) => sum + html.length, 0) > MAX_TAGS;
}

function notChecked(advice: string): Found {
  return { severity: 'note', title: 'What mail clients support was not checked', advice };
}

function report(distinct: readonly DistinctTag[], reading: Reading, ask: AskClients): Found[] {
  const { uses, unread } = findUses(distinct, reading, ask);
  const details = uses.filter(({ feature }) => feature.detail !== undefined);
  const others = uses.filter(({ feature }) => feature.detail === undefined);
  return [
    ...Array.from(
      Map.groupBy(others, ({ feature, title }) => feature.name ?? title),
      ([name, some]) => tellFeature(name, some, reading),
    ),
    ...tellDetails(details),
    ...findAt(reading, unread, () => ({
      severity: 'note',
      title: 'What mail clients make of a part was not checked',
      advice: 'Its style cannot be read. Is there a colon, a semicolon or a quote missing?',
    })),
  ];
}

/** Where some do not support it, those that do in part are not worth a word. */
function tellFeature(name: string, some: readonly Use[], { places }: Reading): Found {
  const lacking = some.filter(({ isPartial }) => !isPartial);
  const told = lacking.length > 0 ? lacking : some;
  const clients = clientsOf(told);
  const advice = some.find(({ feature }) => feature.advice !== undefined)?.feature.advice;
  const notes = lacking.length > 0 ? [] : [...new Set(told.flatMap(readableNotes))];
  return {
    severity: lacking.length > 0 ? 'warning' : 'note',
    title: `${name} ${lacking.length > 0 ? 'does not work' : 'works only in part'} in ${few(clients)}`,
    advice: [...notes, advice ?? 'See whether the block is fine without it there.'].join(' '),
    places: places.of([...new Set(told.flatMap(({ at }) => at))].sort((a, b) => a.start - b.start)),
    clients,
  };
}

/** caniemail's notes without what each of them begins with. */
function readableNotes({ notes }: Use): string[] {
  return notes.map((note) =>
    note.replace(/^(?:Partial|Buggy|Not supported)[^.:]{0,10}[.:]\s*/, '').replaceAll('`', ''),
  );
}

/** More names than these are a number in a title. */
const NAMED_CLIENTS = 2;

function few(clients: readonly string[]): string {
  return clients.length <= NAMED_CLIENTS ? listNames(clients) : `${clients.length} mail clients`;
}

/** All that a message is fine without is one note. */
function tellDetails(uses: readonly Use[]): Found[] {
  if (uses.length === 0) return [];
  const byDetail = Map.groupBy(uses, ({ feature }) => feature.detail ?? '');
  const lost = Array.from(byDetail, ([detail, some]) => `${detail} (${few(clientsOf(some))})`);
  return [
    {
      severity: 'note',
      title: 'Some mail clients leave out details',
      advice: `Nothing to do, if the block is fine without ${listNames(lost)}.`,
      clients: clientsOf(uses),
    },
  ];
}

function clientsOf(uses: readonly Use[]): string[] {
  return nameClients(new Set(uses.map(({ client }) => client)));
}
