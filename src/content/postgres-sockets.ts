import { lookup as lookUp } from 'node:dns';
import { isIP, type LookupFunction, Socket } from 'node:net';
import type { PostgresAddress } from './postgres-url.ts';
import { SourceError } from './source.ts';

export type IsRefusedAddress = (address: string) => boolean;

export type PostgresSockets = {
  /** One that is not connected yet, for the client: its `connect()` leads to the address, whatever it is told. */
  readonly create: () => Socket;
  /** One that is being connected. */
  readonly connect: () => Socket;
  /** Ends all that are still open. */
  readonly destroyAll: () => void;
};

/** Makes sockets to one address; those that would lead to a refused IP address fail with `refused_address`. */
export function createSockets(
  { host, port }: Pick<PostgresAddress, 'host' | 'port'>,
  isRefused: IsRefusedAddress,
): PostgresSockets {
  const open = new Set<Socket>();
  const lookup = createLookup(isRefused);

  const connectTo = (socket: Socket): Socket => {
    const connect = Socket.prototype.connect.bind(socket);
    if (host.startsWith('/')) return connect(`${host}/.s.PGSQL.${port}`);
    // Of an IP address nothing is looked up.
    if (isIP(host) !== 0 && isRefused(host)) return socket.destroy(refusal());
    return connect({ host, port, lookup });
  };
  const create = (): Socket => {
    const socket = new Socket();
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    return Object.assign(socket, { connect: () => connectTo(socket) });
  };
  return {
    create,
    connect: () => connectTo(create()),
    destroyAll: () => {
      for (const socket of open) socket.destroy();
    },
  };
}

/** The address that is checked is the one that is connected to: a name cannot lead elsewhere in between. */
function createLookup(isRefused: IsRefusedAddress): LookupFunction {
  return (name, options, callback) =>
    lookUp(name, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, []);
      const allowed = found.filter(({ address }) => !isRefused(address));
      const [first] = allowed;
      if (!first) callback(refusal(), []);
      else if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
}

function refusal(): SourceError {
  return new SourceError('refused_address', 'is at an address that is refused');
}
