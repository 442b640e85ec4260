import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { REASONS } from '../../src/domain/decision.ts';
import { LINK_KINDS } from '../../src/http/link-path.ts';
import { parseLinkQuery, parsePageQuery } from '../../src/http/link-query.ts';
import type { Parameter, Reference } from '../../src/http/openapi-document.ts';
import { PARAMETER_NAMES, Parameters } from '../../src/http/parameters.ts';
import { PROBLEMS } from '../../src/http/problem.ts';
import { openAmplitude } from '../support/amplitude.ts';
import { METRICS, openService } from '../support/service.ts';
import { DOCUMENT, OPERATIONS } from './openapi-answers.ts';

async function open() {
  return openService({ amplitude: await openAmplitude() });
}

/** Names of parameters in the query, by operation. */
const queryOf = (parameters: readonly Reference[] = []): string[] =>
  parameters
    .map(({ $ref }) => DOCUMENT.components.parameters[$ref.replace('#/components/parameters/', '')])
    .flatMap((parameter) => (parameter?.in === 'query' ? [parameter.name] : []));

describe('/openapi.json', () => {
  it('is the document, for everyone and for five minutes', async () => {
    const service = await open();
    const answers = [
      await service.get('/openapi.json', null),
      await service.get('/openapi.json', METRICS).set('Origin', 'https://evil.example'),
      await service.get('/OpenApi.JSON/', null).set('Sec-Fetch-Site', 'cross-site'),
    ];
    for (const { status, headers, body } of answers) {
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'public, max-age=300',
        'x-content-type-options': 'nosniff',
      });
      expect(headers).not.toHaveProperty('access-control-allow-origin');
      expect(body).toEqual(JSON.parse(JSON.stringify(DOCUMENT)));
    }
    expect((await service.send('HEAD', '/openapi.json')).status).toBe(200);
  });

  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate(JSON.parse(JSON.stringify(DOCUMENT)));
    expect(result).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('refers to nothing that is not there', () => {
    const references = JSON.stringify(DOCUMENT).matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g);
    for (const [, kind = '', name = ''] of references) {
      const components: Readonly<Record<string, object>> = DOCUMENT.components;
      expect(Object.keys(components[kind] ?? {}), kind).toContain(name);
    }
  });

  it('names every operation once, and every part of its path', () => {
    const ids = OPERATIONS.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, parameters = [] } of OPERATIONS) {
      const named = parameters
        .map(({ $ref }) => DOCUMENT.components.parameters[$ref.replace('#/components/parameters/', '')])
        .flatMap((parameter) => (parameter?.in === 'path' ? [`{${parameter.name}}`] : []));
      expect(named).toEqual(path.match(/\{\w+\}/g) ?? []);
    }
  });

  it('starts where PUBLIC_URL says', async () => {
    const settings = { PUBLIC_URL: 'https://reco.example.org/' };
    const service = await openService({ amplitude: await openAmplitude(), settings });
    const { body, text } = await service.get('/openapi.json', null);
    expect(body.servers).toEqual([{ url: 'https://reco.example.org' }]);
    expect(text).toContain('https://reco.example.org/v1/placements/YOUR-PLACEMENT.json?user_id=');
  });

  it('says nothing of the placements that are there', async () => {
    const service = await open();
    const { text } = await service.get('/openapi.json', null);
    for (const { name, title, recommendation } of service.app.placements()) {
      for (const own of [`"${name}"`, `/${name}`, title, recommendation]) expect(text).not.toContain(own);
    }
    expect(text).not.toMatch(/title_short|app_link|investing-101|plan_type/);
  });
});

