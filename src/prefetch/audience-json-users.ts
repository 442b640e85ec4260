import { endOfElement, endOfString } from '../json-elements.ts';

/** What holds the people in an object. */
const USERS = 'users';

/** Where the array of people opens: at the very beginning, or in an object as its `users`. */
export function findUsersArray(text: string): number | 'none' | 'more_text_needed' {
  const at = skipBlanks(text, 0);
  if (at === text.length) return 'more_text_needed';
  if (text[at] === '[') return at;
  return text[at] === '{' ? findMember(text, at + 1) : 'none';
}

function findMember(text: string, from: number): number | 'none' | 'more_text_needed' {
  for (let at = from; ; ) {
    at = skipBlanks(text, at);
    if (at === text.length) return 'more_text_needed';
    if (text[at] !== '"') return 'none';
    const nameEnd = endOfString(text, at + 1);
    if (nameEnd === -1) return 'more_text_needed';
    const name = text.slice(at + 1, nameEnd);
    at = skipBlanks(text, nameEnd + 1);
    if (at === text.length) return 'more_text_needed';
    if (text[at] !== ':') return 'none';
    at = skipBlanks(text, at + 1);
    if (at === text.length) return 'more_text_needed';
    if (name === USERS && text[at] === '[') return at;
    const end = endOfElement(text, at);
    if (end === -1) return 'more_text_needed';
    if (text[end] !== ',') return 'none';
    at = end + 1;
  }
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= 0x20) at += 1;
  return at;
}
