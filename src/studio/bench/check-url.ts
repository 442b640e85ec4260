import { isLoopback } from '../checks/hosts.ts';
import type { Notes } from './notes.ts';

/** Tells what Braze makes of a URL as it would call it. False if it would not call it at all. */
export function checkUrl(url: string, line: number, notes: Notes): boolean {
  if (!/^https?:\/\//i.test(url)) {
    const what = url === '' ? 'The URL is empty' : `The URL "${shorten(url)}" does not begin with https://`;
    notes.problem(line, `${what}, so nothing is called. Write the whole address.`);
    return false;
  }
  const parsed = URL.parse(url);
  if (!parsed) {
    notes.problem(line, `"${shorten(url)}" is no URL, so nothing is called. Correct it.`);
    return false;
  }
  const { protocol, hostname, port } = parsed;
  if (isLoopback(parsed)) {
    notes.warning(
      line,
      `${hostname} is this machine: that works here only. In Braze, write the public address.`,
    );
  } else {
    if (port !== '')
      notes.problem(line, `Braze calls ports 80 and 443 only, not ${port}. Take :${port} out.`);
    if (protocol === 'http:') {
      notes.warning(line, 'With http:// the credentials and the answer travel in the clear. Write https://.');
    }
  }
  if (/[\s\p{Cc}]/u.test(url)) {
    notes.warning(
      line,
      `The URL comes out with a space in it: "${shorten(url)}". Escape what is put into it with | url_param_escape.`,
    );
  }
  return true;
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
