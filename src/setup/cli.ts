import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { format } from 'basic-auth';
import pino from 'pino';
import { createApp } from '../app.ts';
import { createHttpServer } from '../http/server.ts';
import { createSeals } from '../links/seals.ts';
import { linkKeyText } from '../links/tokens.ts';
import { SANDBOX_ENVIRONMENT } from '../sandbox/demo.ts';
import { parseSettings, type Settings } from '../settings.ts';
import { TemplatesError } from '../templates.ts';
import { describeBraze } from './braze.ts';
import { describeMovableInk } from './movable-ink.ts';
import { fetchSampleAnswers } from './sample-answers.ts';

// `npm run setup-braze -- home-hero` and `npm run setup-movable-ink -- home-hero`: prints what to copy. The sample
// answers are real ones, of a service that is started for them on a free port, with nobody looked up.

const TOOLS = {
  'movable-ink': { describe: describeMovableInk, query: '&campaign=example&position=1' },
  braze: { describe: describeBraze, query: '&campaign=example' },
} as const;

const [toolName = '', placementName, ...more] = process.argv.slice(2);
const tool = toolName === 'braze' || toolName === 'movable-ink' ? TOOLS[toolName] : null;
if (!tool || placementName === undefined || more.length > 0) {
  fail(`Give one placement: npm run setup-${tool ? toolName : 'braze'} -- home-hero`);
}
await print(readSettings(), placementName);

async function print(settings: Settings, name: string): Promise<void> {
  // The real store may be another process's; nothing is kept of this.
  const app = await createApp(
    { ...settings, store: { kind: 'memory' } },
    { log: pino({ level: 'silent' }) },
  ).catch((error: unknown) => {
    if (!(error instanceof TemplatesError)) throw error;
    return fail(error.faults.map(({ file, line, message }) => `${file}:${line ?? ''} ${message}`).join('\n'));
  });
  const live = app.findPlacement(name.toLowerCase());
  if (!live) {
    const known = app.placements().map((placement) => placement.name);
    return fail(`There is no placement "${name}"; there are ${known.join(', ')}.`);
  }
  const server = createHttpServer(app.express).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { placement, source } = live;
  const [caller] = settings.credentials;
  const authorization = caller ? format({ name: caller.name, pass: caller.password }) : '';
  const publicUrl = settings.publicUrl.href.replace(/\/$/, '');
  const key = createSeals(settings.linkSigningKeys).sign(linkKeyText(placement.name));
  const sections = tool?.describe({ placement, shape: source.shape, publicUrl, key }) ?? [];
  const base = `http://127.0.0.1:${port}`;
  const answers = await fetchSampleAnswers(base, authorization, placement.name, tool?.query ?? '');

  write(`${placement.title} (${placement.name}) in ${toolName === 'braze' ? 'Braze' : 'Movable Ink'}`);
  for (const { title, text, code } of sections) {
    write(`\n## ${title}\n\n${text}`);
    if (code !== null) write(`\n${code.replace(/^/gm, '    ')}`);
  }
  for (const { sample, text } of answers)
    write(`\n## Sample answer: ${sample}\n\n${text.replace(/^/gm, '    ')}`);
  server.close();
  server.closeAllConnections();
  await app.close();
}

/** As `npm start` reads them; without any, the demo's, so that a newcomer can look first. */
function readSettings(): Settings {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const isSetUp = process.env.PUBLIC_URL !== undefined;
  const env = isSetUp ? process.env : { ...SANDBOX_ENVIRONMENT, ...process.env };
  const result = parseSettings(env, isSetUp ? 'start' : 'sandbox');
  if ('faults' in result)
    return fail(result.faults.map(({ variable, message }) => `${variable} ${message}`).join('\n'));
  if (!isSetUp) {
    process.stderr.write(
      'PUBLIC_URL is not set, so that addresses and keys below are those of the demo.\n\n',
    );
  }
  return result.settings;
}

function write(text: string): void {
  process.stdout.write(`${text}\n`);
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
