import { hash } from 'node:crypto';
import type { Click } from '../domain/click.ts';
import { DAY_MS } from '../domain/day.ts';
import { variantOf } from '../domain/decision.ts';
import { CLICKED, type EventType, SERVED } from '../domain/event-types.ts';
import type { Person } from '../domain/person.ts';
import type { Placement } from '../domain/placement.ts';
import type { Served } from '../domain/served.ts';

/** A click of somebody who has an id. */
export type KnownClick = Click & { readonly person: Person };

export type Event = {
  /** The same for whatever counts as the same. Names the person. */
  readonly key: string;
  /**
   * As Amplitude takes it, as one line of JSON. Its `insert_id` is made of the key, and tells nothing of it: of those with
   * the same, Amplitude takes one within seven days.
   */
  readonly toLine: () => string;
};

/** Once for each person, placement and campaign; without a campaign, for each day (UTC). */
export function servedEvent(served: Served, timeMs: number): Event {
  const { placement, person, decision, itemIds, campaign, channel } = served;
  const key = keyOf(SERVED, person, placement, campaign, timeMs);
  return {
    key,
    toLine: () =>
      formatLine(SERVED, person, timeMs, key, {
        placement: placement.name,
        variant: decision.variant,
        reason: decision.reason,
        recommendation: placement.recommendation,
        campaign,
        channel,
        items: itemIds,
        item_count: itemIds.length,
      }),
  };
}

/** Once for each item and position besides. */
export function clickedEvent(click: KnownClick, timeMs: number): Event {
  const { placement, person, reason, itemId, position, campaign, channel } = click;
  // Only the item's id could hold a line feed.
  const key = `${keyOf(CLICKED, person, placement, campaign, timeMs)}\n${position}\n${itemId}`;
  return {
    key,
    toLine: () =>
      formatLine(CLICKED, person, timeMs, key, {
        placement: placement.name,
        variant: variantOf(reason),
        reason,
        recommendation: placement.recommendation,
        campaign,
        channel,
        item: itemId,
        position,
      }),
  };
}

/** Of a line that was made here. */
export function eventTypeOf(line: string): EventType {
  return line.startsWith(CLICKED_BEGINNING) ? CLICKED : SERVED;
}

const CLICKED_BEGINNING = `{"event_type":"${CLICKED}"`;

/** Whether a line that was made here tells of this person. */
export function isAbout(line: string, { kind, id }: Person): boolean {
  // Most lines need not be read for that.
  return line.includes(JSON.stringify(id)) && JSON.parse(line)[kind] === id;
}

function keyOf(
  type: EventType,
  { kind, id }: Person,
  { name }: Placement,
  campaign: string | null,
  timeMs: number,
): string {
  const occasion = campaign === null ? `day\n${Math.floor(timeMs / DAY_MS)}` : `campaign\n${campaign}`;
  return `${type}\n${kind}\n${id}\n${name}\n${occasion}`;
}

/** In the words of Amplitude's HTTP API V2. */
function formatLine(
  eventType: EventType,
  { kind, id }: Person,
  timeMs: number,
  key: string,
  properties: object,
): string {
  return JSON.stringify({
    event_type: eventType,
    [kind]: id,
    time: Math.round(timeMs),
    insert_id: hash('sha256', key, 'base64url').slice(0, 32),
    event_properties: properties,
  });
}

const REFUSED_IDS = new Set([
  ...['anonymous', 'nil', 'none', 'null', 'n/a', 'na', 'undefined', 'unknown'],
  ...['""', '{}', 'lmy47d', '0', '-1'],
]);

/** Amplitude takes no events of these: they stand for nobody. So do ids that are all zeros. */
export function isRefusedId({ id }: Person): boolean {
  return REFUSED_IDS.has(id.toLowerCase()) || /^[0-]+$/.test(id);
}
