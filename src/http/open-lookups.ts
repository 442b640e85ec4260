import { RateLimiterMemory } from 'rate-limiter-flexible';

/** People whom one address may have looked up in a minute. Image proxies of mail services ask for many at once. */
const PER_ADDRESS = 120;

/** Of the budget, so that whoever makes up ids cannot take it from the messages. */
const SHARE = 0.2;

/** Whether a public link may have one more person looked up now. `perMinute` is this process's part of the budget. */
export function createOpenLookupLimit(perMinute: number): (address: string) => Promise<boolean> {
  const all = new RateLimiterMemory({ points: Math.max(1, Math.floor(perMinute * SHARE)), duration: 60 });
  const each = new RateLimiterMemory({ points: PER_ADDRESS, duration: 60 });
  const take = (limiter: RateLimiterMemory, key: string): Promise<boolean> =>
    limiter.consume(key).then(
      () => true,
      () => false,
    );
  return async (address) => (await take(each, address)) && (await take(all, 'all'));
}
