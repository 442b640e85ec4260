import { randomUUID } from 'node:crypto';
import {
  type Client,
  NOOP_PROVIDER,
  OpenFeature,
  type Provider,
  ProviderEvents,
} from '@openfeature/server-sdk';
import { Deadline } from '../deadline.ts';
import { describeFailure } from './failure.ts';
import { guardProvider } from './guarded.ts';
import { SILENT } from './silent.ts';

/** Of the provider. Flags are evaluated while it is `ready`, `stale` or `error`, and are their defaults else. */
export type GateStatus = 'not_ready' | 'ready' | 'stale' | 'error' | 'fatal' | 'closed';

export type Binding = {
  readonly client: Client;
  readonly status: () => GateStatus;
  readonly close: () => Promise<void>;
};

type OnStatus = (status: GateStatus, cause: string | null) => void;

const STATUSES: Readonly<Record<Client['providerStatus'], GateStatus>> = {
  NOT_READY: 'not_ready',
  READY: 'ready',
  STALE: 'stale',
  ERROR: 'error',
  FATAL: 'fatal',
};

const EVENTS = [ProviderEvents.Ready, ProviderEvents.Stale, ProviderEvents.Error] as const;

const CLOSE_TIMEOUT_MS = 2_000;

/**
 * Puts a provider under a domain of its own in the SDK's API, which exists once a process, and waits for it to be
 * ready. Never rejects.
 */
export async function bindProvider(
  provider: Provider,
  readyTimeoutMs: number,
  onStatus: OnStatus,
): Promise<Binding> {
  const domain = `inlay-${randomUUID()}`;
  // Its logger goes to the provider too. Both would write whom they evaluate for.
  const client = OpenFeature.getClient(domain).setLogger(SILENT);
  let isClosed = false;
  let reported: GateStatus | null = null;
  const status = (): GateStatus => (isClosed ? 'closed' : STATUSES[client.providerStatus]);
  const report = (cause: string | null): void => {
    const now = status();
    if (isClosed || now === reported) return;
    reported = now;
    onStatus(now, cause);
  };

  let isInitialising = true;
  const initialised = OpenFeature.setProviderAndWait(domain, guardProvider(provider))
    .then(() => null, describeFailure)
    .then((cause) => {
      isInitialising = false;
      report(cause);
    });
  // That initialising failed is heard here first, but with less of its cause.
  const hear = (event?: { readonly message?: string }): void => {
    if (isInitialising && status() !== 'ready') return;
    report(event?.message === undefined ? null : describeFailure(event.message));
  };
  for (const event of EVENTS) client.addHandler(event, hear);
  await new Deadline(readyTimeoutMs).wait(initialised, undefined);
  if (reported === null) report(`not ready within ${readyTimeoutMs} ms`);

  const close = async (): Promise<void> => {
    isClosed = true;
    // The SDK keeps the domain for ever, and with it whatever its handlers hold.
    for (const event of EVENTS) client.removeHandler(event, hear);
    onStatus('closed', await unbind(domain, provider));
  };
  let closing: Promise<void> | null = null;
  return {
    client,
    status,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** What was wrong with closing the provider, or null. */
async function unbind(domain: string, provider: Provider): Promise<string | null> {
  const ended = OpenFeature.setProviderAndWait(domain, NOOP_PROVIDER)
    .then(() => provider.onClose?.())
    .then(() => null, describeFailure);
  return new Deadline(CLOSE_TIMEOUT_MS).wait(ended, `not closed within ${CLOSE_TIMEOUT_MS} ms`);
}
