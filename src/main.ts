import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { isAbsolute, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type App, createApp } from './app.ts';
import { FlagProviderError } from './flags/open.ts';
import { createHttpServer, drain } from './http/server.ts';
import { createLog } from './log.ts';
import { describeDemo, SANDBOX_ENVIRONMENT, startSandbox } from './sandbox/demo.ts';
import { type Mode, parseSettings, type Settings } from './settings.ts';
import { StoreFileError, StoreInUseError } from './store/sqlite-errors.ts';
import { TemplatesError } from './templates.ts';

/** How long a stopping process goes on accepting, so that load balancers notice `/readyz` first. */
const STILL_ACCEPTING_MS = 5_000;

/** Longest wait for requests under way; every answer has a deadline far below it. */
const DRAIN_MS = 10_000;

const mode: Mode = process.argv.includes('--demo') ? 'sandbox' : 'start';
await run(readSettings(mode));

async function run(settings: Settings): Promise<void> {
  const log = createLog(settings.logLevel);
  const sandbox =
    settings.mode === 'sandbox'
      ? await startSandbox({
          secretKey: settings.secretKeys.get(null) ?? '',
          apiKey: settings.apiKeys.get(null) ?? '',
          itemsOf: (recommendation) => app.itemIds(recommendation),
          book: { record: () => {} },
        })
      : null;
  const app = await openApp(
    sandbox
      ? { ...settings, profileApiUrl: sandbox.profileApiUrl, eventsApiUrl: sandbox.eventsApiUrl }
      : settings,
    log.logger,
  );
  const server = createHttpServer(app.express);
  server.listen(settings.port, settings.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    fail([`cannot listen on ${settings.host}:${settings.port} (${(error as NodeJS.ErrnoException).code})`]);
  }
  const { port } = server.address() as AddressInfo;
  log.logger.info({ host: settings.host, port, placements: app.placements().length }, 'listening');
  if (sandbox) process.stdout.write(describeDemo(port, app.placements()[0]?.name ?? ''));

  const signal = await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  log.logger.info({ signal: signal[0] }, 'stopping');
  process.once('SIGTERM', () => process.exit(1)).once('SIGINT', () => process.exit(1));
  app.readiness.ready = false;
  if (settings.mode === 'start') await sleep(STILL_ACCEPTING_MS);
  await Promise.race([drain(server), sleep(DRAIN_MS, undefined, { ref: false })]);
  // What is left has sent nothing, or too slowly; Node does not count it as idle, and it would keep the process.
  server.closeAllConnections();
  await app.close();
  await sandbox?.close();
  log.logger.info('stopped');
  log.flush();
}

function readSettings(mode: Mode): Settings {
  if (mode === 'start' && existsSync('.env')) process.loadEnvFile('.env');
  const env = mode === 'sandbox' ? { ...SANDBOX_ENVIRONMENT, ...process.env } : process.env;
  const result = parseSettings(env, mode);
  if ('settings' in result) return result.settings;
  return fail(result.faults.map(({ variable, message }) => `${variable} ${message}`));
}

async function openApp(settings: Settings, log: Logger): Promise<App> {
  try {
    return await createApp(settings, { log });
  } catch (error) {
    if (
      error instanceof StoreInUseError ||
      error instanceof StoreFileError ||
      error instanceof FlagProviderError
    ) {
      return fail([error.message]);
    }
    if (!(error instanceof TemplatesError)) throw error;
    return fail(
      error.faults.map(
        ({ file, line, message }) =>
          `${isAbsolute(file) ? file : join(settings.templatesDir, file)}${line === null ? '' : `:${line}`} ${message}`,
      ),
    );
  }
}

/** Says everything that is wrong, and ends the process. */
function fail(faults: readonly string[]): never {
  const title =
    faults.length === 1 ? 'Inlay cannot start:' : `Inlay cannot start, for ${faults.length} reasons:`;
  process.stderr.write(`${title}\n${faults.map((fault) => `  ${fault}\n`).join('')}`);
  process.exit(1);
}