describe('what /openapi.json describes', () => {
  it('is every route of the service, and no other', async () => {
    const { app } = await open();
    const routed = app.express.router.stack.flatMap(({ route }) => (route ? [String(route.path)] : []));
    const links = LINK_KINDS.map((kind) => `/${kind}`);
    const described = Object.keys(DOCUMENT.paths).map((path) =>
      links.includes(path.replace(/^(\/\w+)\/.*/, '$1'))
        ? path.replace(/^(\/\w+)\/.*/, '$1')
        : path.replace(/(\{placement\}).*$/, '$1').replace(/\{(\w+)\}/g, ':$1'),
    );
    expect([...new Set(described)].sort()).toEqual([...new Set([...routed, ...links])].sort());
  });

  it('is both methods and all forms of a placement', () => {
    const suffixes = Object.entries(DOCUMENT.paths)
      .filter(([path]) => path.startsWith('/v1/placements/'))
      .map(([path, methods]) => [path.replace('/v1/placements/{placement}', ''), Object.keys(methods)]);
    expect(Object.fromEntries(suffixes)).toEqual(
      Object.fromEntries(['', '.json', '.html', '.txt'].map((suffix) => [suffix, ['get', 'post']])),
    );
  });

  it('is every parameter that the placement routes read, in URL, form and JSON', () => {
    const read = [...PARAMETER_NAMES].sort();
    for (const { path, parameters } of OPERATIONS) {
      if (path.startsWith('/v1/placements/')) expect(queryOf(parameters).sort()).toEqual(read);
    }
    const { ParametersAsForm: form, ParametersAsJson: json } = DOCUMENT.components.schemas;
    for (const body of [form, json]) expect(Object.keys(body?.properties as object).sort()).toEqual(read);
  });

  it.each(Object.keys(Parameters.shape))(
    'says of %s what it is for, and the limits that are kept',
    (name) => {
      const { description = '', schema = {} }: Partial<Parameter> =
        DOCUMENT.components.parameters[name] ?? {};
      expect(description).toMatch(/^.{10,}\.$/);
      const accepts = (text: string): boolean =>
        Parameters.shape[name as keyof typeof Parameters.shape].safeParse(text).success;
      const { enum: choices, minimum, maximum, maxLength, default: usual } = schema;
      if (usual !== undefined) expect(accepts(String(usual))).toBe(true);
      if (Array.isArray(choices)) {
        expect([...choices, 'neither'].filter(accepts)).toEqual(choices);
      }
      if (minimum !== undefined) {
        expect([accepts(`${minimum}`), accepts(`${Number(minimum) - 1}`)]).toEqual([true, false]);
      }
      if (maximum !== undefined) {
        expect([accepts(`${maximum}`), accepts(`${Number(maximum) + 1}`)]).toEqual([true, false]);
      }
      if (maxLength !== undefined) {
        const longest = 'x'.repeat(Number(maxLength));
        expect([accepts(longest), accepts(`${longest}x`)]).toEqual([true, false]);
      }
    },
  );

  it('is every parameter that public links read', () => {
    const parsed = { ...parseLinkQuery('/go/x/1'), ...parsePageQuery('/page/x') };
    const read = Object.keys(parsed).map((name) =>
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    );
    const links = OPERATIONS.filter(({ tags: [tag] }) => tag === 'Public links');
    const described = new Set(links.flatMap(({ parameters }) => queryOf(parameters)));
    // Movable Ink's own parameters are passed on, whatever they are called behind `mi_`.
    expect([...described].sort()).toEqual([...read, 'item_index', 'movable_ink'].sort());
  });

  it('is every reason and every code of a problem', () => {
    const { Reason, ProblemCode } = DOCUMENT.components.schemas;
    const choices = (schema: unknown) => (schema as { oneOf: { const: string }[] }).oneOf;
    expect(choices(Reason).map((one) => one.const)).toEqual([...REASONS]);
    expect(choices(ProblemCode).map((one) => one.const)).toEqual(Object.keys(PROBLEMS));
  });

  it('is who may call: a role and studio, or everyone', () => {
    const roles = OPERATIONS.map(({ operationId, security }) => [
      operationId,
      security.map(({ basic = [] }) => basic.join()).join(' '),
    ]);
    const guarded = Object.fromEntries(roles.filter(([, some]) => some !== ''));
    const placements = ['', 'Json', 'Html', 'Text'].flatMap((form) => [
      [`getPlacement${form}`, 'callers studio'],
      [`postPlacement${form}`, 'callers studio'],
    ]);
    expect(guarded).toEqual({
      ...Object.fromEntries(placements),
      forgetPerson: 'studio',
      getResults: 'studio',
      getResultsCsv: 'studio',
      startPrefetch: 'studio',
      listPrefetches: 'studio',
      getPrefetch: 'studio',
      controlPrefetch: 'studio',
      prefetchUser: 'callers studio',
      getMetrics: 'metrics studio',
    });
  });
});
