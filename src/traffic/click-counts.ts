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
  readonly #counts = new Map<string, number>();

  add({ placement, campaign, channel, position, itemId }: CountedClick): void {
    const key = keyOf(placement.name, campaign, channel, position, itemId);
    const isRoom = this.#counts.has(key) || this.#counts.size < MAX_ROWS;
    this.#increase(isRoom ? key : keyOf(placement.name, null, null, position, itemId), 1);
  }

  /** What an earlier process has counted. */
  addAll(counts: readonly ClickCount[]): void {
    for (const { placement, campaign, channel, position, itemId, clicks } of counts)
      this.#increase(keyOf(placement, campaign, channel, position, itemId), clicks);
  }

  get counts(): ClickCount[] {
    return [...this.#counts].map(([key, clicks]) => countOf(Row.parse([...JSON.parse(key), clicks])));
  }

  #increase(key: string, by: number): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + by);
  }
}

function keyOf(...parts: readonly (string | number | null)[]): string {
  return JSON.stringify(parts);
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
