import type { Logger } from '@openfeature/server-sdk';

/**
 * What the SDK and flagd get instead of the console, which is their default: their lines hold flags, contexts and
 * so people. What matters of them is told by outcomes and statuses.
 */
export const SILENT: Logger = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };
