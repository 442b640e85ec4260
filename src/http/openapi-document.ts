/** JSON Schema 2020-12, as OpenAPI 3.1 has it. */
export type Schema = { readonly [keyword: string]: unknown; readonly description?: string };

export type Reference = { readonly $ref: string };

export type Parameter = {
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly required?: boolean;
  readonly description: string;
  readonly schema: Schema;
  readonly example?: string;
  readonly style?: 'form';
  readonly explode?: boolean;
};

export type Content = Readonly<Record<string, { readonly schema: Schema; readonly example?: unknown }>>;

export type Answer = {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Reference>>;
  readonly content?: Content;
};

/** By status, or `default`. */
export type Answers = Readonly<Record<string, Answer | Reference>>;

/** For people who read; Redoc and others show them by this name too. */
export type CodeSample = { readonly lang: string; readonly label: string; readonly source: string };

export type Operation = {
  readonly operationId: string;
  readonly tags: readonly [string];
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Reference[];
  readonly requestBody?: { readonly description: string; readonly content: Content };
  readonly responses: Answers;
  /** Any of these; none for what is public. */
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly 'x-codeSamples'?: readonly CodeSample[];
};

export type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

/** The part of OpenAPI 3.1 that is used here. */
export type OpenApiDocument = {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Paths;
  readonly components: {
    readonly parameters: Readonly<Record<string, Parameter>>;
    readonly headers: Readonly<Record<string, { readonly description: string; readonly schema: Schema }>>;
    readonly responses: Readonly<Record<string, Answer>>;
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes: Readonly<Record<string, Schema>>;
  };
};

/** A reference to one of the components. */
export function refer(kind: keyof OpenApiDocument['components'], name: string): Reference {
  return { $ref: `#/components/${kind}/${name}` };
}

/** References to headers of these names. */
export function referHeaders(...names: readonly string[]): Readonly<Record<string, Reference>> {
  return Object.fromEntries(names.map((name) => [name, refer('headers', name)]));
}

/** Who may call: one role, or studio people, to whom everything opens. */
export function openTo(role: string): Operation['security'] {
  return [...new Set([role, 'studio'])].map((name) => ({ basic: [name] }));
}
