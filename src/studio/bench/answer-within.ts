import type { Answer } from './answer-rules.ts';
import { BRAZE_ANSWER_CHARACTERS, BRAZE_ANSWER_MS } from './limits.ts';
import type { BenchCall, MakeBenchCall } from './message.ts';

/** Makes a call and waits as long as Braze does. What comes later is nobody's. */
export async function answerWithin(make: MakeBenchCall, call: BenchCall): Promise<Answer | null> {
  const late = Promise.withResolvers<Answer>();
  const timer = setTimeout(() => late.resolve({ kind: 'late', ms: BRAZE_ANSWER_MS }), BRAZE_ANSWER_MS);
  try {
    return await Promise.race([answerOf(make, call), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function answerOf(make: MakeBenchCall, call: BenchCall): Promise<Answer | null> {
  const reply = await make(call);
  if (!reply) return null;
  return reply.body.length > BRAZE_ANSWER_CHARACTERS
    ? { kind: 'too_large', reply: { ...reply, body: '' } }
    : { kind: 'answer', reply };
}
