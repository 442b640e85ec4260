import type { Answer } from '../../../src/studio/bench/answer-rules.ts';
import { type Evaluated, evaluate } from '../../../src/studio/bench/evaluate.ts';
import { BENCH_LIMITS, type BenchLimits } from '../../../src/studio/bench/limits.ts';
import type { BenchCall, BenchMessage, BenchReply } from '../../../src/studio/bench/message.ts';

/** An answer of the placement `hero`, as it comes for `shape=list`. */
export const ANSWER = {
  placement: 'hero',
  variant: 'treatment',
  reason: 'recommended',
  is_treatment: true,
  has_items: true,
  item_count: 2,
  item_1_title: 'R&D',
  item_1_image_url: null,
  item_1_click_url: 'https://inlay.example.com/c/hero/1',
  items: [
    { id: 'a', title: 'Kettle' },
    { id: 'b', title: 'Lamp' },
  ],
};

export const HERO = 'https://inlay.example.com/v1/placements/hero';
export const PERSON = 'user_id={{${user_id} | url_param_escape}}';

/** A tag that has nothing wrong with it; `options` go behind the credentials. */
export function tag(suffix = '.json', parameters = '', options = ' :save reco'): string {
  return `{% connected_content ${HERO}${suffix}?${PERSON}${parameters} :basic_auth inlay${options} %}`;
}

export function reply(body: unknown, more: Partial<BenchReply> = {}): BenchReply {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status: 200, contentType: 'text/plain', body: text, ms: 5, note: null, ...more };
}

export type Scene = {
  readonly attributes?: Readonly<Record<string, string>>;
  readonly credentials?: BenchMessage['credentials'];
  readonly limits?: Partial<BenchLimits>;
  /** Call by call; the last goes on. Null: not one of ours. Without any, a call is a mistake of the test. */
  readonly replies?: readonly (BenchReply | null)[];
  readonly onAsked?: () => void;
};

export type Shown = Evaluated & {
  readonly asked: readonly BenchCall[];
  /** As `line severity message`. */
  readonly told: readonly string[];
};

/** Evaluates a message in this process, as the process of its own does. */
export async function show(template: string, scene: Scene = {}): Promise<Shown> {
  const { attributes = { user_id: 'ann' }, credentials = ['inlay'], limits, replies, onAsked } = scene;
  const asked: BenchCall[] = [];
  const ask = async (call: BenchCall): Promise<Answer | null> => {
    const next = replies?.[Math.min(asked.length, replies.length - 1)];
    asked.push(call);
    onAsked?.();
    if (next === undefined) throw new Error(`an unplanned call: ${call.url}`);
    return next && { kind: 'answer', reply: next };
  };
  const message = { template, attributes, credentials };
  const evaluated = await evaluate(message, { ...BENCH_LIMITS, ...limits }, { ask, onChecked: () => {} });
  const told = evaluated.problems.map(({ line, severity, message }) => `${line} ${severity} ${message}`);
  return { ...evaluated, asked, told };
}
