import {
  type AheadCounts,
  EXPOSURE_WARNING,
  type OddPeople,
  type Prefetch,
  type PrefetchReason,
  type PrefetchState,
} from '../domain/prefetch.ts';
import { type ChromeParts, type Visit, viewChrome } from './chrome.ts';
import type { Reader } from './reader.ts';
import { drawPieces } from './shares.ts';
import { sayDuration } from './words.ts';

const PATH = '/studio/prefetches';

const STATES: Readonly<Record<PrefetchState, { readonly name: string; readonly tone: string }>> = {
  waiting: { name: 'Waiting', tone: 'note' },
  running: { name: 'Looking up', tone: 'recommended' },
  paused: { name: 'Paused', tone: 'fallback' },
  done: { name: 'Ready', tone: 'recommended' },
  cancelled: { name: 'Cancelled', tone: 'control' },
};

/** Why it is in its state, and what to do where something can be done. */
const REASONS: Readonly<Record<PrefetchReason, string>> = {
  asked: '',
  queued: 'Others send earlier and come first.',
  retrying: 'Those with whom Amplitude failed are tried again in a while.',
  throttled: 'The budget is used up for the moment; it goes on by itself.',
  circuit_open: 'Amplitude is failing. It waits, and goes on by itself.',
  upstream_rejected: 'Amplitude refuses our key or address. It waits until that is mended.',
  store_unavailable: 'The store does not answer. It waits, and goes on by itself.',
  unknown_placement: 'A placement of it is gone. Bring it back and resume, or cancel.',
  placement_disabled: 'A placement of it is switched off. Switch it on and resume, or cancel.',
  too_old: 'It was not done within a week, and was given up.',
};

export type PrefetchListView = {
  /** Newest first; null if the store does not answer. */
  readonly prefetches: readonly Prefetch[] | null;
  /** The placement that is chosen already, if the page was reached from one. */
  readonly chosen: string | null;
  readonly campaign: string | null;
};

/** All prefetches, and a form to start one. */
export function viewPrefetches(
  parts: ChromeParts,
  visit: Visit,
  { prefetches, chosen, campaign }: PrefetchListView,
): object {
  return {
    chrome: viewChrome(parts, visit, 'Prefetch', { section: 'prefetch' }),
    ...{ campaign, warning: EXPOSURE_WARNING, isStoreAway: prefetches === null },
    placements: parts.placements().map(({ placement: { name, title, enabled } }) => ({
      name,
      title,
      enabled,
      isChosen: name === chosen,
    })),
    prefetches: (prefetches ?? []).map((one) => viewPrefetch(one, visit.reader)),
    every: lookAgain(prefetches ?? []),
  };
}

/** One prefetch, and how far it is. */
export function viewPrefetchPage(parts: ChromeParts, visit: Visit, prefetch: Prefetch): object {
  return {
    chrome: viewChrome(parts, visit, 'Prefetch', { section: 'prefetch' }),
    prefetch: viewPrefetch(prefetch, visit.reader),
    warning: EXPOSURE_WARNING,
    every: lookAgain([prefetch]),
  };
}

/** After how many seconds the page wants to be looked at again; null while nothing is under way. */
function lookAgain(prefetches: readonly Prefetch[]): number | null {
  return prefetches.some(({ state }) => state === 'waiting' || state === 'running') ? 2 : null;
}

