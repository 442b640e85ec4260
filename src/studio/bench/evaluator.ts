import { once } from 'node:events';
import type { Answer } from './answer-rules.ts';
import { evaluate } from './evaluate.ts';
import type { BenchCall } from './message.ts';
import type { FromEvaluator, ToEvaluator } from './protocol.ts';

/**
 * The process that evaluates one message and ends. It is no thread: a text or list that is larger than all the memory
 * a thread may have ends the whole process, and no message must end the service.
 */
const tell = (message: FromEvaluator): void => void process.send?.(message);

// Without the service there is nobody to evaluate for.
process.once('disconnect', () => process.exit());
const first = next();
tell({ kind: 'ready' });
const told = await first;
if (told.kind === 'message') {
  const onChecked: Parameters<typeof evaluate>[2]['onChecked'] = (problems) =>
    tell({ kind: 'checked', problems });
  tell({ kind: 'done', evaluated: await evaluate(told.message, told.limits, { ask, onChecked }) });
}

async function ask(call: BenchCall): Promise<Answer | null> {
  const answer = next();
  tell({ kind: 'call', call });
  const told = await answer;
  return told.kind === 'answer' ? told.answer : null;
}

async function next(): Promise<ToEvaluator> {
  const [message] = (await once(process, 'message')) as [ToEvaluator];
  return message;
}
