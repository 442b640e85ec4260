import { describe, expect, it } from 'vitest';
import { parseRedisUrl, type RedisAddress } from '../src/redis-url.ts';

const PLAIN: RedisAddress = {
  nodes: [{ host: 'cache', port: 6379 }],
  isCluster: false,
  isTls: false,
  username: null,
  password: null,
  database: 0,
};

describe('the URL of a Redis', () => {
  it.each<[string, Partial<RedisAddress>]>([
    ['redis://cache', {}],
    ['redis://cache/', {}],
    [' redis://cache:7000 ', { nodes: [{ host: 'cache', port: 7000 }] }],
    ['rediss://cache', { isTls: true }],
    ['REDISS://cache', { isTls: true }],
    ['redis://cache/3', { database: 3 }],
    ['redis://:secret@cache', { password: 'secret' }],
    ['redis://anna:secret@cache', { username: 'anna', password: 'secret' }],
    ['redis://anna@cache', { username: 'anna' }],
    ['redis://:p%40ss%2Fw%3Ard@cache', { password: 'p@ss/w:rd' }],
    ['redis://:a:b@cache', { password: 'a:b' }],
    ['redis://127.0.0.1', { nodes: [{ host: '127.0.0.1', port: 6379 }] }],
    ['redis://[::1]:7000', { nodes: [{ host: '::1', port: 7000 }] }],
    ['redis://cache?cluster=true', { isCluster: true }],
    ['redis://cache/?cluster=true', { isCluster: true }],
    ['redis://cache/0?cluster=true', { isCluster: true }],
    ['redis://cache/3?cluster=false', { database: 3 }],
    [
      'rediss://:secret@a:7000,b,[::1]:7002',
      {
        nodes: [
          { host: 'a', port: 7000 },
          { host: 'b', port: 6379 },
          { host: '::1', port: 7002 },
        ],
        isCluster: true,
        isTls: true,
        password: 'secret',
      },
    ],
  ])('%s is read', (url, expected) => {
    expect(parseRedisUrl(url)).toEqual({ ...PLAIN, ...expected });
  });

  it.each([
    '',
    'cache',
    'cache:6379',
    'http://cache',
    'sqlite:var/inlay.db',
    'redis:cache',
    'redis://',
    'redis://cache:port',
    'redis://cache:70000',
    'redis://:%zz@cache',
    'redis://cache/name',
    'redis://cache/3?cluster=true',
    'redis://a,b/3',
    'redis://a,b?cluster=false',
    'redis://a,,b',
    'redis://cache?timeout=3',
    'redis://cache#fragment',
  ])('%j is refused', (url) => {
    expect(parseRedisUrl(url)).toBeNull();
  });
});