function viewPrefetch(one: Prefetch, reader: Reader): object {
  const { id, state, reason, audience, done, campaign, placements, text } = one;
  const { number, percent, moment } = reader;
  const share = audience.users === 0 ? 1 : done / audience.users;
  return {
    ...{ id, href: `${PATH}/${id}`, text, campaign, placements: placements.join(', ') },
    title: campaign ?? placements.join(', '),
    ...{ state: STATES[state].name, tone: STATES[state].tone, why: reason === null ? '' : REASONS[reason] },
    ...{ share, percent: percent(share), done: number(done), users: number(audience.users) },
    created: moment(one.createdAtMs),
    send: one.sendAt === null ? null : moment(one.sendAt.ms),
    ready: one.readyAtMs === null ? null : moment(one.readyAtMs),
    ended: one.endedAtMs === null ? null : moment(one.endedAtMs),
    held: one.heldUntilMs === null ? null : moment(one.heldUntilMs),
    facts: factsOf(one, reader),
    odd: oddOf(one, reader),
    charts: Object.entries(one.counts).map(([placement, counts]) => drawCounts(placement, counts, reader)),
    actions: ACTIONS[state].map((wish) => ({ wish, label: LABELS[wish], path: `${PATH}/${id}/${wish}` })),
  };
}

const LABELS = { pause: 'Pause', resume: 'Resume', cancel: 'Cancel' } as const;
const ACTIONS: Readonly<Record<PrefetchState, readonly (keyof typeof LABELS)[]>> = {
  waiting: ['pause', 'cancel'],
  running: ['pause', 'cancel'],
  paused: ['resume', 'cancel'],
  done: [],
  cancelled: [],
};

function factsOf(one: Prefetch, { number }: Reader): object[] {
  const { perMinute, remainingSeconds, known, calls, retrying, failed, forgotten, holdMs } = one;
  const facts = [
    perMinute === null ? null : ['Rate', `${number(perMinute)} people a minute`],
    remainingSeconds === null ? null : ['Still takes', sayDuration(remainingSeconds * 1_000)],
    ['Calls made', `${number(calls)}, each of them an exposure`],
    ['Known already', `${number(known)}, who cost nothing`],
    retrying > 0 ? ['Tried again later', number(retrying)] : null,
    failed > 0 ? ['Failed to the end', number(failed)] : null,
    forgotten > 0 ? ['Forgotten meanwhile', number(forgotten)] : null,
    ['Stays fresh', `${sayDuration(holdMs)} beyond the send`],
  ];
  return facts.filter((one) => one !== null).map(([name, text]) => ({ name, text }));
}

/** What was odd about the list, with the lines of the first examples. */
function oddOf({ audience }: Prefetch, { count }: Reader): string[] {
  const say = (odd: OddPeople, one: string, many?: string): string[] => {
    if (odd.count === 0) return [];
    const lines =
      odd.firstLines.length === 0
        ? ''
        : ` (line ${odd.firstLines.join(', ')}${odd.count > odd.firstLines.length ? ', …' : ''})`;
    return [`${count(odd.count, one, many)}${lines}`];
  };
  return [
    ...say(audience.duplicates, 'duplicate'),
    ...say(audience.blank, 'blank id'),
    ...say(audience.impossible, 'id that cannot be one', 'ids that cannot be one'),
  ];
}

const PARTS: readonly (readonly [keyof AheadCounts, string, string])[] = [
  ['treatment', 'Recommended', 'recommended'],
  ['control', 'Control group', 'control'],
  ['no_recommendation', 'Nothing recommended', 'fallback'],
  ['unknown_user', 'Unknown to Amplitude', 'fallback'],
  ['failed', 'Failed', 'problem'],
];

/** What was found for one placement, as a bar in a width of 100 and in figures. */
function drawCounts(placement: string, counts: AheadCounts, { number, percent }: Reader): object {
  const total = PARTS.reduce((sum, [key]) => sum + counts[key], 0);
  const parts = PARTS.map(([key, label, tone]) => ({
    ...{ label, tone, people: number(counts[key]) },
    share: total === 0 ? 0 : counts[key] / total,
  }));
  return {
    ...{ placement, hasAny: total > 0 },
    parts: drawPieces(parts),
    rows: parts.map((part) => ({ ...part, share: percent(part.share) })),
    summary: `${placement}: ${parts.map(({ label, people }) => `${label} ${people}`).join(', ')}`,
  };
}
