import { FlagdCore, type MemoryStorage } from '@openfeature/flagd-core';
import type { EvaluationContext, JsonValue, Provider, ResolutionDetails } from '@openfeature/server-sdk';
import { readDefinition } from './definition.ts';
import { SILENT } from './silent.ts';

/** Flags from a definition in flagd's format, evaluated in the process as flagd itself does. */
export class EmbeddedFlags implements Provider {
  readonly metadata = { name: 'embedded flagd' };
  readonly runsOn = 'server';
  #core: FlagdCore;

  /** Takes what a flag file holds, parsed; see <https://flagd.dev/reference/flag-definitions/>. Throws a `FlagsError`. */
  constructor(definition: unknown = { flags: {} }) {
    this.#core = coreOf(readDefinition(definition));
  }

  /** All flags become those of the definition at once. With a `FlagsError`, they stay what they were. */
  setFlags(definition: unknown): void {
    this.#core = coreOf(readDefinition(definition));
  }

  /** Without the SDK, and so without a promise. What is wrong comes as an `errorCode`. */
  evaluate(key: string, fallback: boolean, context: EvaluationContext): ResolutionDetails<boolean> {
    return this.#core.resolveBooleanEvaluation(key, fallback, context, SILENT);
  }

  async resolveBooleanEvaluation(
    key: string,
    fallback: boolean,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<boolean>> {
    return this.evaluate(key, fallback, context);
  }

  async resolveStringEvaluation(
    key: string,
    fallback: string,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<string>> {
    return this.#core.resolveStringEvaluation(key, fallback, context);
  }

  async resolveNumberEvaluation(
    key: string,
    fallback: number,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<number>> {
    return this.#core.resolveNumberEvaluation(key, fallback, context);
  }

  async resolveObjectEvaluation<T extends JsonValue>(
    key: string,
    fallback: T,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<T>> {
    return this.#core.resolveObjectEvaluation(key, fallback, context);
  }
}

function coreOf(flags: MemoryStorage): FlagdCore {
  return new FlagdCore(flags, SILENT);
}
