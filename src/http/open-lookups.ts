/** Whether a public link may have somebody looked up now: `who` is the person as the pin would name them. */
export type MayLookUp = (address: string, who: string) => boolean;

const WINDOW_MS = 60_000;

/** Of the budget, so that whoever makes up ids cannot take it from the messages. */
const SHARE = 0.2;

/** From one address, and never more than this part of all: image proxies of mail services ask for many at once. */
const MOST_OF_ADDRESS = 120;
const ADDRESS_PART = 0.5;

/**
 * Limits the look-ups of public links, minute by minute. Whoever was let in may be asked about again, since the images
 * of one message come together and cost one look-up. `perMinute` is this process's part of the budget, `now` a monotonic
 * clock in milliseconds. Memory is bounded by what is let in.
 */
export function createOpenLookupLimit(perMinute: number, now: () => number): MayLookUp {
  const most = Math.max(1, Math.floor(perMinute * SHARE));
  const mostOfAddress = Math.min(MOST_OF_ADDRESS, Math.ceil(most * ADDRESS_PART));
  const admitted = new Set<string>();
  const byNetwork = new Map<string, number>();
  let startedAt = now();

  return (address, who) => {
    if (now() - startedAt >= WINDOW_MS) {
      startedAt = now();
      admitted.clear();
      byNetwork.clear();
    }
    if (admitted.has(who)) return true;
    const network = networkOf(address);
    const used = byNetwork.get(network) ?? 0;
    if (admitted.size >= most || used >= mostOfAddress) return false;
    admitted.add(who);
    byNetwork.set(network, used + 1);
    return true;
  };
}

/** Of IPv6 the first half: the other is at everyone's own disposal. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [before = '', after] = address.split('::', 2);
  const left = groupsOf(before);
  if (after === undefined) return left.slice(0, 4).join(':');
  const right = groupsOf(after);
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.toLowerCase().split(':');
}
