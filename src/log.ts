import pino, { type Logger } from 'pino';

/** The service's log: one JSON line an event on standard output, written in batches off the request path. */
export type Log = {
  readonly logger: Logger;
  /** Writes what is still waiting. */
  readonly flush: () => void;
};

export function createLog(level: string): Log {
  const destination = pino.destination({ dest: 1, sync: false, minLength: 4_096, periodicFlush: 250 });
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return { logger, flush: () => destination.flushSync() };
}

/** What is logged of every answer: never the person, nor anything else that a caller sent. */
export type AnswerEntry = {
  readonly placement: string;
  readonly format: string;
  readonly variant: string;
  readonly reason: string;
  readonly items: number;
  readonly isSample: boolean;
  readonly cache: string;
  readonly ms: number;
  /** The name of the credentials. */
  readonly caller: string;
  readonly requestId: string;
};

export type LogAnswer = (entry: AnswerEntry) => void;

/**
 * Writes an answer's line as pino would, to pino's own destination, but put together by hand: at thousands a second
 * the general way is a tenth of what an answer costs.
 */
export function createAnswerLog(logger: Logger): LogAnswer {
  const stream = Reflect.get(logger, pino.symbols.streamSym) as {
    write: (line: string) => void;
  };
  const callers = new Map<string, string>();
  const quoteCaller = (name: string): string => {
    const quoted = callers.get(name) ?? JSON.stringify(name);
    callers.set(name, quoted);
    return quoted;
  };
  let lines = '';
  const writeLines = (): void => {
    stream.write(lines);
    lines = '';
  };
  return (entry) => {
    if (!logger.isLevelEnabled('info')) return;
    // One write for all answers of a turn of the event loop.
    if (lines === '') setImmediate(writeLines);
    const { placement, format, variant, reason, items, isSample, cache, ms, caller, requestId } = entry;
    lines +=
      `{"level":30,"time":"${new Date().toISOString()}","placement":"${placement}","format":"${format}",` +
      `"variant":"${variant}","reason":"${reason}","items":${items},"sample":${isSample},"cache":"${cache}",` +
      `"ms":${Math.round(ms * 100) / 100},"caller":${quoteCaller(caller)},"request_id":"${requestId}"}\n`;
  };
}
