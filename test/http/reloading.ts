import { openAmplitude } from '../support/amplitude.ts';
import { GOOD } from '../support/products.ts';
import { control, treatment } from '../support/replies.ts';
import { METRICS, openService, type ServiceOptions } from '../support/service.ts';
import { type TemplateChanges, writeTemplates } from '../support/templates.ts';
import { writeFiles } from '../support/versions.ts';

export type LogLine = Readonly<Record<string, unknown>> & { readonly level: number; readonly msg: string };

/** The service with a templates folder of its own, the usual one with these changes, unless `options` have one. */
export async function openReloading(
  changes: TemplateChanges = {},
  options: Omit<ServiceOptions, 'amplitude'> = {},
) {
  const amplitude = await openAmplitude();
  amplitude.planForAll(treatment(...GOOD));
  amplitude.plan('carl', control(...GOOD));
  const templates = options.templates ?? writeTemplates(changes);
  const service = await openService({ amplitude, ...options, templates });
  return {
    ...{ amplitude, templates, service },
    ask: (what: string, user = 'ann') => service.get(`/v1/placements/${what}?user_id=${user}`),
    /** Writes files into the folder, null taking one away, and has the service see it. */
    change: async (files: TemplateChanges) => {
      writeFiles(templates, files);
      await service.app.lookForChanges();
    },
    errors: (): LogLine[] =>
      service.log
        .flatMap((lines) => lines.trim().split('\n'))
        .map((line) => JSON.parse(line) as LogLine)
        .filter(({ level }) => level >= 50),
    /** Null if there is no such line. */
    metric: async (name: string): Promise<number | null> => {
      const { text } = await service.get('/metrics', METRICS);
      const line = text.split('\n').find((line) => line.startsWith(`${name} `));
      return line === undefined ? null : Number(line.slice(name.length));
    },
  };
}
