import { Duplex } from 'node:stream';

// Sending tools put ids into URLs as they are: a no-break space, an umlaut, an emoji. Node's parser refuses such a
// request, and the message would stay without its block.

/** A GET without body, its headers complete, and nothing behind it that somebody could smuggle in. */
const GET_REQUEST = /^GET (\/[^\r\n]*) HTTP\/1\.[01]\r\n(?:[^\r\n]+\r\n)+\r\n$/;
const BODY_HEADER = /\r\n(?:content-length|transfer-encoding)\s*:/i;

/** The same request with its target percent-encoded, and the connection to be closed; null if that is not the trouble. */
export function encodeRawTarget(packet: Buffer): Buffer | null {
  const text = packet.toString('latin1');
  const target = GET_REQUEST.exec(text)?.[1];
  if (target === undefined || BODY_HEADER.test(text)) return null;
  const encoded = target.replace(
    /[^\x21-\x7e]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  if (encoded === target) return null;
  const rest = text.slice('GET '.length + target.length).replace(/\r\nconnection\s*:[^\r\n]*/gi, '');
  return Buffer.from(`GET ${encoded}${rest.replace('\r\n', '\r\nConnection: close\r\n')}`, 'latin1');
}

/** A connection on which that request arrives, and whose answer goes to the socket. */
export function replay(packet: Buffer, socket: Duplex): Duplex {
  const connection = new Duplex({
    read: () => {},
    write: (chunk, _encoding, done) => {
      socket.write(chunk, () => done());
    },
    final: (done) => {
      socket.end(() => done());
    },
  });
  connection.push(packet);
  socket.once('close', () => connection.destroy());
  return connection;
}
