import { type Entry, idOf, noteOf, resolve, type SchemaView, viewSchema } from './docs-schemas.ts';
import type {
  Answer,
  Answers,
  CodeSample,
  OpenApiDocument,
  Operation,
  Parameter,
} from './openapi-document.ts';

export type OperationView = {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  /** Who may call. */
  readonly access: string;
  readonly parameters: readonly Entry[];
  readonly body: Entry | null;
  readonly answers: readonly Entry[];
  readonly samples: readonly CodeSample[];
};

/** The routes of one tag, and what all of them have in common. */
export type SectionView = {
  readonly id: string;
  readonly title: string;
  readonly paragraphs: readonly string[];
  readonly parameters: readonly Entry[];
  readonly answers: readonly Entry[];
  readonly operations: readonly OperationView[];
};

/** What the page shows: the document, in the order in which people read. */
export type DocsView = {
  readonly title: string;
  readonly paragraphs: readonly string[];
  readonly server: string;
  readonly security: string;
  readonly sections: readonly SectionView[];
  readonly schemas: readonly SchemaView[];
  readonly example: string;
};

export function viewDocument(document: OpenApiDocument): DocsView {
  const { info, servers, tags, components } = document;
  return {
    title: info.title,
    paragraphs: info.description.split('\n\n'),
    server: servers[0]?.url ?? '',
    security: components.securitySchemes.basic?.description ?? '',
    sections: tags.map((tag) => viewSection(document, tag)),
    schemas: Object.entries(components.schemas)
      .filter(([name]) => !name.startsWith('Parameters'))
      .map(([name, schema]) => viewSchema(name, schema, components.schemas)),
    example: JSON.stringify(findExample(document), null, 1),
  };
}

function viewSection(document: OpenApiDocument, tag: OpenApiDocument['tags'][number]): SectionView {
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const own = routes.filter(({ operation }) => operation.tags[0] === tag.name);
  const views = own.map(({ path, method, operation }) => viewOperation(document, path, method, operation));
  const parameters = shared(views.map((view) => view.parameters));
  const answers = shared(views.map((view) => view.answers));
  return {
    id: idOf(tag.name),
    title: tag.name,
    paragraphs: tag.description.split('\n\n'),
    ...{ parameters, answers },
    operations: views.map((view) => ({
      ...view,
      parameters: without(view.parameters, parameters),
      answers: without(view.answers, answers),
    })),
  };
}

/** What all of several lists have; nothing where there is only one list, which keeps its own. */
function shared([first = [], ...others]: readonly (readonly Entry[])[]): readonly Entry[] {
  if (others.length === 0) return [];
  return first.filter((entry) => others.every((list) => list.some((one) => isSame(one, entry))));
}

function without(entries: readonly Entry[], some: readonly Entry[]): readonly Entry[] {
  return entries.filter((entry) => !some.some((one) => isSame(one, entry)));
}

function isSame(one: Entry, other: Entry): boolean {
  return one.name === other.name && one.note === other.note && one.text === other.text;
}

function viewOperation(
  { components }: OpenApiDocument,
  path: string,
  method: string,
  operation: Operation,
): OperationView {
  const { operationId, summary, description = '', parameters = [], requestBody, responses } = operation;
  return {
    ...{ id: operationId, method: method.toUpperCase(), path, summary, description },
    access: accessOf(operation),
    parameters: parameters.map((parameter) => viewParameter(resolve(parameter, components.parameters))),
    body: requestBody
      ? { name: 'Body', note: Object.keys(requestBody.content).join(' or '), text: requestBody.description }
      : null,
    answers: viewAnswers(responses, components.responses),
    samples: operation['x-codeSamples'] ?? [],
  };
}

function accessOf({ security }: Operation): string {
  if (security.length === 0) return 'Public: no credentials.';
  const roles = security.map(({ basic = [] }) => basic.join());
  return `Basic credentials of the role ${roles.map((role) => `\`${role}\``).join(' or ')}.`;
}

function viewParameter({ name, in: place, schema, description }: Parameter): Entry {
  const note = [place === 'path' ? 'in the path' : '', noteOf(schema)].filter((part) => part !== '');
  return { name: name === 'movable_ink' ? 'mi_…' : name, note: note.join(', '), text: description };
}

function viewAnswers(answers: Answers, components: Readonly<Record<string, Answer>>): Entry[] {
  return Object.entries(answers).map(([status, answer]) => {
    const { description, content = {} } = resolve(answer, components);
    return { name: status, note: Object.keys(content).join(' or '), text: description };
  });
}

function findExample({ paths }: OpenApiDocument): unknown {
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  const answers = operations.map(({ responses }) => responses[200]);
  const contents = answers.flatMap((answer) =>
    answer && 'content' in answer ? Object.values(answer.content ?? {}) : [],
  );
  return contents.find(({ example }) => example !== undefined)?.example ?? null;
}
