import { type CommandParser, defineScript } from 'redis';
import type { OutboxRow } from './store.ts';

/** Of one box: some hundred thousand events. Redis keeps them in memory, which is dearer than a disk. */
const MAX_BYTES = 32 * 1_048_576;

/** More are not looked at for one answer, however small they are. */
const MAX_ROWS = 1_000;

// A row's id is its place: microseconds of Redis's clock, but always above those before it, so that none is given twice
// even where the box was empty, and with it gone, in between. A Redis that evicts may take away one of the keys; what is
// then wrong with the others is over when the box is empty. What is removed first lets a script go on to count where
// Redis has no memory left.
const KEYS = `
local order, values, counts, size = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local function grow(things, bytes)
  redis.call('HINCRBY', size, 'things', things)
  redis.call('HINCRBY', size, 'bytes', bytes)
end
local function remove(ids)
  local things, bytes = 0, 0
  for _, id in ipairs(ids) do
    things = things + (redis.call('HGET', counts, id) or 0)
    bytes = bytes + redis.call('HSTRLEN', values, id)
    redis.call('ZREM', order, id)
    redis.call('HDEL', values, id)
    redis.call('HDEL', counts, id)
  end
  if redis.call('EXISTS', order) == 0 then redis.call('DEL', values, counts, size)
  -- Lua's minus zero is no integer to Redis.
  elseif things > 0 or bytes > 0 then grow(0 - things, 0 - bytes) end
end
`;

/** Scripts over ids by their place, values and counts by id, and what all of them are together. */
function outboxScript<A extends readonly string[], Reply, Result>(
  body: string,
  transformReply: (reply: Reply) => Result,
) {
  return defineScript({
    SCRIPT: KEYS + body,
    NUMBER_OF_KEYS: 4,
    parseCommand(parser: CommandParser, key: string, ...args: A) {
      for (const suffix of ['', ':values', ':counts', ':size']) parser.pushKey(key + suffix);
      parser.push(...args);
    },
    transformReply,
  });
}

export const OUTBOX_SCRIPTS = {
  appendRow: outboxScript<[value: string, count: string, keepMs: string], number, boolean>(
    `
if (tonumber(redis.call('HGET', size, 'bytes')) or 0) + #ARGV[1] > ${MAX_BYTES} then return 0 end
local time = redis.call('TIME')
local last = redis.call('ZREVRANGE', order, 0, 0, 'WITHSCORES')[2] or 0
local place = string.format('%.0f', math.max(last + 1, time[1] * 1000000 + time[2]))
redis.call('ZADD', order, place, place)
redis.call('HSET', values, place, ARGV[1])
redis.call('HSET', counts, place, ARGV[2])
grow(ARGV[2], #ARGV[1])
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[3]) end
return 1`,
    (reply) => reply === 1,
  ),
  peekRows: outboxScript<
    [characters: string, after: string],
    readonly (readonly [string, string])[],
    OutboxRow[]
  >(
    `
local rows, evicted, held = {}, {}, 0
for _, id in ipairs(redis.call('ZRANGEBYSCORE', order, '(' .. ARGV[2], '+inf', 'LIMIT', 0, ${MAX_ROWS})) do
  local value = redis.call('HGET', values, id)
  held = held + (value and #value or 0)
  if held > tonumber(ARGV[1]) and #rows > 0 then break end
  if value then table.insert(rows, {id, value}) else table.insert(evicted, id) end
end
if #evicted > 0 then remove(evicted) end
return rows`,
    (rows) => rows.map(([id, value]) => ({ id, value })),
  ),
  replaceRow: outboxScript<[id: string, from: string, value: string, count: string], number, boolean>(
    `
if redis.call('HGET', values, ARGV[1]) ~= ARGV[2] then return 0 end
local count = redis.call('HGET', counts, ARGV[1]) or 0
redis.call('HSET', values, ARGV[1], ARGV[3])
redis.call('HSET', counts, ARGV[1], ARGV[4])
grow(ARGV[4] - count, #ARGV[3] - #ARGV[2])
return 1`,
    (reply) => reply === 1,
  ),
  removeRows: outboxScript<string[], null, void>('remove(ARGV)', () => undefined),
};
