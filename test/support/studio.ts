import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { type Amplitude, openAmplitude } from './amplitude.ts';
import { GOOD } from './products.ts';
import { control, treatment } from './replies.ts';
import { type Credentials, openService, type Service, type ServiceOptions, STUDIO } from './service.ts';
import { makeFolder, type TemplateChanges } from './templates.ts';
import { writeFiles } from './versions.ts';

const SAMPLE_TEMPLATES = join(import.meta.dirname, '../../templates');

/** A copy of the templates folder that comes with the service, with these changes. Gives its path. */
export function copyTemplates(changes: TemplateChanges = {}): string {
  const folder = makeFolder();
  cpSync(SAMPLE_TEMPLATES, folder, { recursive: true });
  writeFiles(folder, changes);
  return folder;
}

/** A page of Studio as a browser asks for it and a reader sees it. */
export type StudioPage = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly html: string;
  /** Without markup, entities and needless white space. */
  readonly text: string;
};

export type StudioService = {
  readonly amplitude: Amplitude;
  readonly service: Service;
  readonly get: (path: string, as?: Credentials | null, headers?: Headers) => Promise<StudioPage>;
  /** Sends a form of Studio's. */
  readonly post: (
    path: string,
    form: Readonly<Record<string, unknown>>,
    headers?: Headers,
  ) => Promise<StudioPage>;
  /** So many Profile API calls a test makes on purpose; any more fail it. */
  readonly allowLookUps: (count: number) => void;
};

type Headers = Readonly<Record<string, string>>;

/** The service, in which everybody is treated but `carl`, who is control. It fails the test if anybody is looked up. */
export async function openStudio(options: Omit<ServiceOptions, 'amplitude'> = {}): Promise<StudioService> {
  const amplitude = await openAmplitude();
  amplitude.planForAll(treatment(...GOOD));
  amplitude.plan('carl', control(...GOOD));
  let allowed = 0;
  onTestFinished(() => expect(amplitude.calls, 'Profile API calls').toHaveLength(allowed));
  const service = await openService({ amplitude, ...options });
  return {
    ...{ amplitude, service },
    get: async (path, as = STUDIO, headers = {}) =>
      readPage(await service.get(path, as).set({ Accept: 'text/html', ...headers })),
    post: async (path, form, headers = {}) => {
      const fields = Object.entries(form).map(([name, value]): [string, string] => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]);
      const body = new URLSearchParams(fields).toString();
      return readPage(
        await service
          .post(path, STUDIO)
          .set({ Accept: 'text/html', ...headers })
          .type('form')
          .send(body),
      );
    },
    allowLookUps: (count) => {
      allowed = count;
    },
  };
}

function readPage({
  status,
  headers,
  text: html,
}: {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}): StudioPage {
  return { status, headers, html, text: textOf(html) };
}

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#x27;': "'", '&#x60;': '`', '&#x3D;': '=' },
};

export function textOf(html: string): string {
  return decode(html.replace(/<(script|style)\b.*?<\/\1>/gs, ' ').replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim();
}

/** As Handlebars writes them. */
export function decode(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#x27|#x60|#x3D);/g, (entity) => ENTITIES[entity] ?? entity);
}

/** The values that an attribute has on a page, in order. */
export function attributesOf(html: string, name: string): string[] {
  return Array.from(html.matchAll(new RegExp(` ${name}="([^"]*)"`, 'g')), ([, value = '']) => decode(value));
}
