import type { Logger } from 'pino';
import { keyVariable } from '../key-variable.ts';
import type { Outcome } from './outcome.ts';

/** Tells when Amplitude takes no events any more, and when it does again; not what each request in between came to. */
export function createOutcomeLog(log: Logger, project: string | null) {
  let told: string | null = null;
  return {
    tell: (outcome: Outcome): void => {
      // Anything else is about the events of one request, and takes none of them.
      if (outcome.kind !== 'taken' && outcome.kind !== 'failed' && outcome.kind !== 'denied') return;
      const trouble = outcome.kind === 'taken' ? null : `${outcome.kind} ${outcome.reason}`;
      if (trouble === told) return;
      told = trouble;
      if (outcome.kind === 'denied') {
        const variable = keyVariable('API_KEY', project);
        log.error({ project, reason: outcome.reason }, `events are refused: is ${variable} right?`);
      } else if (outcome.kind === 'failed') {
        log.warn({ project, reason: outcome.reason }, 'events wait: Amplitude does not take them');
      } else {
        log.info({ project }, 'Amplitude takes events again');
      }
    },
  };
}
