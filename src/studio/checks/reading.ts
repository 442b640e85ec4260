import { type Address, readAddresses } from './addresses.ts';
import type { CheckedMessage, CheckId, Finding } from './finding.ts';
import { Places, type Span } from './places.ts';
import { NO_HTML, type ReadHtml, readHtml } from './read-html.ts';

/** A message, read once for all checks. */
export type Reading = {
  readonly message: CheckedMessage;
  /** The body as far as it is checked. */
  readonly body: string;
  readonly isCut: boolean;
  /** Empty for plain text. */
  readonly html: ReadHtml;
  readonly addresses: readonly Address[];
  readonly places: Places;
};

/** A question to a message. */
export type Check = {
  readonly id: CheckId;
  /** What is true of a message in which it finds nothing. */
  readonly passed: string;
  /** Whether the question makes sense. */
  readonly fits: (message: CheckedMessage) => boolean;
  readonly find: (reading: Reading) => readonly Found[] | Promise<readonly Found[]>;
};

/** A finding without the name of its check. */
export type Found = Pick<Finding, 'severity' | 'title' | 'advice'> &
  Partial<Pick<Finding, 'places' | 'clients'>>;

/** Characters. Gmail shows less than half of it, and looking at more would hold up answers. */
export const MAX_CHECKED = 250_000;

export function readMessage(message: CheckedMessage): Reading {
  const isCut = message.body.length > MAX_CHECKED;
  const body = isCut ? message.body.slice(0, MAX_CHECKED) : message.body;
  const html = message.kind === 'html' ? readHtml(body) : NO_HTML;
  const addresses = readAddresses({ ...message, body }, html);
  return { message, body, isCut, html, addresses, places: new Places(body) };
}

/** One finding about these places, or none if there are none. `say` gets how many they are. */
export function findAt(
  { places }: Reading,
  spans: readonly Span[],
  say: (count: number) => Found,
): readonly Found[] {
  if (spans.length === 0) return [];
  const inOrder = spans.toSorted((a, b) => a.start - b.start);
  return [{ ...say(spans.length), places: places.of(inOrder) }];
}

export const isHtml = ({ kind }: CheckedMessage): boolean => kind === 'html';
export const isHtmlEmail = ({ kind, medium }: CheckedMessage): boolean =>
  kind === 'html' && medium === 'email';
export const always = (): boolean => true;
