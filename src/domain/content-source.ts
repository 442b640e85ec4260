/** How a content source is declared: where rows come from, and which fields are read from each. */
export type SourceDeclaration = FileDeclaration | HttpDeclaration | PostgresDeclaration;

type Declared = {
  readonly name: string;
  /** The column or dotted path that holds the item id. */
  readonly key: string;
  readonly fields: readonly FieldRule[];
  /** Fields without which an item is not shown. */
  readonly required: readonly string[];
};

/** A catalogue in a file: CSV with a header line, a JSON array of objects, or NDJSON. */
export type FileDeclaration = Declared & {
  readonly type: 'file';
  /** Relative to the templates folder; the ending tells the format. */
  readonly path: string;
};

/** Any API that answers JSON over HTTP. */
export type HttpDeclaration = Declared &
  Remote & {
    readonly type: 'http';
    /** Absolute, with variables put in; `{ids}` and `{locale}` stand where those go. */
    readonly url: string;
    readonly method: 'GET' | 'POST';
    readonly headers: Readonly<Record<string, string>>;
    /** Sent as JSON; a text that is exactly `{ids}` or `{locale}` becomes the list of ids or the locale. Null for none. */
    readonly body: unknown;
    /**
     * How `{ids}` in the URL is written: `a,b` (list), the parameter once for each id (repeated), or `["a","b"]` (json).
     * Always percent-encoded.
     */
    readonly ids: 'list' | 'repeated' | 'json';
    /** Path to the array of rows in the answer; null if the answer is that array. */
    readonly rows: string | null;
    readonly paging: Paging | null;
    /** `contentful`: links to entries and assets are followed into what the answer includes. */
    readonly resolve: 'contentful' | null;
  };

/** How to get the next page: a path to its URL, or a parameter that counts from 1 up to the number at a path. */
export type Paging = { readonly next: string } | { readonly parameter: string; readonly pages: string };

/** A query to PostgreSQL. */
export type PostgresDeclaration = Declared &
  Remote & {
    readonly type: 'postgres';
    /** `postgres://…`, with variables put in. */
    readonly url: string;
    /** With the ids as `$1`, an array of text, and, where it is used, the locale as `$2`. */
    readonly query: string;
  };

/** What is asked over the network, and so batched, remembered and bounded. Times in milliseconds. */
export type Remote = {
  /** Most ids in one request. */
  readonly batch: number;
  /** For one request and its pages. */
  readonly timeoutMs: number;
  /** Total ages up to which content is shown; is shown and asked for again; is shown while the source fails. */
  readonly freshMs: number;
  readonly staleMs: number;
  readonly staleIfErrorMs: number;
  /** How long an id that the source does not have is not asked for again. */
  readonly missingMs: number;
};

/** Where a field's value stands in a row: a column or a dotted path, or one for each locale, as `parseLocale` writes it. */
export type FieldOrigin = string | { readonly default: string; readonly [locale: string]: string };

/** The styles in which a date can be displayed. */
export const DATE_STYLES = ['full', 'long', 'medium', 'short'] as const;
export type DateStyle = (typeof DATE_STYLES)[number];

/** One declared field. `base` is what relative URLs are resolved against. */
export type FieldRule = { readonly name: string; readonly from: FieldOrigin } & (
  | { readonly type: 'text'; readonly max: number | null }
  | { readonly type: 'html' }
  | { readonly type: 'url'; readonly base: string | null }
  | { readonly type: 'link'; readonly schemes: readonly string[] }
  | { readonly type: 'image'; readonly base: string | null }
  | { readonly type: 'number'; readonly currency: string | null }
  | { readonly type: 'date'; readonly style: DateStyle | null }
  | { readonly type: 'boolean' }
);

/** The names a rule answers: a price and a date with a style have their display form beside them. */
export function fieldNames(rule: FieldRule): string[] {
  const hasDisplayForm =
    (rule.type === 'number' && rule.currency !== null) || (rule.type === 'date' && rule.style !== null);
  return hasDisplayForm ? [rule.name, `${rule.name}_text`] : [rule.name];
}

const WEB_SCHEMES: readonly string[] = ['https', 'http'];

/** The URL schemes that links of these fields may have. */
export function linkSchemes(rules: readonly FieldRule[]): string[] {
  return [
    ...new Set([...WEB_SCHEMES, ...rules.flatMap((rule) => (rule.type === 'link' ? rule.schemes : []))]),
  ];
}
