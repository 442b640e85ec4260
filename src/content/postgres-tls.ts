import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { type PostgresTls, PostgresUrlError } from './postgres-url.ts';

/** How to make a connection private; false: not at all. Throws a `PostgresUrlError` if a file cannot be read. */
export async function readTlsOptions(tls: PostgresTls | null): Promise<ConnectionOptions | false> {
  if (tls === null) return false;
  const [ca, cert, key] = await Promise.all([
    read('sslrootcert', tls.rootCert),
    read('sslcert', tls.cert),
    read('sslkey', tls.key),
  ]);
  return {
    ...{ ca, cert, key },
    rejectUnauthorized: tls.verify !== 'none',
    ...(tls.verify === 'ca' && { checkServerIdentity: () => undefined }),
  };
}

async function read(parameter: string, path: string | null): Promise<string | undefined> {
  if (path === null) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'FAILED';
    throw new PostgresUrlError(`names a file in ${parameter} that cannot be read (${code})`);
  }
}
