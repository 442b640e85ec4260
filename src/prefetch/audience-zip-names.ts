/** Endings of files that may hold people. */
const READABLE = /\.(csv|tsv|tab|txt|json|ndjson|jsonl)$/i;

/** What stands in a zip beside its files: folders, what macOS and Windows add, and what people write for others. */
const BYSTANDER = /\/$|(^|\/)(__MACOSX\/|\.)|(^|\/)(thumbs\.db|(readme|licen[cs]e|notice)[^/]*)$/i;

/** Excel's, LibreOffice's and Numbers' files are zips. */
const SPREADSHEET_PART = /^(\[Content_Types\]\.xml|xl\/.*|mimetype|.*\.iwa)$/;

export function isIgnored(name: string): boolean {
  if (BYSTANDER.test(name)) return true;
  const isWithoutEnding = !/\.[^./]*$/.test(name);
  return !isWithoutEnding && !READABLE.test(name);
}

export function isSpreadsheetPart(name: string): boolean {
  return SPREADSHEET_PART.test(name);
}
