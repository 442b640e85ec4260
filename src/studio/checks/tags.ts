import { count } from '../words.ts';
import { MAX_DEPTH } from './read-html.ts';
import { always, type Check, type Found, findAt, isHtml, isHtmlEmail, type Reading } from './reading.ts';

/** Braze refuses a message with these, wherever they stand, even in what only Outlook on Windows reads. */
const REFUSED_TAG = /<\/?(script|iframe|svg|link|meta|title|object|embed|xml)\b[^<>]{0,200}>?/gi;

export const REFUSED_TAGS: Check = {
  id: 'refused_tags',
  passed: 'No tag that Braze refuses',
  fits: isHtml,
  find: (reading) => {
    const found = [...reading.body.matchAll(REFUSED_TAG)];
    const names = [...new Set(found.map(([, name = '']) => `<${name.toLowerCase()}>`))];
    const spans = found.map(({ 0: tag, index }) => ({ start: index, end: index + tag.length }));
    return findAt(reading, spans, () => ({
      severity: 'problem',
      title: `Braze refuses a message with ${names.join(' or ')}`,
      advice: 'Take it out of the template. A picture or a link does most of what these are for.',
    }));
  },
};

export const SCRIPTS: Check = {
  id: 'scripts',
  passed: 'Nothing that would have to run as a program',
  fits: isHtmlEmail,
  find: (reading) => {
    const running = reading.html.tags.filter(({ attributes }) =>
      Object.keys(attributes).some((name) => /^on[a-z]+$/.test(name)),
    );
    return findAt(reading, running, (number) => ({
      severity: 'problem',
      title: `${count(number, 'tag waits', 'tags wait')} for a script, which no mail client runs`,
      advice: 'Take attributes such as onclick out, and use a link where something has to happen.',
    }));
  },
};

const FORM_TAGS: ReadonlySet<string> = new Set(['form', 'input', 'select', 'textarea', 'button']);

export const FORMS: Check = {
  id: 'forms',
  passed: 'No form fields',
  fits: isHtmlEmail,
  find: (reading) => {
    const fields = reading.html.tags.filter(({ name }) => FORM_TAGS.has(name));
    return findAt(reading, fields, () => ({
      severity: 'warning',
      title: 'Forms do not work in several mail clients',
      advice: 'Link to a page with the form. A button is a link that looks like one.',
    }));
  },
};

export const OPEN_TAGS: Check = {
  id: 'open_tags',
  passed: 'Every tag is closed',
  fits: isHtml,
  find: (reading) => {
    const { open, tooDeep } = reading.html;
    // What was cut off may have closed them.
    const closable = reading.isCut || tooDeep ? [] : open;
    const names = [...new Set(closable.map(({ name }) => `<${name}>`))];
    return findAt(reading, closable, () => ({
      severity: 'problem',
      title: `${names.slice(0, 5).join(', ')} ${names.length === 1 ? 'is' : 'are'} not closed where it should be`,
      advice:
        'The rest of the message falls into it. Put the end tag in, such as </table>, in the right order.',
    }));
  },
};

/** Whether the checks saw all of it. */
export const WHOLE: Check = {
  id: 'whole',
  passed: 'Checked from beginning to end',
  fits: always,
  find: (reading) => [...wasCut(reading.isCut), ...wasTooDeep(reading)],
};

function wasCut(isCut: boolean): Found[] {
  if (!isCut) return [];
  return [
    {
      severity: 'note',
      title: 'Only the beginning of the block was checked',
      advice: 'It is far longer than anything that mail clients show. Shorten it, and look again.',
    },
  ];
}

function wasTooDeep(reading: Reading): readonly Found[] {
  const { tooDeep } = reading.html;
  return findAt(reading, tooDeep ? [tooDeep] : [], () => ({
    severity: 'problem',
    title: `More than ${MAX_DEPTH} tags stand within each other`,
    advice: 'Most likely one is never closed each time. What comes behind this place was not checked.',
  }));
}
