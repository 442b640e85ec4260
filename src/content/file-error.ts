/** A catalogue file that cannot be used, as a sentence about it, with the line (1-based) where it breaks if that is known. */
export class FileSourceError extends Error {
  override readonly name = 'FileSourceError';
  readonly line: number | null;

  constructor(message: string, line: number | null = null) {
    super(message);
    this.line = line;
  }
}

/** Somebody wrote to the file meanwhile. Worth another try, unlike the others. */
export class FileChangedError extends FileSourceError {
  constructor() {
    super('changed while it was being read');
  }
}

/** What a call of the file system gives, or a `FileSourceError` for what it says. */
export async function orFileError<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new FileSourceError(code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`);
  }
}
