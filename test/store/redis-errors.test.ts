import { inspect } from 'node:util';
import { ClientOfflineError, ErrorReply, SocketTimeoutError } from 'redis';
import { describe, expect, it } from 'vitest';
import { toRedisError } from '../../src/store/redis-errors.ts';

const refused = Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:6379'), { code: 'ECONNREFUSED' });

describe('what is told of an error', () => {
  it.each<[string, unknown, string]>([
    [
      'memory is full',
      new ErrorReply("OOM command not allowed when used memory > 'maxmemory'."),
      'Redis has no memory left and refuses to write (OOM)',
    ],
    [
      'memory is full inside a script, before version 7',
      new ErrorReply(
        'ERR Error running script (call to f_0a): @user_script:9: -OOM command not allowed when …',
      ),
      'Redis has no memory left and refuses to write (OOM)',
    ],
    [
      'a cluster is taken for a single Redis',
      new ErrorReply('MOVED 3999 10.0.0.7:6381'),
      'This is a Redis Cluster: STORE_URL needs ?cluster=true (MOVED)',
    ],
    [
      'all connections are taken',
      new ErrorReply('ERR max number of clients reached'),
      'Redis cannot be used (ERR: max number of clients reached)',
    ],
    ['nothing listens', refused, 'Redis does not run there (ECONNREFUSED)'],
    ['nothing comes', new SocketTimeoutError(3_000), 'Redis does not answer (TIMEOUT)'],
    ['there is no connection', new ClientOfflineError(), 'There is no connection to Redis (OFFLINE)'],
    ['something else is thrown', 'secret-key', 'Redis cannot be used (FAILED)'],
  ])('says so when %s', (_, error, message) => {
    expect(toRedisError(error).message).toBe(message);
  });

  it.each([
    new ErrorReply("ERR unknown command 'GET', with args beginning with: 'secret-key' 'secret-value'"),
    new ErrorReply("NOPERM this user has no permissions to access the 'secret-key' key"),
    new ErrorReply('secret-key'),
    new Error('redis://anna:secret-password@cache'),
    new TypeError('secret-key'),
    'secret-key',
    null,
  ])('quotes nothing of %s', (error) => {
    expect(inspect(toRedisError(error))).not.toContain('secret');
  });
});
