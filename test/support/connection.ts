import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';

/** One TCP connection that stays open for several requests. */
export type Connection = {
  readonly write: (bytes: string | Buffer) => void;
  /** Resolves as soon as what came so far matches, and forgets it; rejects when the other side closes first. */
  readonly received: (pattern: RegExp) => Promise<string>;
  readonly closed: Promise<unknown>;
};

export async function openConnection(port: number): Promise<Connection> {
  const socket = connect(port, '127.0.0.1');
  const changes = new EventEmitter();
  let text = '';
  let isClosed = false;
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    changes.emit('change');
  });
  socket.on('error', () => {});
  const closed = once(socket, 'close').then(() => {
    isClosed = true;
    changes.emit('change');
  });
  await once(socket, 'connect');
  return {
    write: (bytes) => void socket.write(bytes),
    closed,
    received: async (pattern) => {
      while (!pattern.test(text)) {
        if (isClosed) throw new Error(`Closed after ${JSON.stringify(text)}`);
        await once(changes, 'change');
      }
      const received = text;
      text = '';
      return received;
    },
  };
}
