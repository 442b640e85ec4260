import pino, { type Logger } from 'pino';

/** The service's log: one JSON line an event on standard output, written in batches off the request path. */
export type Log = {
  readonly logger: Logger;
  /** Writes what is still waiting. */
  readonly flush: () => void;
};

export function createLog(level: string): Log {
  const destination = pino.destination({
    dest: 1,
    sync: false,
    minLength: 65_536,
    maxWrite: 131_072,
    periodicFlush: 250,
  });
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return { logger, flush: () => destination.flushSync() };
}
