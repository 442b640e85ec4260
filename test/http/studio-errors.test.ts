import express from 'express';
import request from 'supertest';
import { expect, it } from 'vitest';
import { createStudioErrors } from '../../src/http/studio-errors.ts';

it('what is broken in Inlay is told with a request id, under which it is logged, and without what it was', async () => {
  const logged: unknown[] = [];
  const counted: string[] = [];
  const app = express();
  app.get('/', () => {
    throw new Error('user anna@example.com broke it');
  });
  app.use(
    createStudioErrors({
      studio: { problem: async ({ status, heading, detail }) => `<p>${status} ${heading}: ${detail}</p>` },
      onProblem: (code) => counted.push(code),
      onUnexpected: (error, requestId) => logged.push([String(error), requestId]),
      readiness: { ready: true },
    }),
  );
  const { status, text, headers } = await request(app).get('/').set('Accept', 'text/html');
  const id = headers['x-request-id'];
  expect(status).toBe(500);
  expect(text).toBe(
    `<p>500 That is our fault: Something is broken in Inlay. Tell an engineer the request id ${id}.</p>`,
  );
  expect(logged).toEqual([['Error: user anna@example.com broke it', id]]);
  expect(counted).toEqual(['internal_error']);
});
