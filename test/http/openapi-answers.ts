import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Response } from 'supertest';
import { expect } from 'vitest';
import { createOpenApi } from '../../src/http/openapi.ts';
import type { Answer, Operation } from '../../src/http/openapi-document.ts';

/** The document that the service of the tests has. */
export const DOCUMENT = createOpenApi(new URL('https://inlay.example.com'));

/** Every operation, with its path. */
export const OPERATIONS: readonly (Operation & { readonly path: string })[] = Object.entries(
  DOCUMENT.paths,
).flatMap(([path, methods]) => Object.values(methods).map((operation) => ({ ...operation, path })));

const ajv = new Ajv2020({ strict: false, allErrors: true }).addSchema({ ...DOCUMENT }, 'inlay');

/** What is wrong with a value, by a schema of the document. */
function faultsOf(schema: object, value: unknown): unknown {
  // References start at the document, also from schemas within it.
  const text = JSON.stringify(schema).replaceAll('"#/', '"inlay#/');
  const validate = ajv.compile(JSON.parse(text));
  validate(value);
  return validate.errors ?? [];
}

/** Asserts that an answer is one that the operation may give: its status, headers, kind and body. */
export function expectDocumented(operationId: string, response: Response): void {
  const operation = OPERATIONS.find((one) => one.operationId === operationId);
  const answer = operation?.responses[response.status] ?? operation?.responses.default;
  expect(answer, `${operationId} ${response.status}`).toBeDefined();
  const { content, headers = {} } = resolve(answer as object);
  const required = Object.keys(headers).filter((name) => !['Cache-Status', 'Server-Timing'].includes(name));
  for (const name of required) expect(Object.keys(response.headers)).toContain(name.toLowerCase());
  const type = response.headers['content-type']?.split(';')[0] ?? '';
  expect(content === undefined ? [''] : Object.keys(content)).toContain(type);
  const body = type.endsWith('json') ? JSON.parse(response.text) : (response.text ?? '');
  expect(faultsOf(content?.[type]?.schema ?? {}, body)).toEqual([]);
}

function resolve(answer: object): Answer {
  const name = '$ref' in answer ? String(answer.$ref).replace('#/components/responses/', '') : null;
  return (name === null ? answer : DOCUMENT.components.responses[name]) as Answer;
}
