import { toText } from './values.ts';

/** Ruby escapes quotes by their name. */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const TEXT_FILTERS = {
  escape: (value: unknown) => toText(value).replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign),
  escape_once: (value: unknown) =>
    toText(value).replace(/["'<>]|&(?!(?:[a-z][a-z\d]*|#\d+);)/gi, (sign) => ENTITIES[sign] ?? sign),
  json_escape: (value: unknown) => JSON.stringify(toText(value)).slice(1, -1),
  as_json_string: (value: unknown) => JSON.stringify(value ?? null),
  /** Everything that is not allowed in a parameter, `&` too; a space becomes `%20`. */
  url_param_escape: (value: unknown) =>
    encodeURIComponent(toText(value).toWellFormed()).replace(
      /[!'()*]/g,
      (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
  /** What is not allowed in a URL as a whole. */
  url_escape: (value: unknown) => encodeURI(toText(value).toWellFormed()),
  /** As a form does: a space becomes `+`. */
  url_encode: (value: unknown) => encodeURIComponent(toText(value).toWellFormed()).replaceAll('%20', '+'),
  property_accessor: (value: unknown, key: unknown) => {
    const isObject = typeof value === 'object' && value !== null;
    return isObject && Object.hasOwn(value, toText(key)) ? Reflect.get(value, toText(key)) : null;
  },
};
