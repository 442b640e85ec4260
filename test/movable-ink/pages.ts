import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** Cropduster as it is published, a CommonJS module. */
const CROPDUSTER = readFileSync(createRequire(import.meta.url).resolve('cropduster'), 'utf8');

/** A page as somebody would write it for a web crop, with as much of the capturing program as cropduster talks to. */
const PAGE = `<!doctype html>
<title>Hero</title>
<script>
  const capture = [];
  window.MICapture = {
    pause: (message) => capture.push('pause ' + message),
    resume: (message) => capture.push('resume ' + message),
    error: (message) => capture.push('error ' + message),
    cancel: (message) => capture.push('cancel ' + message),
  };
  var module = { exports: {} };
</script>
<script src="/cropduster.js"></script>
<script>
  window.CD = module.exports.default;
  window.call = async (method, url, options) => {
    try {
      const { data, status, contentType, response } = await CD[method](url, options);
      const header = (name) => response.getResponseHeader(name);
      return { status, data, contentType, requestId: header('x-request-id'), timing: header('server-timing') };
    } catch (failed) {
      return { failed };
    }
  };
</script>`;

/** A web site of somebody's own, as browsers name it. */
export type Site = { readonly origin: string };

/** Serves that page until the test is over. Its host is not the service's, so that calls go across sites. */
export async function openSite(): Promise<Site> {
  const server = createServer(({ url }, response) => {
    const isScript = url === '/cropduster.js';
    response.writeHead(200, { 'Content-Type': isScript ? 'text/javascript' : 'text/html; charset=utf-8' });
    response.end(isScript ? CROPDUSTER : PAGE);
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { origin: `http://localhost:${(server.address() as AddressInfo).port}` };
}
