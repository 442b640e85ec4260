import type { Block } from '../../../src/domain/block.ts';
import { checkMessage } from '../../../src/studio/checks/check-message.ts';
import type { CheckedMessage, CheckId, Finding } from '../../../src/studio/checks/finding.ts';
import { blockOf, blockWith } from '../../render/examples.ts';

export { blockOf, blockWith };

/** A message about three items, changed where a test says so. */
export function messageWith(change: Partial<CheckedMessage> = {}): CheckedMessage {
  return {
    kind: 'html',
    medium: 'email',
    body: '<p>Hello</p>',
    block: blockWith(3),
    leftOut: [],
    wanted: 3,
    publicUrl: new URL('https://inlay.shop.test-company.com'),
    ...change,
  };
}

/** What one check finds. */
export async function find(
  check: CheckId,
  body: string,
  change: Partial<CheckedMessage> = {},
): Promise<Finding[]> {
  const { findings } = await checkMessage(messageWith({ body, ...change }));
  return findings.filter((finding) => finding.check === check);
}

/** The same as `severity: title`. */
export async function say(
  check: CheckId,
  body: string,
  change: Partial<CheckedMessage> = {},
): Promise<string[]> {
  const findings = await find(check, body, change);
  return findings.map(({ severity, title }) => `${severity}: ${title}`);
}

/** The lines that one check points to. */
export async function linesOf(check: CheckId, body: string): Promise<number[]> {
  const findings = await find(check, body);
  return findings.flatMap(({ places }) => places.map(({ line }) => line));
}

/** A block whose items have links of their own for clicks. */
export function blockWithClicks(url: (position: number) => string, change: Partial<Block> = {}): Block {
  const block = blockWith(3, change);
  const items = block.items.map((item) => ({
    ...item,
    url: url(item.position),
    clickUrl: `https://inlay.shop.test-company.com/c/home-hero/token-${item.position}`,
  }));
  return { ...block, items };
}

export const clickUrl = (position: number): string =>
  `https://inlay.shop.test-company.com/c/home-hero/token-${position}`;
