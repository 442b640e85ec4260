import { hash } from 'node:crypto';
import type { Click } from '../domain/click.ts';
import { variantOf } from '../domain/decision.ts';
import { CLICKED, type EventType, SERVED } from '../domain/event-types.ts';
import type { Person } from '../domain/person.ts';
import type { Served } from '../domain/served.ts';

/** A click of somebody who has an id. */
export type KnownClick = Click & { readonly person: Person };

/**
 * What becomes of an event. `insertId` is the same for whatever counts as the same: Amplitude takes one of them within
 * seven days. Made of the person and yet telling nothing of them.
 */
export type Event = {
  readonly insertId: string;
  /** The event as Amplitude takes it, as one line of JSON. */
  readonly toLine: () => string;
};

const DAY_MS = 86_400_000;

/** Once for each person, placement and campaign; without a campaign, for each day (UTC). */
export function servedEvent(served: Served, timeMs: number): Event {
  const { placement, person, decision, itemIds, campaign, channel } = served;
  const insertId = makeInsertId([SERVED, person.kind, person.id, placement.name, occasion(campaign, timeMs)]);
  return {
    insertId,
    toLine: () =>
      formatLine(SERVED, person, timeMs, insertId, {
        ...{ placement: placement.name, variant: decision.variant, reason: decision.reason },
        ...{ recommendation: placement.recommendation, campaign, channel },
        ...{ items: itemIds, item_count: itemIds.length },
      }),
  };
}

/** Once for each item and position besides. */
export function clickedEvent(click: KnownClick, timeMs: number): Event {
  const { placement, person, reason, itemId, position, campaign, channel } = click;
  const insertId = makeInsertId([
    ...[CLICKED, person.kind, person.id, placement.name, occasion(campaign, timeMs)],
    ...[itemId, position],
  ]);
  return {
    insertId,
    toLine: () =>
      formatLine(CLICKED, person, timeMs, insertId, {
        ...{ placement: placement.name, variant: variantOf(reason), reason },
        ...{ recommendation: placement.recommendation, campaign, channel },
        ...{ item: itemId, position },
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

function formatLine(
  eventType: EventType,
  { kind, id }: Person,
  time: number,
  insertId: string,
  properties: object,
): string {
  // In the words of Amplitude's HTTP API V2.
  return JSON.stringify({
    ...{ event_type: eventType, [kind]: id, time: Math.round(time), insert_id: insertId },
    event_properties: properties,
  });
}

function occasion(campaign: string | null, timeMs: number): readonly [string, string | number] {
  return campaign === null ? ['day', Math.floor(timeMs / DAY_MS)] : ['campaign', campaign];
}

function makeInsertId(parts: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url').slice(0, 32);
}

const REFUSED_IDS = new Set([
  ...['anonymous', 'nil', 'none', 'null', 'n/a', 'na', 'undefined', 'unknown'],
  ...['""', '{}', 'lmy47d', '0', '-1'],
]);

/** Amplitude takes no events of these: they stand for nobody. So do ids that are all zeros. */
export function isRefusedId({ id }: Person): boolean {
  return REFUSED_IDS.has(id.toLowerCase()) || /^[0-]+$/.test(id);
}
