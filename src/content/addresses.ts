import { type LookupAddress, lookup as lookUpInDns } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';

/** A host at an address that no content comes from: link-local, where clouds hand out a machine's credentials. */
export class RefusedAddressError extends Error {
  override readonly name = 'RefusedAddressError';
  readonly code = 'ERR_REFUSED_ADDRESS';

  constructor() {
    super('is at a link-local address, which is refused');
  }
}

// An IPv4 rule holds for the same address mapped into IPv6, `::ffff:169.254.169.254`, too.
const REFUSED = new BlockList();
REFUSED.addSubnet('169.254.0.0', 16, 'ipv4');
REFUSED.addSubnet('fe80::', 10, 'ipv6');
// The same IPv4 addresses as NAT64 (RFC 6052) writes them.
REFUSED.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');
// Where AWS has its metadata besides. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
REFUSED.addAddress('fd00:ec2::254', 'ipv6');
// Alibaba Cloud's, which is not link-local.
REFUSED.addAddress('100.100.100.200', 'ipv4');

/** Whether a URL's host is such an address. Names are not looked up: they are none. */
export function isRefusedAddress(host: string): boolean {
  const address = host.replace(/^\[|\]$|%.*/g, '');
  const family = isIP(address);
  return family !== 0 && REFUSED.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * The `connect` of an undici `Agent` that refuses such addresses with a `RefusedAddressError`. It judges what a name turns
 * out to be at the moment of connecting, so a name that changes afterwards is of no use. `options` are undici's own.
 */
export function createRefusingConnector(
  options: buildConnector.BuildOptions,
  lookup: LookupFunction = lookUpInDns as LookupFunction,
): buildConnector.connector {
  const connect = buildConnector({ ...options, lookup: createRefusingLookup(lookup) });
  return (target, callback) => {
    // Node looks no address up that is one already.
    if (isRefusedAddress(target.hostname)) queueMicrotask(() => callback(new RefusedAddressError(), null));
    else connect(target, callback);
  };
}

/** Like `dns.lookup`, without refused addresses; an error if no other is left. */
function createRefusingLookup(lookup: LookupFunction): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '', 0);
      const addresses = (found as LookupAddress[]).filter(({ address }) => !isRefusedAddress(address));
      const [first] = addresses;
      if (!first) return callback(new RefusedAddressError(), '', 0);
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
