import { CLIENTS } from './clients.ts';

/** The one import of caniemail, which takes some 60 ms and 20 MB, and is needed when somebody looks at a mail. */
async function importLibrary() {
  return import('caniemail');
}

type Library = Awaited<ReturnType<typeof importLibrary>>;
type FeatureData = Library['rawData']['data'][number];

/** Something that a client does not support, or not in all of its forms. */
export type ClientIssue = {
  readonly client: string;
  /** caniemail's name of it. */
  readonly feature: string;
  readonly isPartial: boolean;
  /** What caniemail says about partial support. */
  readonly notes: readonly string[];
  /** 1…n in the HTML that was asked about; null in a style sheet. */
  readonly line: number | null;
};

/** Tells what clients lack of HTML or of a style sheet. Throws for a style that cannot be read. */
export type AskClients = (source: { readonly html: string } | { readonly css: string }) => ClientIssue[];

let loading: Promise<AskClients> | null = null;

/** Loads caniemail when it is first needed. Rejects if it is not installed. */
export function loadClients(): Promise<AskClients> {
  loading ??= importLibrary().then((library) => {
    for (const feature of library.rawData.data) keepNewest(feature);
    return (source) => ask(library, source);
  });
  return loading;
}

/**
 * caniemail throws for a client that was never tested for a feature, takes support that nobody knows for partial, and
 * sorts versions as text, so that 78 comes behind 128. Here the newest version counts, and what is unknown as supported.
 */
function keepNewest({ stats }: FeatureData): void {
  const families = stats as Record<string, Record<string, Record<string, string>>>;
  for (const client of CLIENTS) {
    const [family = '', platform = ''] = client.split('.');
    const versions = Object.entries(families[family]?.[platform] ?? {});
    const [version, support] = versions
      .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
      .at(-1) ?? ['', 'u'];
    families[family] = {
      ...families[family],
      [platform]: { [version]: support.startsWith('u') ? 'y' : support },
    };
  }
}

function ask(library: Library, source: { readonly html: string } | { readonly css: string }): ClientIssue[] {
  const { issues } = library.caniemail({ clients: [...CLIENTS], ...source });
  return [...issues.errors, ...issues.warnings].flatMap(([client, features]) =>
    features.map(({ title, support, notes, position }) => ({
      client,
      feature: title,
      isPartial: support === 'partial',
      notes,
      line: 'html' in source ? (position?.start.line ?? null) : null,
    })),
  );
}
