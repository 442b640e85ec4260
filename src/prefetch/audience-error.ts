/** Why an uploaded audience cannot be read. */
export type AudienceFault =
  /** Nothing was sent, or a header line and nothing below it. */
  | 'empty'
  /** The client went away before the end. */
  | 'interrupted'
  /** Text of another kind, or no text at all. */
  | 'unknown_format'
  /** Excel, LibreOffice, Numbers. */
  | 'spreadsheet'
  | 'not_utf8'
  /** A `Content-Encoding` other than gzip, deflate and br. */
  | 'unknown_encoding'
  | 'no_id_column'
  /** Two columns have the name that counts. */
  | 'ambiguous_column'
  | 'malformed_csv'
  | 'malformed_json'
  /** Longer than a row can be: a quote may not be closed. */
  | 'row_too_long'
  /** More bytes, once unpacked, than are read. */
  | 'too_large'
  | 'too_many_users'
  /** A packed file that ends early. */
  | 'truncated'
  /** A packed file whose bytes have changed. */
  | 'damaged'
  | 'encrypted'
  /** A zip packed in a way that is not known. */
  | 'unsupported_zip'
  /** A zip without a CSV or JSON file. */
  | 'no_file'
  /** A zip of files that are not parts of one. */
  | 'several_files';

/**
 * An uploaded audience that cannot be read. The message is a sentence or two for whoever sent it, with the line where
 * there is one; nothing in it comes from the file but names of columns.
 */
export class AudienceError extends Error {
  override readonly name = 'AudienceError';
  readonly code: AudienceFault;
  /** 1-based; in a JSON array, which of its elements. Null where that says nothing. */
  readonly line: number | null;

  constructor(code: AudienceFault, message: string, line: number | null = null) {
    super(message);
    this.code = code;
    this.line = line;
  }
}

export function spreadsheet(): AudienceError {
  return new AudienceError('spreadsheet', 'This is a spreadsheet. Save it as CSV (UTF-8) and send that.');
}
