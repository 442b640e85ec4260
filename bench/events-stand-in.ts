import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

// Amplitude's part where events are sent, in a process of its own: takes everything, and counts.

let events = 0;
let requests = 0;

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const upload: { events: object[] } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  events += upload.events.length;
  requests += 1;
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ code: 200, events_ingested: upload.events.length }));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.((server.address() as AddressInfo).port);
process.on('message', () => process.send?.({ events, requests }));
