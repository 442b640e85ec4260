/** Something wrong in a flag definition. */
export type FlagFault = {
  /** Where: `flags`, the flag's key, and so on; empty if it is about all of it. */
  readonly path: readonly string[];
  /** Names the flag. */
  readonly message: string;
};

type SchemaError = {
  readonly path: readonly string[];
  readonly keyword: string;
  readonly message: string;
  readonly unknownKey: string | null;
};

/** They only say that none of the other errors may be there. */
const COMPOUND = new Set(['anyOf', 'oneOf', 'allOf', 'not', 'if']);

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * What flagd threw, in a sentence. The schema allows alternatives nearly everywhere, so one mistake gives a hundred
 * errors; the one that lies deepest is where the best matching alternative failed.
 */
export function explainSchemaFaults(error: unknown): FlagFault {
  const errors = readErrors(error).filter(({ keyword }) => !COMPOUND.has(keyword));
  const depth = Math.max(...errors.map(({ path }) => path.length));
  const deepest = errors.find(({ path }) => path.length === depth);
  if (!deepest) return { path: [], message: causeOf(error) };
  const { path } = deepest;
  const here = errors.filter((other) => other.path.join('/') === path.join('/'));
  const unknown = here.find(({ unknownKey }) => unknownKey !== null);
  const wanted = [...new Set(here.map(({ message }) => message))].join(' or ');
  const message = unknown ? `holds ${unknown.unknownKey}, which flagd does not know` : wanted;
  return { path, message: path.length === 0 ? message : `${path.join('.')} ${message}` };
}

/** flagd-core 4 puts the errors, as JSON of ajv's format, behind a colon in the message. */
function readErrors(error: unknown): SchemaError[] {
  const message = error instanceof Error ? error.message : '';
  const start = message.indexOf('[');
  if (start < 0) return [];
  try {
    const list: unknown = JSON.parse(message.slice(start));
    return Array.isArray(list) ? list.filter(isMapping).map(readError) : [];
  } catch {
    return [];
  }
}

function readError({
  instancePath,
  keyword,
  message,
  params,
}: Readonly<Record<string, unknown>>): SchemaError {
  const unknownKey = isMapping(params) ? params.additionalProperty : null;
  return {
    path: parsePointer(String(instancePath)),
    keyword: String(keyword),
    message: String(message),
    unknownKey: typeof unknownKey === 'string' ? unknownKey : null,
  };
}

/** RFC 6901. */
function parsePointer(pointer: string): string[] {
  const steps = pointer.split('/').slice(1);
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** flagd-core prints a `Map`, which is always `{}`. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message } = error.cause instanceof Error ? error.cause : error;
  return message.replace(/ \{\}$/, '');
}
