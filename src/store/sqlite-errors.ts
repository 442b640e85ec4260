/** Another process has the store's file. */
export class StoreInUseError extends Error {
  override readonly name = 'StoreInUseError';

  constructor(path: string) {
    super(
      `another process uses ${path}: SQLite is for one process; several replicas share Redis or Valkey through STORE_URL`,
    );
  }
}

/** The store's file cannot be made, read or written; the operator has to act. */
export class StoreFileError extends Error {
  override readonly name = 'StoreFileError';
  readonly reason: string;

  constructor(path: string, reason: string) {
    super(`the store cannot use ${path}: ${reason}`);
    this.reason = reason;
  }
}

/** SQLite's primary result codes that are told apart here, https://sqlite.org/rescode.html */
export const SQLITE = {
  BUSY: 5,
  CORRUPT: 11,
  FULL: 13,
  TOOBIG: 18,
  CONSTRAINT: 19,
  MISMATCH: 20,
  NOTADB: 26,
};

/** The primary result code, or null for an error that is not SQLite's. */
export function sqliteCode(error: unknown): number | null {
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === 'number' ? errcode & 0xff : null;
}
