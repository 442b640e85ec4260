import type { Provider } from '@openfeature/server-sdk';

/**
 * A provider as the SDK expects it. The SDK waits for ever where `initialize` returns nothing, throws where it
 * throws at once, and writes to the console where closing fails, so it is not given `onClose`: whoever bound the
 * provider closes it.
 */
export function guardProvider(provider: Provider): Provider {
  return {
    metadata: { name: provider.metadata?.name ?? 'unnamed' },
    runsOn: 'server',
    events: provider.events,
    // Some providers make them only when they are ready.
    get hooks() {
      return provider.hooks;
    },
    initialize: async (context, domain) => provider.initialize?.(context, domain),
    resolveBooleanEvaluation: (...asked) => provider.resolveBooleanEvaluation(...asked),
    resolveStringEvaluation: (...asked) => provider.resolveStringEvaluation(...asked),
    resolveNumberEvaluation: (...asked) => provider.resolveNumberEvaluation(...asked),
    resolveObjectEvaluation: (...asked) => provider.resolveObjectEvaluation(...asked),
  };
}
