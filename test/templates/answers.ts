import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import supertest from 'supertest';
import { parse } from 'yaml';
import { createApp } from '../../src/app.ts';
import { parseSettings } from '../../src/settings.ts';

const FOLDER = join(import.meta.dirname, '../../templates');

/** Of the built-in samples those that look different: whoever is unknown sees what control sees. */
const BUILT_IN_SAMPLES = ['treatment', 'control', 'long', 'sparse'];

/** The placements of the templates folder, each with the samples that are worth a look. */
export const PLACEMENTS = [
  { name: 'home-hero', items: 3, samples: samplesOf('home-hero') },
  { name: 'reading-list', items: 4, samples: samplesOf('newsletter/reading-list') },
];

/** Every placement with every sample, for `it.each`. */
export const CASES = PLACEMENTS.flatMap(({ name, samples }) =>
  samples.map((sample) => [name, sample] as const),
);

function samplesOf(folder: string): string[] {
  const own: object = parse(readFileSync(join(FOLDER, folder, 'samples.yaml'), 'utf8'));
  return [...BUILT_IN_SAMPLES, ...Object.keys(own)];
}

/** What the service complained of while it read the folder. */
export const warnings: string[] = [];

const app = await createApp(readSettings(), {
  log: pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) }),
});

function readSettings() {
  const result = parseSettings(
    {
      CALLER_CREDENTIALS: 'test:test-only-9c41',
      AMPLITUDE_SECRET_KEY: 'test-secret-key',
      TEMPLATES_DIR: FOLDER,
      STORE_URL: 'memory:',
    },
    'sandbox',
  );
  if ('faults' in result) throw new Error(JSON.stringify(result.faults));
  return result.settings;
}

/** Asks the service as a marketing tool would: `home-hero.html`, `treatment`, `{ template: 'message' }`. */
export async function ask(path: string, sample: string, parameters: object = {}): Promise<string> {
  const response = await supertest(app.express)
    .get(`/v1/placements/${path}`)
    .auth('test', 'test-only-9c41')
    .query({ user_id: `inlay-sample-${sample}`, ...parameters })
    .buffer(true)
    .parse((message, done) => {
      const chunks: Buffer[] = [];
      message.on('data', (chunk: Buffer) => chunks.push(chunk));
      message.on('end', () => done(null, Buffer.concat(chunks).toString('utf8')));
    });
  if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${response.body}`);
  return response.body;
}

export type Item = { readonly title: string; readonly click_url: string };

/** The items of an answer, in order. */
export async function askItems(placement: string, sample: string): Promise<Item[]> {
  return JSON.parse(await ask(`${placement}.json`, sample, { shape: 'list' })).items;
}
