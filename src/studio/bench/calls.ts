import { type Answer, judge, type Verdict } from './answer-rules.ts';
import { type CallTag, optionOf } from './call-tag.ts';
import type { Saved } from './check-keys.ts';
import { type BenchLimits, BRAZE_RETRIES } from './limits.ts';
import type { BenchCall, BenchCallMade } from './message.ts';
import type { Notes } from './notes.ts';
import { AbortedError, NotSentError, TooManyCallsError } from './stops.ts';

/** Has a call made. Null: the URL is not one of ours. */
export type Ask = (call: BenchCall) => Promise<Answer | null>;

export type CallsOptions = {
  readonly ask: Ask;
  /** Names that are stored in Braze; null if any will do. */
  readonly credentials: readonly string[] | null;
  readonly limits: BenchLimits;
  readonly notes: Notes;
};

/** An answer that Braze uses. */
export type Used = { readonly body: string; readonly status: number };

/** Makes the calls of one evaluation as Braze would, and tells what becomes of them. */
export class Calls {
  readonly made: BenchCallMade[] = [];
  readonly saved: Saved[] = [];
  /** Milliseconds. */
  waitedMs = 0;
  readonly #options: CallsOptions;
  readonly #remembered = new Map<string, Used>();
  #count = 0;

  constructor(options: CallsOptions) {
    this.#options = options;
  }

  /** Null if there is no answer that can be used. Rejects with what ends the evaluation. */
  async make(tag: CallTag, call: BenchCall): Promise<Used | null> {
    this.#count += 1;
    if (this.#count > this.#options.limits.calls) throw new TooManyCallsError();
    this.#checkCredentials(tag, call);
    const isRemembered = call.method === 'GET' ? !optionOf(tag, 'no_cache') : optionOf(tag, 'cache_max_age');
    const known = isRemembered ? this.#remembered.get(call.url) : undefined;
    if (known) {
      this.#tellMade(tag, call, known.status, 0, 0);
      return known;
    }
    const used = await this.#attempt(tag, call);
    if (used && isRemembered) this.#remembered.set(call.url, used);
    return used;
  }

  /** Whoever deletes credentials stops the messages that use them. */
  #checkCredentials({ line }: CallTag, { credentials }: BenchCall): void {
    const { credentials: stored, notes } = this.#options;
    if (credentials === null || stored === null || stored.includes(credentials)) return;
    const names = stored.length === 0 ? 'There are none' : `There are: ${stored.join(', ')}`;
    const why = `There are no credentials named ${credentials}`;
    notes.problem(line, `${why}, and Braze does not send a message that names such. ${names}.`);
    throw new AbortedError(why);
  }

  async #attempt(tag: CallTag, call: BenchCall): Promise<Used | null> {
    const { notes } = this.#options;
    const retries = optionOf(tag, 'retry') ? BRAZE_RETRIES : 0;
    for (let attempts = 1; ; attempts += 1) {
      const answer = await this.#ask(call);
      if (!answer) {
        notes.problem(tag.line, `${notOurs(call.url)} ${consequence(tag)}`);
        return null;
      }
      const verdict = judge(answer);
      if (!verdict.use && verdict.mayMend && attempts <= retries) continue;
      const status = answer.kind === 'late' ? null : answer.reply.status;
      this.#tellMade(tag, call, status, answer.kind === 'late' ? answer.ms : answer.reply.ms, attempts);
      if (answer.kind !== 'late' && answer.reply.note !== null) notes.warning(tag.line, answer.reply.note);
      if (verdict.use) return this.#take(tag, verdict, status ?? 0, attempts);
      this.#refuse(tag, verdict, retries);
      return null;
    }
  }

  async #ask(call: BenchCall): Promise<Answer | null> {
    const startedMs = performance.now();
    const answer = await this.#options.ask(call);
    this.waitedMs += performance.now() - startedMs;
    return answer;
  }

  #take(tag: CallTag, verdict: Extract<Verdict, { use: true }>, status: number, attempts: number): Used {
    if (attempts > 1) {
      this.#options.notes.warning(
        tag.line,
        `An answer came with attempt ${attempts} only. Braze waits longer before each, so this message would go out later.`,
      );
    }
    return { body: verdict.body, status };
  }

  #refuse(tag: CallTag, verdict: Extract<Verdict, { use: false }>, retries: number): void {
    const { notes } = this.#options;
    if (verdict.mayMend && retries > 0) {
      notes.warning(
        tag.line,
        `${verdict.why}, in all ${retries + 1} attempts. Braze does not send this message then. Without on_unavailable=retry in the URL it would go out with the baseline.`,
      );
      throw new NotSentError();
    }
    notes.problem(tag.line, `${verdict.why}. ${consequence(tag)} ${verdict.remedy}`.trimEnd());
  }

  #tellMade(tag: CallTag, call: BenchCall, status: number | null, ms: number, attempts: number): void {
    const saved = optionOf(tag, 'save')?.value?.text ?? null;
    this.made.push({ line: tag.line, url: call.url, status, ms: Math.round(ms), attempts, saved });
  }
}

function notOurs(url: string): string {
  const host = URL.parse(url)?.host ?? url;
  return `${host} is not this service, or this is none of its addresses for messages, so nothing is called here.`;
}

function consequence(tag: CallTag): string {
  const name = optionOf(tag, 'save')?.value?.text;
  return name === undefined ? 'Nothing is inserted.' : `${name} stays empty.`;
}
