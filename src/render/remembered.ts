import { createHash } from 'node:crypto';
import type { Block } from '../domain/block.ts';
import type { Template, TemplateSource } from '../domain/message.ts';
import { UNKNOWN_TEXTS } from '../domain/texts.ts';
import { compileTemplate } from './template.ts';

export type RememberedTemplates = {
  /** As `compileTemplate`; what was compiled from the same before is not compiled again. */
  readonly compile: (source: TemplateSource, trial: readonly Block[]) => Template;
  /** Forgets all that neither this reading asked for nor the last one that was without fault. */
  readonly endReading: (isWithoutFault: boolean) => void;
};

/** Compiling costs milliseconds a template, and when a folder is read again most of them are what they were. */
export function rememberTemplates(): RememberedTemplates {
  let good = new Map<string, Template>();
  let last = new Map<string, Template>();
  let used = new Map<string, Template>();
  return {
    compile: (source, trial) => {
      const key = identify(source, trial);
      const known = used.get(key) ?? last.get(key) ?? good.get(key);
      const template = known ?? compileTemplate(source, trial);
      used.set(key, template);
      return template;
    },
    endReading: (isWithoutFault) => {
      if (isWithoutFault) good = used;
      last = used;
      used = new Map();
    },
  };
}

function identify({ partials, texts, ...source }: TemplateSource, trial: readonly Block[]): string {
  const words = texts === UNKNOWN_TEXTS ? null : [...texts].map(([locale, keys]) => [locale, [...keys]]);
  const tried = trial.map(({ placement, items }) => [placement.name, items.length]);
  const text = JSON.stringify([source, [...partials], words, tried]);
  return createHash('sha256').update(text).digest('base64');
}
