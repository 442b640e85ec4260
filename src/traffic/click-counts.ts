import { z } from 'zod';
import type { Click } from '../domain/click.ts';
import { parseJson } from '../parse-json.ts';

/** How often an item was clicked in a position, on one day, from one send and channel. No person. */
export type ClickCount = {
  readonly placement: string;
  readonly campaign: string | null;
  readonly channel: string | null;
  /** 1…n. */
  readonly position: number;
  readonly itemId: string;
  readonly clicks: number;
};

export type CountedClick = Pick<Click, 'campaign' | 'channel' | 'position' | 'itemId'> & {
  readonly placement: Pick<Click['placement'], 'name'>;
};

/** Campaigns are the senders' to name; beyond this many rows a day what is new is counted without them. */
const MAX_ROWS = 5_000;

const Row = z.tuple([
  z.string(),
  z.string().nullable(),
  z.string().nullable(),
  z.int().min(1),
  z.string(),
  z.int().min(0),
]);
const Stored = z.object({ v: z.literal(1), rows: z.array(Row) });

/** The clicks of one day. */
export class ClickDay {
  readonly #counts = new Map<string, ClickCount>();

  constructor(counts: readonly ClickCount[] = []) {
    this.addAll(counts);
  }

  add({ placement, campaign, channel, position, itemId }: CountedClick): void {
    const count = { placement: placement.name, campaign, channel, position, itemId, clicks: 1 };
    const isRoom = this.#counts.has(keyOf(count)) || this.#counts.size < MAX_ROWS;
    this.#add(isRoom ? count : { ...count, campaign: null, channel: null });
  }

  /** What was counted elsewhere. */
  addAll(counts: readonly ClickCount[]): void {
    for (const count of counts) this.#add(count);
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  get counts(): ClickCount[] {
    return [...this.#counts.values()];
  }

  #add(count: ClickCount): void {
    const key = keyOf(count);
    const clicks = (this.#counts.get(key)?.clicks ?? 0) + count.clicks;
    this.#counts.set(key, { ...count, clicks });
  }
}

function keyOf({ placement, campaign, channel, position, itemId }: ClickCount): string {
  return JSON.stringify([placement, campaign, channel, position, itemId]);
}

function countOf([placement, campaign, channel, position, itemId, clicks]: z.infer<typeof Row>): ClickCount {
  return { placement, campaign, channel, position, itemId, clicks };
}

export function formatClicks(counts: readonly ClickCount[]): string {
  const rows = counts.map(({ placement, campaign, channel, position, itemId, clicks }) => [
    ...[placement, campaign, channel, position, itemId, clicks],
  ]);
  return JSON.stringify({ v: 1, rows });
}

/** Null for what this version cannot read. */
export function parseClicks(text: string): ClickCount[] | null {
  return parseJson(Stored, text)?.rows.map(countOf) ?? null;
}
