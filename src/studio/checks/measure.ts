import type { CheckedMessage } from './finding.ts';
import { always, type Check, type Found } from './reading.ts';

/** The size of a block beside what a channel takes. */
export type Measure = {
  readonly limit: 'gmail' | 'content_card' | 'push' | 'braze';
  /** What the limit is, in a few words. */
  readonly title: string;
  /** UTF-8. */
  readonly bytes: number;
  readonly limitBytes: number;
  /** 0…, where 1 is all of it. */
  readonly share: number;
  readonly isOver: boolean;
};

/** Gmail says 102 KB and not how many bytes that are, so the smaller reading counts. */
const GMAIL = { limit: 'gmail', title: 'What Gmail shows of a whole e-mail', limitBytes: 102_000 } as const;
const CONTENT_CARD = { limit: 'content_card', title: 'A whole Content Card', limitBytes: 2_048 } as const;
const PUSH = { limit: 'push', title: 'A whole push message', limitBytes: 3_800 } as const;
/** An answer that is larger is not kept by Braze's cache. */
const BRAZE = { limit: 'braze', title: 'What Braze takes of one answer', limitBytes: 1_000_000 } as const;

/** A block's size against the limits of the channels that it may be sent to. */
export function measureMessage({
  kind,
  medium,
  body,
}: Pick<CheckedMessage, 'kind' | 'medium' | 'body'>): readonly Measure[] {
  const bytes = Buffer.byteLength(body);
  const limits =
    medium === 'email'
      ? [...(kind === 'html' ? [GMAIL] : []), BRAZE]
      : [CONTENT_CARD, ...(kind === 'text' ? [PUSH] : []), BRAZE];
  return limits.map((limit) => ({
    ...{ ...limit, bytes },
    share: bytes / limit.limitBytes,
    isOver: bytes > limit.limitBytes,
  }));
}

/** Its share of a mail from which a block is too big: the mail around it needs some, too. */
const TOO_MUCH_OF_A_MAIL = 0.5;

export const SIZE: Check = {
  id: 'size',
  passed: 'Small enough for where it is shown',
  fits: always,
  find: ({ message }) => measureMessage(message).flatMap(judge),
};

function judge(measure: Measure): Found[] {
  const { limit, share, isOver } = measure;
  if (isOver) return [tooBig(measure)];
  if (limit !== 'gmail' || share <= TOO_MUCH_OF_A_MAIL) return [];
  return [
    {
      severity: 'warning',
      title: `The block takes ${Math.round(share * 100)} % of what Gmail shows of a message`,
      advice: `The rest of the message needs room, too: Gmail cuts off what comes behind 102 kB. ${SHORTEN}`,
    },
  ];
}

const SHORTEN = 'Show fewer items, or shorten what the template repeats with each of them.';

function tooBig({ limit, bytes }: Measure): Found {
  const size = `The block has ${kilobytes(bytes)}`;
  switch (limit) {
    case 'gmail':
      return {
        severity: 'problem',
        title: 'Gmail cuts the message off within this block',
        advice: `${size}, and Gmail shows 102 kB of a whole message. ${SHORTEN}`,
      };
    case 'content_card':
      return {
        severity: 'warning',
        title: 'The block is too big for a Content Card',
        advice: `${size}, and a Content Card takes about 2 kB in all. In-app messages take it. ${SHORTEN}`,
      };
    case 'push':
      return {
        severity: 'warning',
        title: 'The block is too big for a push message',
        advice: `${size}, and a push message takes about 3.8 kB in all. ${SHORTEN}`,
      };
    case 'braze':
      return {
        severity: 'problem',
        title: 'The block is too big for Braze',
        advice: `${size}, and Braze keeps no answer of more than 1 MB. ${SHORTEN}`,
      };
  }
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
