/** At most so many characters of a text, and how many more there are. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max).toWellFormed()}… (${text.length - max} more characters)`;
}

/** Between a figure and its unit. */
export const NO_BREAK_SPACE = '\u00a0';

/** A sentence of another part, in which no line begins with a percent sign. */
export function keepPercents(sentence: string): string {
  return sentence.replaceAll(' %', `${NO_BREAK_SPACE}%`);
}
