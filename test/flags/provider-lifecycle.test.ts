import { OpenFeature, OpenFeatureEventEmitter, type Provider, ProviderEvents } from '@openfeature/server-sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Gate, openGate } from '../../src/flags/gate.ts';
import { ANNA, hang, inTime, off, on, providerOf } from './provider.ts';

const SHOW = { flag: 'show-{id}', default: false };
const CONSOLE = ['error', 'warn', 'info', 'log', 'debug'] as const;

const written: unknown[][] = [];

beforeEach(() => {
  vi.useFakeTimers();
  for (const level of CONSOLE) vi.spyOn(console, level).mockImplementation((...line) => written.push(line));
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  expect(written.splice(0)).toEqual([]);
});

const isShown = async (gate: Gate): Promise<boolean> =>
  (await gate.filter(SHOW, ['a'], ANNA, inTime())).has('a');

/** Opens, and lets the time pass that a provider has to become ready. */
async function openSlowly(provider: Provider): Promise<{ readonly gate: Gate; readonly heard: string[] }> {
  const heard: string[] = [];
  const opening = openGate({
    provider,
    onStatus: (status, cause) => heard.push(cause === null ? status : `${status}: ${cause}`),
  });
  await vi.advanceTimersByTimeAsync(2_000);
  return { gate: await opening, heard };
}

describe('a provider that starts', () => {
  it('is ready once it is initialised', async () => {
    const { gate, heard } = await openSlowly(providerOf(on, { initialize: async () => {} }));
    expect(gate.status()).toBe('ready');
    expect(heard).toEqual(['ready']);
    expect(await isShown(gate)).toBe(true);
  });

  it('is ready at once where it needs no initialising, or does not say when it is done', async () => {
    const without = await openSlowly(providerOf(on));
    const silent = await openSlowly(providerOf(on, { initialize: () => undefined as never }));
    expect([without.gate.status(), silent.gate.status()]).toEqual(['ready', 'ready']);
  });

  it('is not waited for longer than two seconds, and counts from when it is ready', async () => {
    let ready: () => void = () => {};
    const initialize = (): Promise<void> =>
      new Promise((resolve) => {
        ready = resolve;
      });
    const { gate, heard } = await openSlowly(providerOf(on, { initialize }));
    expect(gate.status()).toBe('not_ready');
    expect(await isShown(gate)).toBe(false);
    ready();
    await vi.advanceTimersByTimeAsync(0);
    expect(await isShown(gate)).toBe(true);
    expect(heard).toEqual(['not_ready: not ready within 2000 ms', 'ready']);
  });

  it('does not stop the service by failing, now or later, and tells no keys', async () => {
    const why = new Error('fetch failed', {
      cause: new Error('connect to https://me:secret@flags.test?key=sdk-4b1c99d0aa77e2 refused\n at x.ts'),
    });
    const now = await openSlowly(providerOf(on, { initialize: () => Promise.reject(why) }));
    expect(now.heard).toEqual(['error: fetch failed: connect to https://…@flags.test?key=… refused']);
    let fail: () => void = () => {};
    const initialize = (): Promise<void> =>
      new Promise((_resolve, reject) => {
        fail = () => reject(new Error('no such key'));
      });
    const later = await openSlowly(providerOf(on, { initialize }));
    fail();
    await vi.advanceTimersByTimeAsync(0);
    expect(later.heard).toEqual(['not_ready: not ready within 2000 ms', 'error: no such key']);
    // It may have mended itself, so it is asked.
    expect(await isShown(later.gate)).toBe(true);
  });

  it('does not stop the service by throwing, nor by events that are none', async () => {
    const throwing = await openSlowly(
      providerOf(on, {
        initialize: () => {
          throw new Error('at once');
        },
      }),
    );
    const odd = await openSlowly(providerOf(on, { events: {} as never, metadata: undefined as never }));
    expect(throwing.heard).toEqual(['error: at once']);
    expect(odd.gate.status()).toBe('not_ready');
    expect(await isShown(odd.gate)).toBe(false);
  });

  it('is heard when it loses its connection and finds it again', async () => {
    const events = new OpenFeatureEventEmitter();
    const { gate, heard } = await openSlowly(providerOf(on, { events }));
    events.emit(ProviderEvents.Stale, { message: 'stream ended' });
    expect(await isShown(gate)).toBe(true);
    events.emit(ProviderEvents.Stale, { message: 'stream ended' });
    events.emit(ProviderEvents.Ready);
    expect(heard).toEqual(['ready', 'stale: stream ended', 'ready']);
  });
});

describe('a gate that is closed', () => {
  it('has closed its provider, once, and says the default from then on', async () => {
    const onClose = vi.fn(async () => {});
    const { gate, heard } = await openSlowly(providerOf(on, { onClose }));
    await Promise.all([gate.close(), gate.close()]);
    expect(onClose).toHaveBeenCalledTimes(1);
    expect(await isShown(gate)).toBe(false);
    expect(heard).toEqual(['ready', 'closed']);
  });

  it('waits two seconds for a provider that does not close', async () => {
    const { gate, heard } = await openSlowly(providerOf(on, { onClose: hang }));
    const closing = gate.close();
    await vi.advanceTimersByTimeAsync(2_000);
    await closing;
    expect(heard).toEqual(['ready', 'closed: not closed within 2000 ms']);
  });

  it('hears no more of a provider that becomes ready afterwards', async () => {
    let ready: () => void = () => {};
    const initialize = (): Promise<void> =>
      new Promise((resolve) => {
        ready = resolve;
      });
    const { gate, heard } = await openSlowly(providerOf(on, { initialize }));
    await gate.close();
    ready();
    await vi.advanceTimersByTimeAsync(0);
    expect(heard).toEqual(['not_ready: not ready within 2000 ms', 'closed']);
  });

  it('is closed though its provider fails to', async () => {
    const { gate, heard } = await openSlowly(
      providerOf(on, { onClose: () => Promise.reject(new Error('still busy')) }),
    );
    await gate.close();
    expect(heard).toEqual(['ready', 'closed: still busy']);
  });
});

describe('several gates in one process', () => {
  it('do not disturb each other, nor what others do with the SDK', async () => {
    const isDefault = vi.fn(on);
    OpenFeature.setProvider(providerOf(isDefault));
    const first = await openSlowly(providerOf(on));
    const second = await openSlowly(providerOf(off));
    expect([await isShown(first.gate), await isShown(second.gate)]).toEqual([true, false]);
    await second.gate.close();
    expect([await isShown(first.gate), await isShown(second.gate)]).toEqual([true, false]);
    expect(isDefault).not.toHaveBeenCalled();
    expect(first.heard).toEqual(['ready']);
    await OpenFeature.clearProviders();
  });
});

describe('the console', () => {
  it('never learns of a person, whatever goes wrong', async () => {
    const provider: Provider = {
      ...providerOf(on),
      resolveBooleanEvaluation: async (_key, _fallback, context, logger) => {
        for (const level of ['error', 'warn', 'info', 'debug'] as const) logger[level](context);
        throw new Error(`no flag for ${context.targetingKey}`);
      },
      hooks: [
        { error: () => Promise.reject(new Error('anna')), finally: () => Promise.reject(new Error('anna')) },
      ],
      onClose: () => Promise.reject(new Error('anna')),
    };
    const { gate } = await openSlowly(provider);
    expect(await isShown(gate)).toBe(false);
    await gate.close();
    expect(written).toEqual([]);
  });
});
