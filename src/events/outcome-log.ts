import type { Logger } from 'pino';
import { keyVariable } from '../key-variable.ts';
import type { Outcome } from './outcome.ts';

/** Tells when Amplitude takes no events any more, and when it does again; not what each request in between came to. */
export function createOutcomeLog(log: Logger, project: string | null) {
  let told: string | null = null;
  return {
    tell: (outcome: Outcome): void => {
      const trouble =
        outcome.kind === 'failed' || outcome.kind === 'denied' ? `${outcome.kind} ${outcome.reason}` : null;
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
