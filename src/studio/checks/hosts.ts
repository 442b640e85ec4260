import { BlockList, isIP } from 'node:net';

/** `local`: on one machine or in one network only; `example`: reserved for documentation; `public`: neither. */
export type HostKind = 'local' | 'example' | 'public';

const LOCAL_NAME = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|home\.arpa)$/;

// RFC 2606
const EXAMPLE_NAME = /(?:^|\.)(?:example\.(?:com|net|org)|example|test|invalid)$/;

const LOCAL_ADDRESSES = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  LOCAL_ADDRESSES.addSubnet(network, bits, 'ipv4');
}
LOCAL_ADDRESSES.addSubnet('::', 127, 'ipv6');
LOCAL_ADDRESSES.addSubnet('fc00::', 7, 'ipv6');
LOCAL_ADDRESSES.addSubnet('fe80::', 10, 'ipv6');

/** Takes a host name as `URL` gives it. */
function hostKind(hostname: string): HostKind {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const version = isIP(host);
  if (version !== 0) return LOCAL_ADDRESSES.check(host, version === 4 ? 'ipv4' : 'ipv6') ? 'local' : 'public';
  if (EXAMPLE_NAME.test(host)) return 'example';
  return LOCAL_NAME.test(host) || !host.includes('.') ? 'local' : 'public';
}

/** The kind of host that an address leads to; null if it leads to none. */
export function hostKindOf(url: string): HostKind | null {
  const parsed = /^https?:/i.test(url) ? URL.parse(url) : null;
  return parsed ? hostKind(parsed.hostname) : null;
}

/** Whether this very machine is meant. */
export function isLoopback({ hostname }: URL): boolean {
  return /^(?:.+\.)?localhost$|^127(?:\.\d+){3}$|^\[::1\]$/.test(hostname);
}
