import { parseArgs } from 'node:util';

/** What a command line asks for. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'watch'; readonly id: string }
  | {
      readonly kind: 'upload';
      /** A path; `-` is standard input. */
      readonly file: string;
      /** As `POST /v1/prefetches` takes them. */
      readonly parameters: URLSearchParams;
      readonly isDryRun: boolean;
      /** Whether to stay until everyone is looked up. */
      readonly wait: boolean;
    };

export const USAGE = `Looks a list of people up ahead of a send.

  npm run prefetch -- users.csv --placement home-hero [options]
  npm run prefetch -- --watch ID

  users.csv            CSV, NDJSON or JSON, also packed with gzip or zip; - reads standard input
  --placement NAME     one or several, separated by commas
  --campaign NAME      your own name of the send: pins the decisions as well
  --send-at TIME       such as 2026-11-27T09:00+01:00
  --hold TIME          how long after the send what was found is used: 90m, 12h (default), 3d
  --column NAME        the column that holds the ids
  --id-kind KIND       what they are there: user_id (default) or device_id
  --dry-run            tell how long it takes, and start nothing
  --no-wait            start it and end
  --watch ID           look at one that is running

INLAY_URL says where Inlay is (default http://127.0.0.1:3000), INLAY_CREDENTIALS is name:password of studio credentials.
Ends with 0 when everyone is looked up, 3 if Amplitude failed for some, 1 for a refusal, 2 for a wrong command.
`;

const PARAMETERS = ['placement', 'campaign', 'send-at', 'hold', 'column', 'id-kind'] as const;

/** Or, as a text, what is wrong with it. */
export function parseCommand(args: readonly string[]): Command | string {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    return (error as Error).message;
  }
  const { values, positionals } = parsed;
  if (values.help) return { kind: 'help' };
  const [file, ...more] = positionals;
  if (values.watch !== undefined) {
    return file === undefined ? { kind: 'watch', id: values.watch } : '--watch takes no file.';
  }
  if (file === undefined || more.length > 0) return 'Name one file, or - for standard input.';
  if (values.placement === undefined) return 'Name a placement: --placement home-hero';
  const parameters = new URLSearchParams();
  for (const name of PARAMETERS) {
    const value = values[name];
    if (value !== undefined) parameters.set(name.replace('-', '_'), [value].flat().join(','));
  }
  if (values['dry-run']) parameters.set('dry_run', '1');
  return { kind: 'upload', file, parameters, isDryRun: values['dry-run'], wait: !values['no-wait'] };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      placement: { type: 'string', multiple: true },
      ...{ campaign: text, 'send-at': text, hold: text, column: text, 'id-kind': text, watch: text },
      ...{ 'dry-run': flag, 'no-wait': flag, help: { ...flag, short: 'h' } },
    },
  });
}
