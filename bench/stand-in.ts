import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

// Amplitude's part in a storm, in a process of its own: answers after a while, and counts what it is asked.

const ANSWER_MS = 50;

/** When each call was counted, and for whom. Milliseconds since 1970. */
export type Counted = { readonly at: readonly number[]; readonly people: readonly string[] };

const at: number[] = [];
const people: string[] = [];
let isFailing = false;

const server = createServer((request, response) => {
  if (isFailing) {
    request.socket.destroy();
    return;
  }
  const url = new URL(request.url ?? '/', 'http://stand-in');
  const user = url.searchParams.get('user_id') ?? '';
  at.push(Date.now());
  people.push(user);
  const recommendations = [
    {
      rec_id: url.searchParams.get('rec_id'),
      is_control: false,
      items: ['mortgage-rates-primer', 'budget-basics', 'retirement-goals', 'what-is-a-cd', 'investing-101'],
    },
  ];
  setTimeout(() => {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ userData: { user_id: user, recommendations } }));
  }, ANSWER_MS);
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1');
await once(server, 'listening');
process.send?.((server.address() as AddressInfo).port);
process.on('message', (message) => {
  if (message === 'count') process.send?.({ at, people } satisfies Counted);
  else isFailing = message === 'fail';
});
