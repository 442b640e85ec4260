import { LRUCache } from 'lru-cache';
import type { Click } from '../domain/click.ts';
import type { Reason } from '../domain/decision.ts';
import { CLICKED, type EventType, SERVED } from '../domain/event-types.ts';
import type { Person } from '../domain/person.ts';
import type { Served } from '../domain/served.ts';
import { clickedEvent, type Event, isRefusedId, servedEvent } from './event.ts';

/** Why nothing is told of something that was served or clicked. */
export type NotTold = 'repeated' | 'no_person' | 'unknown_user' | 'refused_id';

type Channel = { readonly add: (line: string) => void };

export type RecorderOptions = {
  /** Where a project's events go; null if it has no key. */
  readonly findChannel: (project: string | null) => Channel | null;
  readonly onNotTold: (type: EventType, why: NotTold) => void;
  /** Milliseconds. */
  readonly wallNow: () => number;
};

export type Recorder = {
  readonly served: (served: Served) => void;
  readonly clicked: (click: Click) => void;
  /** Forgets who was told of; they may be told of once more, and Amplitude knows them again. */
  readonly forget: () => void;
};

/** What was told lately is not told again: Amplitude would notice, but takes only so many a second of one person. */
const MAX_RECENT = 50_000;

/** Makes events of what happens, each once, for whom Amplitude takes them. */
export function createRecorder({ findChannel, onNotTold, wallNow }: RecorderOptions): Recorder {
  const recent = new LRUCache<string, true>({ max: MAX_RECENT });

  /** Null once it is on its way. */
  const add = (channel: Channel, { key, toLine }: Event): NotTold | null => {
    if (recent.has(key)) return 'repeated';
    recent.set(key, true);
    channel.add(toLine());
    return null;
  };

  return {
    served: (served) => {
      const channel = findChannel(served.placement.project);
      if (!channel) return;
      const why =
        whyNot(served.person, served.decision.reason) ?? add(channel, servedEvent(served, wallNow()));
      if (why) onNotTold(SERVED, why);
    },
    clicked: ({ person, ...click }) => {
      const channel = findChannel(click.placement.project);
      if (!channel) return;
      const why =
        person === null
          ? 'no_person'
          : (whyNot(person, click.reason) ?? add(channel, clickedEvent({ ...click, person }, wallNow())));
      if (why) onNotTold(CLICKED, why);
    },
    forget: () => recent.clear(),
  };
}

/**
 * Null if Amplitude is told. An event of somebody whom it does not know would make a user of them, who is paid for and
 * whom the next look-up knows.
 */
function whyNot(person: Person, reason: Reason): NotTold | null {
  if (reason === 'unknown_user') return 'unknown_user';
  return isRefusedId(person) ? 'refused_id' : null;
}
