import { describe, expect, it } from 'vitest';
import { openAmplitude } from '../support/amplitude.ts';
import { basic, CALLER, type Credentials, METRICS, openService, STUDIO } from '../support/service.ts';

const PATH = '/v1/placements/hero.json?user_id=inlay-sample-treatment';

async function open(callers?: readonly string[]) {
  const settings = callers && { CALLER_CREDENTIALS: callers.join('\n') };
  return openService({ amplitude: await openAmplitude(), ...(settings && { settings }) });
}

describe('credentials', () => {
  it('of every caller and of studio people open placements, those of metrics do not', async () => {
    const service = await open([`${CALLER.name}:${CALLER.password}`, 'movable-ink:Rk28-another-long-one']);
    const statusFor = async (as: Credentials) => (await service.get(PATH, as)).status;
    expect(await statusFor(CALLER)).toBe(200);
    expect(await statusFor({ name: 'movable-ink', password: 'Rk28-another-long-one' })).toBe(200);
    expect(await statusFor(STUDIO)).toBe(200);
    expect(await statusFor(METRICS)).toBe(403);
  });

  it('rotate: the same name has two passwords', async () => {
    const service = await open(['braze:old-Tq73-password', 'braze:new-Vz91-password']);
    const statuses = [
      (await service.get(PATH, { name: 'braze', password: 'old-Tq73-password' })).status,
      (await service.get(PATH, { name: 'braze', password: 'new-Vz91-password' })).status,
      (await service.get(PATH, { name: 'braze', password: 'older-Sp55-password' })).status,
    ];
    expect(statuses).toEqual([200, 200, 401]);
  });

  it.each([
    ['in UTF-8', 'jürgen', 'pässwörd-😀-ключ-5417'],
    ['with colons in the password', 'braze', 'one:two::three:Qp58'],
    ['with signs', 'braze', `#%&+/=?"'<>\\{}$-Qp58`],
  ])('%s work', async (_name, name, password) => {
    const service = await open([`${name}:${password}`]);
    expect((await service.get(PATH, { name, password })).status).toBe(200);
    expect((await service.get(PATH, { name, password: `${password}x` })).status).toBe(401);
    expect((await service.get(PATH, { name, password: password.slice(0, -1) })).status).toBe(401);
  });

  it.each([
    ['the name of one with the password of another', { name: CALLER.name, password: STUDIO.password }],
    ['another case of the name', { ...CALLER, name: CALLER.name.toUpperCase() }],
    ['another case of the password', { ...CALLER, password: CALLER.password.toUpperCase() }],
    ['no password', { ...CALLER, password: '' }],
    ['no name', { ...CALLER, name: '' }],
    ['a space behind', { ...CALLER, password: `${CALLER.password} ` }],
    ['a colon that moved', { name: `${CALLER.name}:${CALLER.password.slice(0, 3)}`, password: '' }],
  ])('do not work as %s', async (_name, credentials) => {
    const service = await open();
    const { status, body } = await service.get(PATH, credentials);
    expect([status, body.code]).toEqual([401, 'unauthorized']);
  });

  const encoded = basic(CALLER).slice('Basic '.length);
  it.each([
    ['nothing behind Basic', 'Basic'],
    ['no base64', 'Basic !!!!'],
    ['no colon inside', `Basic ${Buffer.from('braze').toString('base64')}`],
    ['another scheme', `Bearer ${encoded}`],
    ['no scheme', encoded],
    ['two of them', `Basic ${encoded}, Basic ${encoded}`],
    ['a very long one', `Basic ${'QUJD'.repeat(2_000)}`],
    ['bytes that are no UTF-8', `Basic ${Buffer.from([0xff, 0x3a, 0xfe]).toString('base64')}`],
  ])('are refused with %s in the header', async (_name, header) => {
    const service = await open();
    const { status, body } = await service.get(PATH, null).set('Authorization', header);
    expect([status, body.code]).toEqual([401, 'unauthorized']);
  });

  it.each(['basic', 'BASIC'])('work with the scheme written %s', async (scheme) => {
    const service = await open();
    const { status } = await service.get(PATH, null).set('Authorization', `${scheme} ${encoded}`);
    expect(status).toBe(200);
  });
});

describe('wrong passwords', () => {
  it('are slowed down and then refused, while a right one is answered at once', async () => {
    const service = await open();
    const wrong = { ...CALLER, password: 'wrong' };
    const startedAt = performance.now();
    const tries = Array.from({ length: 60 }, async () => {
      const { status, body, headers } = await service.get(PATH, wrong);
      return { status, code: body.code, headers, ms: performance.now() - startedAt };
    });
    // Those that are refused at once have been counted by now, and many others are still held.
    await Promise.race(tries.map(async (one) => ((await one).status === 429 ? one : new Promise(() => {}))));
    const rightAt = performance.now();
    expect((await service.get(PATH)).status).toBe(200);
    expect(performance.now() - rightAt).toBeLessThan(500);

    const answers = await Promise.all(tries);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401, 429]));
    expect(answers.filter(({ status, ms }) => status === 401 && ms > 900).length).toBeGreaterThan(5);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.code).toBe('too_many_attempts');
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0);
    expect((await service.get(PATH)).status).toBe(200);
  });

  it('do not count where none was sent', async () => {
    const service = await open();
    const answers = await Promise.all(Array.from({ length: 40 }, () => service.get(PATH, null)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
  });
});
