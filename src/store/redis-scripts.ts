import { type CommandParser, defineScript } from 'redis';
import type { TimeBounds } from './redis-clock.ts';
import { OUTBOX_SCRIPTS } from './redis-outbox-scripts.ts';

/** How many may wait for a look-up. */
const MAX_QUEUED = 100_000;

/** Whose time is over is dropped in such portions, at each call: nobody else gets an answer in the meantime. */
const AT_ONCE = 1_000;

/**
 * The budget's keys outlive what is in them by a day: Redis expires keys by its own clock, and when that steps
 * forward, the calls of the last minute must still count.
 */
const KEEP_BUDGET_MS = 86_400_000;

const ENTRIES = {
  // Null if the value was written. Whoever only reads is answered by a Redis that has no memory left, too.
  claimEntry: defineScript({
    SCRIPT: `
local held = redis.call('GET', KEYS[1])
if not held then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return held`,
    NUMBER_OF_KEYS: 1,
    parseCommand(parser: CommandParser, key: string, value: string, keepMs: number) {
      parser.pushKey(key);
      parser.push(value, String(keepMs));
    },
    transformReply: (reply: string | null) => reply,
  }),
};

const LEASES = {
  takeLease: defineScript({
    SCRIPT: `
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`,
    NUMBER_OF_KEYS: 1,
    parseCommand(parser: CommandParser, key: string, owner: string, holdMs: number) {
      parser.pushKey(key);
      parser.push(owner, String(holdMs));
    },
    transformReply: (reply: number) => reply === 1,
  }),
  releaseLease: defineScript({
    SCRIPT: `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`,
    NUMBER_OF_KEYS: 1,
    parseCommand(parser: CommandParser, key: string, owner: string) {
      parser.pushKey(key);
      parser.push(owner);
    },
    transformReply: () => undefined,
  }),
};

// The time that all replicas agree on is Redis's, corrected for every step that its clock makes: `ahead` is the sum
// of those steps. A caller knows bounds from its last answer and its own monotonic clock; what leaves them is a
// step. A caller without history believes Redis, less the steps that others saw; nobody ever goes behind `last`.
const CLOCK = `
local function read_clock()
  local time = redis.call('TIME')
  local wall = time[1] * 1000 + math.floor(time[2] / 1000)
  local known = redis.call('HMGET', KEYS[2], 'last', 'ahead')
  local now = wall - (tonumber(known[2]) or 0)
  if ARGV[1] ~= '' then
    now = math.max(tonumber(ARGV[1]), math.min(tonumber(ARGV[2]), now))
  end
  now = math.max(tonumber(known[1]) or 0, now)
  return now, wall - now
end
local function drop_expired()
  local now, ahead = read_clock()
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
  return now, ahead
end
local function keep(hold_ms, now, ahead)
  redis.call('HSET', KEYS[2], 'last', now, 'ahead', ahead)
  redis.call('PEXPIRE', KEYS[1], hold_ms + ${KEEP_BUDGET_MS})
  redis.call('PEXPIRE', KEYS[2], hold_ms + ${KEEP_BUDGET_MS})
end
`;

/** What a script over the budget found out, and the shared time at which it did. */
export type BudgetReply = { readonly serverMs: number; readonly value: number };

/** Scripts over the ids of the reservations by the moment their hold is over. */
function budgetScript<A extends readonly (string | number)[]>(body: string) {
  return defineScript({
    SCRIPT: CLOCK + body,
    NUMBER_OF_KEYS: 2,
    parseCommand(parser: CommandParser, key: string, bounds: TimeBounds | null, ...args: A) {
      parser.pushKey(key);
      parser.pushKey(`${key}:clock`);
      parser.push(String(bounds?.leastMs ?? ''), String(bounds?.mostMs ?? ''), ...args.map(String));
    },
    transformReply: (reply: readonly [number, number]): BudgetReply => ({
      serverMs: reply[0],
      value: reply[1],
    }),
  });
}

