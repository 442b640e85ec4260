import type { BenchLimits } from './limits.ts';

/** What to tell where an evaluation goes beyond its limits. */
export function tooLong({ evaluationMs }: BenchLimits): string {
  return `The message takes longer than ${evaluationMs / 1_000} s to evaluate, beside the waits for calls, and was stopped. Are loops nested, or do they go over too much?`;
}

export function tooLarge({ outputCharacters }: BenchLimits): string {
  return `This makes a text of more than ${count(outputCharacters)} characters, or a list as large, and was stopped. Does something double in a loop?`;
}

export function tooMuch({ workCharacters }: BenchLimits): string {
  return `All texts and lists of the message together come to more than ${count(workCharacters)} characters and entries, so it was stopped. Is a range too large, or does something double in a loop?`;
}

export function tooMuchMemory({ heapMb }: BenchLimits): string {
  return `The message needs more than ${heapMb} MB of memory, and was stopped. Does something double in a loop?`;
}

export function tooManyCalls({ calls }: BenchLimits): string {
  return `The message makes more than ${calls} calls, and was stopped. Is a Connected Content tag in a loop?`;
}

export function templateTooLong({ templateCharacters }: BenchLimits, length: number): string {
  return `The message has ${count(length)} characters, and more than ${count(templateCharacters)} are not looked at here. Paste the part that matters.`;
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}
