import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import autocannon from 'autocannon';
import { CREDENTIALS } from './servers.ts';
import { startServer } from './start.ts';

// A thousand connections opened at once on a process that is saturated already: how long until each has an answer.

const NEW_CONNECTIONS = 1_000;
const HEADERS = { authorization: `Basic ${Buffer.from(CREDENTIALS).toString('base64')}` };
const TARGET = '/v1/placements/home-hero?user_id=treatment-1';

const inlay = await startServer('inlay');
const { port } = new URL(inlay.base);
const url = `${inlay.base}${TARGET}`;
await autocannon({ url, connections: 64, duration: 3, headers: HEADERS });

// Deep pipelines keep the process busy whatever else arrives.
const load = autocannon({ url, connections: 64, pipelining: 4, duration: 8, headers: HEADERS });
await new Promise((resolve) => setTimeout(resolve, 2_000));
const times = (await Promise.all(Array.from({ length: NEW_CONNECTIONS }, timeAnswer))).sort((a, b) => a - b);
const { requests } = await load;
inlay.stop();

const at = (share: number): string =>
  `${Math.round(times[Math.ceil(times.length * share) - 1] ?? Number.NaN)} ms`;
console.log(`${NEW_CONNECTIONS} new connections beside ${Math.round(requests.average)} answers/s:`);
console.log(`  first answer p50 ${at(0.5)}, p99 ${at(0.99)}, last ${at(1)}`);

async function timeAnswer(): Promise<number> {
  const startedAt = performance.now();
  const socket: Socket = connect(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`GET ${TARGET} HTTP/1.1\r\nHost: bench\r\nAuthorization: ${HEADERS.authorization}\r\n\r\n`);
  await once(socket, 'data');
  socket.destroy();
  return performance.now() - startedAt;
}
