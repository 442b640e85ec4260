import { describe, expect, it } from 'vitest';
import { parsePostgresUrl } from '../../src/content/postgres-url.ts';

const PLAIN = {
  host: 'db.example',
  port: 5432,
  database: 'shop',
  user: 'anna',
  password: 'secret',
  options: null,
};
const VERIFIED = { verify: 'full', rootCert: null, cert: null, key: null };

describe('the URL of a PostgreSQL', () => {
  it.each([
    ['postgres://anna:secret@db.example/shop', {}],
    ['postgresql://anna:secret@db.example:6543/shop', { port: 6543 }],
    [' POSTGRES://anna:secret@db.example/shop\n', {}],
    ['postgres://anna@db.example', { password: null, database: 'anna' }],
    [
      'postgres://an%40na:s%2Fe%3Ac@db.example/sh%20op',
      { user: 'an@na', password: 's/e:c', database: 'sh op' },
    ],
    ['postgres://anna:secret@[2001:db8::1]/shop', { host: '2001:db8::1' }],
    ['postgres://anna:secret@db.example/shop?options=endpoint%3Da-b', { options: 'endpoint=a-b' }],
    ['postgres://anna:secret@db.example/shop?pgbouncer=true&connect_timeout=5&keepalives_idle=3', {}],
  ])('%s', (text, different) => {
    expect(parsePostgresUrl(text)).toEqual({ ...PLAIN, ...different, tls: VERIFIED });
  });

  it.each([
    ['postgres://anna:secret@/shop?host=/cloudsql/project:region:one', '/cloudsql/project:region:one', 5432],
    ['postgres://anna:secret@%2Fvar%2Frun%2Fpostgresql/shop', '/var/run/postgresql', 5432],
    ['postgres://anna:secret@/shop?host=/var/run&port=5433&sslmode=verify-full', '/var/run', 5433],
  ])('%s is a Unix socket, where TLS is of no use', (text, host, port) => {
    expect(parsePostgresUrl(text)).toEqual({ ...PLAIN, host, port, tls: null });
  });

  it.each([
    'http://anna:secret@db.example/shop',
    'postgres://db.example/shop',
    'postgres://:secret@db.example/shop',
    'postgres://anna:secret@/shop',
    'postgres://anna:sec#ret@db.example/shop',
    'postgres://anna:sec%ret@db.example/shop',
    'postgres://anna:secret@db.example:none/shop',
    'postgres://anna:secret@one.example:5432,two.example:5432/shop',
    'postgres://anna:secret@db.example/shop?port=70000',
    'db.example',
    '',
  ])('%s is refused in words that quote nothing of it', (text) => {
    expect(() => parsePostgresUrl(text)).toThrow(/^(is not a URL such as|has no usable port)/);
  });

  it('a parameter that would be ignored is refused, for it may have been meant for safety', () => {
    expect(() => parsePostgresUrl('postgres://anna@db.example/shop?schema=tenant-secret')).toThrow(
      /^has a parameter schema, which is not known here$/,
    );
  });
});

describe('the TLS of a connection', () => {
  const tlsOf = (host: string, parameters: string) =>
    parsePostgresUrl(`postgres://anna:secret@${host}/shop?${parameters}`).tls;

  it.each([
    ['db.example', '', VERIFIED],
    ['10.0.0.7', '', VERIFIED],
    ['127.0.0.1.example', '', VERIFIED],
    ['localhost', '', null],
    ['127.0.0.1', '', null],
    ['[::1]', '', null],
    ['localhost', 'sslrootcert=/ca.pem', { ...VERIFIED, rootCert: '/ca.pem' }],
    ['localhost', 'sslmode=verify-full', VERIFIED],
    ['db.example', 'sslmode=disable', null],
    ['db.example', 'sslmode=require', { ...VERIFIED, verify: 'none' }],
    ['db.example', 'sslmode=require&channel_binding=require', VERIFIED],
    ['db.example', 'sslmode=require&channel_binding=prefer', { ...VERIFIED, verify: 'none' }],
    ['db.example', 'sslmode=require&sslrootcert=/ca.pem', { ...VERIFIED, verify: 'ca', rootCert: '/ca.pem' }],
    ['db.example', 'sslmode=require&sslrootcert=system', VERIFIED],
    [
      'db.example',
      'sslmode=verify-ca&sslrootcert=/ca.pem',
      { ...VERIFIED, verify: 'ca', rootCert: '/ca.pem' },
    ],
    ['db.example', 'sslmode=verify-full&sslrootcert=system', VERIFIED],
    ['db.example', 'sslcert=/c.pem&sslkey=/k.pem', { ...VERIFIED, cert: '/c.pem', key: '/k.pem' }],
  ])('to %s with %j', (host, parameters, tls) => {
    expect(tlsOf(host, parameters)).toEqual(tls);
  });

  it.each([
    'sslmode=prefer',
    'sslmode=allow',
    'sslmode=no-verify',
    'sslmode=',
    'sslmode=verify-ca',
    'sslmode=verify-ca&sslrootcert=system',
    'sslmode=disable&channel_binding=require',
  ])('with %j is refused', (parameters) => {
    expect(() => tlsOf('db.example', parameters)).toThrow(/^(has|wants) (an )?(sslmode|channel_binding)/);
  });
});
