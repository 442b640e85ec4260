import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse as parseCredentials } from 'basic-auth';
import express, { type Express } from 'express';
import Handlebars from 'handlebars';
import juice from 'juice';
import { parse } from 'yaml';
import { createApp } from '../src/app.ts';
import { createHttpServer } from '../src/http/server.ts';
import { createLog } from '../src/log.ts';
import { HELPERS } from '../src/render/helpers.ts';
import { startSandbox } from '../src/sandbox/demo.ts';
import { parseSettings } from '../src/settings.ts';

// Started twice by a benchmark, each in a process of its own: `servers.ts inlay` and `servers.ts bare`.

export const CREDENTIALS = 'bench:bench-password-0123456789';

/** Inlay as in production, with its log on, asking the sandbox for whom it does not know. */
async function createInlay(): Promise<Express> {
  const result = parseSettings(
    {
      CALLER_CREDENTIALS: CREDENTIALS,
      AMPLITUDE_SECRET_KEY: 'sandbox-secret-key',
      STORE_URL: process.env.STORE_URL ?? 'memory:',
      AMPLITUDE_API_KEY: process.env.AMPLITUDE_API_KEY,
      EVENTS_API_URL: process.env.EVENTS_API_URL,
    },
    'sandbox',
  );
  if ('faults' in result) throw new Error(JSON.stringify(result.faults));
  const sandbox = await startSandbox({
    apiKey: 'sandbox-api-key',
    secretKey: 'sandbox-secret-key',
    itemsOf: (recommendation) => app.itemIds(recommendation),
  });
  // Events go where the environment says; without a key there are none.
  const { eventsApiUrl } = result.settings;
  const settings = { ...result.settings, ...sandbox.urls, eventsApiUrl };
  const app = await createApp(settings, { log: createLog('info').logger });
  return app.express;
}

/**
 * The line to measure against: Express with basic-auth alone, sending the same JSON or rendering the same block.
 * ETags are off as in Inlay, so that the comparison is of the work and not of a default.
 */
function createBare(answer: { items: object[] }): Express {
  const environment = Handlebars.create();
  const texts = parse(readFileSync('templates/texts/default.yaml', 'utf8'));
  environment.registerHelper({
    ...HELPERS,
    text: (key: string) => texts[key],
  } as Handlebars.HelperDeclareSpec);
  for (const partial of ['button', 'price-label', 'styles']) {
    environment.registerPartial(partial, readFileSync(`templates/partials/${partial}.hbs`, 'utf8'));
  }
  const source = readFileSync('templates/home-hero/email.hbs', 'utf8').replace(
    /\{\{>\s*([\w-]+)\s*\}\}/g,
    (call, name) => (name === 'styles' ? readFileSync('templates/partials/styles.hbs', 'utf8') : call),
  );
  const render = environment.compile(juice(source, { removeStyleTags: true, preserveMediaQueries: true }));

  const app = express();
  app.disable('etag');
  app.disable('x-powered-by');
  app.use((request, response, next) => {
    const given = parseCredentials(request.headers.authorization ?? '');
    if (given && `${given.name}:${given.pass}` === CREDENTIALS) next();
    else response.status(401).end();
  });
  app.get('/v1/placements/:placement', (request, response) => {
    if (request.params.placement.endsWith('.html')) response.type('html').send(render(answer));
    else response.json(answer);
  });
  return app;
}

const kind = process.argv[2];
if (kind === 'inlay' || kind === 'bare') {
  const app = kind === 'inlay' ? await createInlay() : createBare(JSON.parse(process.env.ANSWER ?? ''));
  const server = kind === 'inlay' ? createHttpServer(app) : createServer(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.send?.((server.address() as AddressInfo).port);
  // Processor time is what an answer costs, whatever else the machine is doing.
  process.once('SIGINT', () => process.exit());
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
  });
}