// A script that has removed something may go on to write even if Redis has no memory left. So the budget, which is
// small, goes on where entries are refused.
const BUDGET = {
  reserve: budgetScript<[id: string, holdMs: number, limit: number]>(`
local now, ahead = drop_expired()
local has_room = redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[5])
if has_room then redis.call('ZADD', KEYS[1], now + ARGV[4], ARGV[3]) end
keep(ARGV[4], now, ahead)
return {now, has_room and 1 or 0}`),
  hold: budgetScript<[id: string, holdMs: number]>(`
local now, ahead = drop_expired()
redis.call('ZADD', KEYS[1], 'XX', now + ARGV[4], ARGV[3])
keep(ARGV[4], now, ahead)
return {now, 0}`),
  adopt: budgetScript<(string | number)[]>(`
local now, ahead = drop_expired()
local longest = 0
for i = 3, #ARGV, 2 do
  redis.call('ZADD', KEYS[1], 'GT', now + ARGV[i + 1], ARGV[i])
  longest = math.max(longest, tonumber(ARGV[i + 1]))
end
keep(longest, now, ahead)
return {now, 0}`),
  // Writes nothing, so that it answers when Redis has no memory left.
  countInUse: budgetScript<[]>(`
local now = read_clock()
return {now, redis.call('ZCOUNT', KEYS[1], '(' .. string.format('%.0f', now), '+inf')}`),
};

// By Redis's own clock: if that steps, people are looked up late or not at all, and nothing is spent. A Redis that
// evicts may take away one of the keys; whoever is not in all three waits no more.
const QUEUE_KEYS = `
local order, expiry, values = KEYS[1], KEYS[2], KEYS[3]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function remove(keys)
  if #keys == 0 then return end
  redis.call('ZREM', order, unpack(keys))
  redis.call('ZREM', expiry, unpack(keys))
  redis.call('HDEL', values, unpack(keys))
end
local function drop_expired()
  remove(redis.call('ZRANGEBYSCORE', expiry, '-inf', now, 'LIMIT', 0, ${AT_ONCE}))
end
`;

/** Scripts over keys by their turn, keys by the moment their time is over, and values by key. */
function queueScript<A extends readonly (string | number)[], Reply, Result>(
  body: string,
  transformReply: (reply: Reply) => Result,
) {
  return defineScript({
    SCRIPT: QUEUE_KEYS + body,
    NUMBER_OF_KEYS: 3,
    parseCommand(parser: CommandParser, key: string, ...args: A) {
      parser.pushKey(key);
      parser.pushKey(`${key}:expiry`);
      parser.pushKey(`${key}:values`);
      parser.push(...args.map(String));
    },
    transformReply,
  });
}

/** `isMore`: so many were found whose time was over that others may still wait behind them. */
type Taken = { readonly isMore: boolean; readonly taken: { key: string; value: string }[] };

const QUEUE = {
  addToQueue: queueScript<[key: string, value: string, keepMs: number], number, boolean>(
    `
drop_expired()
local ends = redis.call('ZSCORE', expiry, ARGV[1])
if ends and tonumber(ends) > now and redis.call('ZSCORE', order, ARGV[1]) then return 1 end
if ends then remove({ARGV[1]}) end
if redis.call('ZCARD', order) >= ${MAX_QUEUED} then return 0 end
local last = redis.call('ZREVRANGE', order, 0, 0, 'WITHSCORES')
redis.call('ZADD', order, (last[2] or 0) + 1, ARGV[1])
redis.call('ZADD', expiry, now + ARGV[3], ARGV[1])
redis.call('HSET', values, ARGV[1], ARGV[2])
local latest = redis.call('ZREVRANGE', expiry, 0, 0, 'WITHSCORES')[2]
for _, key in ipairs(KEYS) do redis.call('PEXPIREAT', key, latest) end
return 1`,
    (reply) => reply === 1,
  ),
  takeFromQueue: queueScript<[most: number], [number, [string, string][]], Taken>(
    `
drop_expired()
local taken, most = {}, tonumber(ARGV[1])
for _ = 1, most + ${AT_ONCE} do
  local key = #taken < most and redis.call('ZPOPMIN', order)[1]
  if not key then return {0, taken} end
  local ends, value = redis.call('ZSCORE', expiry, key), redis.call('HGET', values, key)
  if ends and value and tonumber(ends) > now then table.insert(taken, {key, value}) end
  remove({key})
end
return {1, taken}`,
    ([isMore, taken]) => ({ isMore: isMore === 1, taken: taken.map(([key, value]) => ({ key, value })) }),
  ),
  removeFromQueue: queueScript<[key: string], null, void>('remove({ARGV[1]})', () => undefined),
  countQueued: queueScript<[], number, number>(
    `return redis.call('ZCOUNT', expiry, '(' .. string.format('%.0f', now), '+inf')`,
    (reply) => reply,
  ),
};

/** Everything that takes more than one step but must happen in one, each one call to Redis. */
export const SCRIPTS = { ...ENTRIES, ...LEASES, ...BUDGET, ...QUEUE, ...OUTBOX_SCRIPTS };
