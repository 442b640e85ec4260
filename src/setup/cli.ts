import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { isAbsolute, join } from 'node:path';
import { format } from 'basic-auth';
import pino from 'pino';
import { type App, createApp } from '../app.ts';
import { FlagProviderError } from '../flags/open.ts';
import { createHttpServer } from '../http/server.ts';
import { createSeals } from '../links/seals.ts';
import { linkKeyText } from '../links/tokens.ts';
import type { LivePlacement } from '../live-templates.ts';
import { SANDBOX_ENVIRONMENT } from '../sandbox/demo.ts';
import { parseSettings, type Settings } from '../settings.ts';
import { TemplatesError } from '../templates.ts';
import { describeBraze } from './braze.ts';
import type { SetUp, SetUpSection } from './describe.ts';
import { describeMovableInk } from './movable-ink.ts';
import { describeSampleAnswers, type SampleAnswer } from './sample-answers.ts';

// `npm run setup-braze -- home-hero` and `npm run setup-movable-ink -- home-hero`: prints what to copy. The sample
// answers are real ones, of a service that is started for them on a free port, with nobody looked up.

const TOOLS = {
  'movable-ink': {
    name: 'Movable Ink',
    describe: describeMovableInk,
    query: 'campaign=example&item_index=1',
  },
  braze: { name: 'Braze', describe: describeBraze, query: 'campaign=example' },
};

type Tool = (typeof TOOLS)[keyof typeof TOOLS];

const [toolName, placementName, ...more] = process.argv.slice(2);
const tool = toolName === 'braze' || toolName === 'movable-ink' ? TOOLS[toolName] : null;
if (!tool || placementName === undefined || more.length > 0) {
  fail([`Name one placement: npm run setup-${tool ? toolName : 'braze'} -- home-hero`]);
}
// Whoever reads it may have seen enough, as `head` has.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 1));
await run(tool, placementName, readSettings());

async function run(tool: Tool, name: string, settings: Settings): Promise<void> {
  // The real store may be another process's; nothing is kept of this.
  const app = await openApp({ ...settings, store: { kind: 'memory' } });
  const live = app.findPlacement(name.toLowerCase());
  if (!live) {
    const known = app.placements().map((placement) => placement.name);
    fail([`There is no placement "${name}". There are: ${known.sort().join(', ')}.`]);
  }
  const setUp = setUpOf(live, settings);
  const answers = await askForSamples(app, tool, setUp, settings);
  await app.close();
  write(`${live.placement.title} (${live.placement.name}) in ${tool.name}`);
  for (const section of [...tool.describe(setUp), ...answers]) writeSection(section);
}

async function openApp(settings: Settings): Promise<App> {
  try {
    return await createApp(settings, { log: pino({ level: 'silent' }) });
  } catch (error) {
    if (error instanceof FlagProviderError) fail([error.message]);
    if (!(error instanceof TemplatesError)) throw error;
    const pathOf = (file: string): string => (isAbsolute(file) ? file : join(settings.templatesDir, file));
    fail(
      error.faults.map(
        ({ file, line, message }) => `${pathOf(file)}${line === null ? '' : `:${line}`} ${message}`,
      ),
    );
  }
}

function setUpOf({ placement, source, templates }: LivePlacement, settings: Settings): SetUp {
  return {
    placement,
    shape: source.shape,
    templates: [...templates.keys()],
    publicUrl: settings.publicUrl.href.replace(/\/$/, ''),
    key: createSeals(settings.linkSigningKeys).sign(linkKeyText(placement.name)),
  };
}

async function askForSamples(
  app: App,
  { query }: Tool,
  { publicUrl, placement }: SetUp,
  { credentials: [caller] }: Settings,
): Promise<SetUpSection[]> {
  const server = createHttpServer(app.express).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const authorization = caller ? format({ name: caller.name, pass: caller.password }) : '';
  try {
    const call = (target: string) => fetchAnswer(`http://127.0.0.1:${port}${target}`, authorization);
    return await describeSampleAnswers({ call, publicUrl, placement: placement.name, query });
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

async function fetchAnswer(url: string, authorization: string): Promise<SampleAnswer> {
  const response = await fetch(url, { headers: { authorization } });
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    requestId: response.headers.get('x-request-id') ?? '',
    body: await response.text(),
  };
}

/** As `npm start` reads them; without any, the demo's, so that a newcomer can look first. */
function readSettings(): Settings {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const isSetUp = Boolean(process.env.PUBLIC_URL?.trim());
  const env = isSetUp ? process.env : { ...SANDBOX_ENVIRONMENT, ...process.env };
  const result = parseSettings(env, isSetUp ? 'start' : 'sandbox');
  if ('faults' in result) fail(result.faults.map(({ variable, message }) => `${variable} ${message}`));
  if (!isSetUp) {
    process.stderr.write('PUBLIC_URL is not set: addresses and keys below are those of npm run demo.\n\n');
  }
  return result.settings;
}

function writeSection({ title, text, code }: SetUpSection): void {
  write(`\n## ${title}\n\n${text}`);
  if (code !== null) write(`\n${code.replace(/^(?=.)/gm, '    ')}`);
}

function write(text: string): void {
  process.stdout.write(`${text}\n`);
}

function fail(faults: readonly string[]): never {
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  process.exit(1);
}
