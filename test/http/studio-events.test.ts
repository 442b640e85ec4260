import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createStudioEvents } from '../../src/http/studio-events.ts';
import { PRODUCTS_CSV } from '../support/products.ts';
import { CALLER, type Credentials, STUDIO } from '../support/service.ts';
import { openStudio, type StudioService } from '../support/studio.ts';
import { writeTemplates } from '../support/templates.ts';
import { writeFiles } from '../support/versions.ts';

/** A stream of events that is open. */
async function listen({ service }: StudioService, { name, password }: Credentials = STUDIO) {
  const call = request(`${service.url}/studio/events`, { auth: `${name}:${password}` });
  onTestFinished(() => void call.destroy());
  call.end();
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  // It is broken off with the test.
  response.setEncoding('utf8').on('error', () => {});
  let text = '';
  response.on('data', (more: string) => {
    text += more;
  });
  return {
    response,
    text: () => text,
    /** Resolves once it has brought this. */
    said: async (what: string) => {
      while (!text.includes(what)) await once(response, 'data');
    },
    ended: async () => {
      while (!response.complete) await once(response, 'end');
    },
  };
}

const CHANGE = 'event: change\n';

describe('the stream of events', () => {
  it('tells of each change of the templates folder, to everybody who looks', async () => {
    const templates = writeTemplates();
    const studio = await openStudio({ templates });
    const streams = [await listen(studio), await listen(studio)];
    expect(streams[0]?.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'private, no-store',
      'x-accel-buffering': 'no',
    });
    for (const stream of streams) await stream.said('retry: 1000\n\n');
    writeFiles(templates, { 'hero/message.hbs': '<p>Another</p>\n' });
    await studio.service.app.lookForChanges();
    for (const stream of streams) await stream.said(CHANGE);
  });

  it('tells of faults, too, and of their end', async () => {
    const templates = writeTemplates();
    const studio = await openStudio({ templates });
    const stream = await listen(studio);
    const change = async (text: string): Promise<string> => {
      const before = stream.text().split(CHANGE).length;
      writeFiles(templates, { 'hero/message.hbs': text });
      await studio.service.app.lookForChanges();
      while (stream.text().split(CHANGE).length === before) await once(stream.response, 'data');
      return (await studio.get('/studio/placements/hero')).text;
    };
    const faulty = await change('<p>{{nothing}}</p>\n');
    expect(faulty).toContain('The templates folder has 1 fault. What was there before goes on.');
    expect(faulty).toMatch(/hero\/message\.hbs(:1)? .*nothing/);
    expect(await change('<p>{{title}}</p>\n')).not.toContain('The templates folder has');
  });

  it('tells of a content file that changed', async () => {
    const templates = writeTemplates();
    const studio = await openStudio({ templates });
    const stream = await listen(studio);
    const csv = PRODUCTS_CSV.replace('All about investing-101', 'A new name for investing-101');
    writeFiles(templates, { 'content/products.csv': csv });
    await studio.service.app.lookForChanges();
    await stream.said(CHANGE);
    expect((await studio.get('/studio/placements/hero?who=control')).text).toContain('A new name');
  });

  it('ends when the service is about to stop, so that it does not keep the process', async () => {
    const studio = await openStudio();
    const stream = await listen(studio);
    studio.service.app.readiness.ready = false;
    await stream.ended();
  });

  it('ends when the service is closed', async () => {
    const studio = await openStudio();
    const stream = await listen(studio);
    await studio.service.app.close();
    await stream.ended();
  });

  it('is open to two hundred; one more takes the place of the first, which is told to wait', async () => {
    const studio = await openStudio();
    const first = await listen(studio);
    await Promise.all(Array.from({ length: 199 }, () => listen(studio)));
    expect(first.response.complete).toBe(false);
    const last = await listen(studio);
    await first.ended();
    expect(first.text()).toMatch(/retry: \d{5,}\n\n$/);
    await last.said('retry: 1000\n\n');
    expect(last.response.complete).toBe(false);
  });

  it('gets nothing more once it was told to wait, though it cannot be closed yet', async () => {
    const listeners: (() => void)[] = [];
    const onChange = (listener: () => void) => {
      listeners.push(listener);
      return () => {};
    };
    const { stream, close } = createStudioEvents({ onChange, readiness: { ready: true } });
    onTestFinished(close);
    const errors: unknown[] = [];
    const app = express();
    app.get('/slow', () => {});
    app.get('/events', (request, response, next) => {
      response.on('error', (error) => errors.push(error));
      stream(request, response, next);
    });
    const server = app.listen(0, '127.0.0.1');
    onTestFinished(() => void server.close().closeAllConnections());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    // The second answer of a connection waits for the first.
    const socket = connect(port, '127.0.0.1');
    for (const path of ['/slow', '/events']) socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    for (let more = 0; more < 200; more += 1) {
      const call = request(`http://127.0.0.1:${port}/events`).end();
      const [response] = (await once(call, 'response')) as [IncomingMessage];
      response.on('error', () => {});
    }
    for (const listener of listeners) listener();
    await new Promise(setImmediate);
    expect(errors).toEqual([]);
  });

  it('is not for callers', async () => {
    const studio = await openStudio();
    const { response } = await listen(studio, CALLER);
    expect(response.statusCode).toBe(403);
  });
});
