import type { Provider } from '@openfeature/server-sdk';
import type { Logger } from 'pino';
import type { Metrics } from '../metrics.ts';
import type { FlagSettings } from '../settings.ts';
import { FlagsError, readDefinition } from './definition.ts';
import { EmbeddedFlags } from './embedded.ts';
import type { FlagFault } from './flag-fault.ts';
import { type Gate, openGate } from './gate.ts';
import { loadProvider } from './load-provider.ts';

/** The provider's package that the settings name cannot be used. */
export class FlagProviderError extends Error {
  override readonly name = 'FlagProviderError';
}

/** What a provider's trouble means for answers. */
const CONSEQUENCES = {
  not_ready: 'feature flags are at their defaults until their provider is ready',
  fatal: 'feature flags are at their defaults, for their provider has given up',
  stale: 'feature flags may be old',
  error: 'feature flags may be at their defaults, for their provider is in trouble',
} as const;

export type Flags = {
  /** See `Gate`. */
  readonly pass: Gate['filter'];
  /** What is wrong with definitions in flagd's format; null is none. */
  readonly check: (definitions: unknown) => readonly FlagFault[];
  /** Takes definitions without fault; they count where no provider's package is set. */
  readonly use: (definitions: unknown) => void;
  /** True if flags come from a provider's package. */
  readonly isExternal: boolean;
  readonly close: Gate['close'];
};

/** Flags from the package that the settings name, or else from definitions. Rejects with a `FlagProviderError`. */
export async function openFlags(
  { provider: name, options, timeoutMs }: FlagSettings,
  { metrics, log }: { readonly metrics: Metrics; readonly log: Logger },
): Promise<Flags> {
  const embedded = name === null ? new EmbeddedFlags() : null;
  const gate = await openGate({
    provider: embedded ?? (await load(name ?? '', options)),
    timeoutMs,
    onEvaluation: (outcome, reason) => metrics.countFlag({ outcome, reason }),
    onStatus: (status, cause) => {
      if (status === 'ready' || status === 'closed') log.debug({ status }, 'feature flags');
      else log.warn({ status, cause }, CONSEQUENCES[status]);
    },
  });
  return {
    pass: gate.filter,
    check: (definitions) => (definitions === null ? [] : findFaults(definitions)),
    use: (definitions) => embedded?.setFlags(definitions ?? { flags: {} }),
    isExternal: embedded === null,
    close: gate.close,
  };
}

async function load(name: string, options: unknown): Promise<Provider> {
  const [packageName = '', exportName] = name.split('#');
  const described = { package: packageName, options, ...(exportName && { exportName }) };
  try {
    return await loadProvider(described);
  } catch (error) {
    throw new FlagProviderError(`FLAG_PROVIDER: ${(error as Error).message}`);
  }
}

function findFaults(definitions: unknown): readonly FlagFault[] {
  try {
    readDefinition(definitions);
    return [];
  } catch (error) {
    if (error instanceof FlagsError) return error.faults;
    throw error;
  }
}
