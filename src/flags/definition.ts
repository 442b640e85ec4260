import { MemoryStorage } from '@openfeature/flagd-core';
import type { Logger } from '@openfeature/server-sdk';
import { explainSchemaFaults, type FlagFault, isMapping } from './flag-fault.ts';
import { SILENT } from './silent.ts';

/** A flag definition cannot be used. All of its faults, each with the flag's name in its message. */
export class FlagsError extends Error {
  override readonly name = 'FlagsError';
  readonly faults: readonly FlagFault[];

  constructor(faults: readonly FlagFault[]) {
    super(faults.map(({ message }) => message).join('\n'));
    this.faults = faults;
  }
}

/**
 * The flags of a definition in flagd's format: `{ flags, $evaluators?, metadata? }`. Throws a `FlagsError` for
 * whatever flagd refuses, and for what it merely warns of when it starts: a flag against its schema, or one whose
 * targeting it does not understand, would be its default for everyone.
 */
export function readDefinition(definition: unknown): MemoryStorage {
  if (!isMapping(definition)) throw new FlagsError([{ path: [], message: 'must hold names with values' }]);
  const { flags, faults } = parse(definition);
  if (faults.length === 0) return flags;
  const named = explain(definition);
  throw new FlagsError(named.length > 0 ? named : faults);
}

/** flagd stops at a flag that it refuses, so each is tried alone. */
function explain({ flags, ...shared }: Readonly<Record<string, unknown>>): readonly FlagFault[] {
  const sharedFaults = parse({ ...shared, flags: {} }).faults;
  if (!isMapping(flags) || sharedFaults.length > 0) return sharedFaults;
  return Object.entries(flags).flatMap(([key, flag]) => {
    const [fault] = parse({ ...shared, flags: { [key]: flag } }).faults;
    if (!fault) return [];
    return fault.path.length > 0 ? [fault] : [faultOf(key, fault.message)];
  });
}

function faultOf(key: string, message: string): FlagFault {
  return { path: ['flags', key], message: `flags.${key}: ${message}` };
}

type Parsed = { readonly flags: MemoryStorage; readonly faults: readonly FlagFault[] };

function parse(definition: Readonly<Record<string, unknown>>): Parsed {
  const warnings: FlagFault[] = [];
  const flags = new MemoryStorage(collectWarnings(warnings));
  try {
    flags.setConfigurations(JSON.stringify(definition), true);
    return { flags, faults: warnings };
  } catch (error) {
    return { flags, faults: [explainSchemaFaults(error)] };
  }
}

/** flagd only warns of targeting that it cannot compile, and the schema does not look into `$ref`. */
function collectWarnings(warnings: FlagFault[]): Logger {
  const message = 'its targeting cannot be understood: is there an evaluator for each $ref?';
  return { ...SILENT, warn: () => warnings.push({ path: [], message }) };
}
