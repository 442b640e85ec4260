import { Zip, ZipDeflate, ZipPassThrough } from 'fflate';

export const CSV = 'user_id\nanna\nben\n';

/** Written as a stream: sums and sizes follow each file. */
export function streamedZip(files: Readonly<Record<string, string>>, packing: 'stored' | 'deflated'): Buffer {
  const pieces: Uint8Array[] = [];
  const zip = new Zip((error, piece) => {
    if (error) throw error;
    pieces.push(piece);
  });
  for (const [name, text] of Object.entries(files)) {
    const file = packing === 'stored' ? new ZipPassThrough(name) : new ZipDeflate(name);
    zip.add(file);
    file.push(Buffer.from(text), true);
  }
  zip.end();
  return Buffer.concat(pieces);
}

const decode = (text: string): Buffer => Buffer.from(text, 'base64');

/** `CSV` as a.csv or under no name, packed by Info-ZIP 3.0 and by Python 3's zipfile. */
export const ZIPS = {
  /** `cat a.csv | zip - -` */
  piped: decode(
    'UEsDBC0ACAAIAG2yeV0AAAAA//////////8BABQALQEAEAAAAAAAAAAAAAAAAAAAAAAAKy1OLYrPTOFKzMtL5EpKzeMCAFBLBwh71L2hEwAAAAAAAAARAAAAAAAAAFBLAQIeAy0ACAAIAG2yeV171L2hEwAAABEAAAABAAAAAAAAAAEAAACAEQAAAAAtUEsFBgAAAAABAAEALwAAAF4AAAAAAA==',
  ),
  /** `zip -r` of a folder. */
  folder: decode(
    'UEsDBAoAAAAAAG2yeV0AAAAAAAAAAAAAAAADABwAZGQvVVQJAAPtXgdr7V4Ha3V4CwABBAAAAAAEAAAAAFBLAwQKAAAAAABtsnlde9S9oREAAAARAAAACAAcAGRkL3MuY3N2VVQJAAPtXgdr7V4Ha3V4CwABBAAAAAAEAAAAAHVzZXJfaWQKYW5uYQpiZW4KUEsBAh4DCgAAAAAAbbJ5XQAAAAAAAAAAAAAAAAMAGAAAAAAAAAAQAO1BAAAAAGRkL1VUBQAD7V4Ha3V4CwABBAAAAAAEAAAAAFBLAQIeAwoAAAAAAG2yeV171L2hEQAAABEAAAAIABgAAAAAAAEAAACkgT0AAABkZC9zLmNzdlVUBQAD7V4Ha3V4CwABBAAAAAAEAAAAAFBLBQYAAAAAAgACAJcAAACQAAAAAAA=',
  ),
  /** Sizes of eight bytes in the header. */
  zip64: decode(
    'UEsDBC0AAAAIAAAAIQB71L2h//////////8FABQAYS5jc3YBABAAEQAAAAAAAAATAAAAAAAAACstTi2Kz0zhSszLS+RKSs3jAgBQSwECLQMtAAAACAAAACEAe9S9oRMAAAARAAAABQAAAAAAAAAAAAAAgAEAAAAAYS5jc3ZQSwUGAAAAAAEAAQAzAAAASgAAAAAA',
  ),
  /** Sizes of eight bytes after the file. */
  zip64Streamed: decode(
    'UEsDBC0ACAAIAAAAIQAAAAAA//////////8FABQAYS5jc3YBABAAAAAAAAAAAAAAAAAAAAAAACstTi2Kz0zhSszLS+RKSs3jAgBQSwcIe9S9oRMAAAAAAAAAEQAAAAAAAABQSwECLQMtAAgACAAAACEAe9S9oRMAAAARAAAABQAAAAAAAAAAAAAAgAEAAAAAYS5jc3ZQSwUGAAAAAAEAAQAzAAAAYgAAAAAA',
  ),
  storedStreamed: decode(
    'UEsDBBQACAAAAAAAIQAAAAAAAAAAAAAAAAAFAAAAYS5jc3Z1c2VyX2lkCmFubmEKYmVuClBLBwh71L2hEQAAABEAAABQSwECFAMUAAgAAAAAACEAe9S9oREAAAARAAAABQAAAAAAAAAAAAAAgAEAAAAAYS5jc3ZQSwUGAAAAAAEAAQAzAAAARAAAAAAA',
  ),
};

/** `zip -P secret` */
export const ENCRYPTED_ZIP = decode(
  'UEsDBAoACQAAAG2yeV171L2hHQAAABEAAAAFABwAcy5jc3ZVVAkAA+1eB2vtXgdrdXgLAAEEAAAAAAQAAAAA4VaEXTxSjSMmiHh4e1f+hk3S9cr/iiDOQWhNaIpQSwcIe9S9oR0AAAARAAAAUEsBAh4DCgAJAAAAbbJ5XXvUvaEdAAAAEQAAAAUAGAAAAAAAAQAAAKSBAAAAAHMuY3N2VVQFAAPtXgdrdXgLAAEEAAAAAAQAAAAAUEsFBgAAAAABAAEASwAAAGwAAAAAAA==',
);

/** `zipfile.ZIP_BZIP2` */
export const BZIP2_ZIP = decode(
  'UEsDBC4AAAAMAGyyeV171L2hNwAAABEAAAAFAAAAYS5jc3ZCWmg5MUFZJlNZq9frpAAACEOAABAAALYhGgAgACIAPUCAaaaJjBpQzTbH48XckU4UJCr1+ukAUEsBAi4DLgAAAAwAbLJ5XXvUvaE3AAAAEQAAAAUAAAAAAAAAAAAAAIABAAAAAGEuY3N2UEsFBgAAAAABAAEAMwAAAFoAAAAAAA==',
);
