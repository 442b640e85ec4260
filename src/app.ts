import { resolve } from 'node:path';
import express, { type Express } from 'express';
import type { Logger } from 'pino';
import { Agent, type Dispatcher } from 'undici';
import { createAnswer } from './answer.ts';
import { loadFileSource } from './content/file.ts';
import type { Placement } from './domain/placement.ts';
import type { TraitRequest } from './domain/profile.ts';
import { createAuthorize } from './http/access.ts';
import { createFindCaller } from './http/credentials.ts';
import { createReadyRoute, live, type Readiness } from './http/health.ts';
import { createPlacementRoute, type ServedPlacement } from './http/placements.ts';
import { createProblemHandler, Problem } from './http/problem.ts';
import { readTemplatesFolder } from './placements/folder.ts';
import type { Fault } from './placements/yaml.ts';
import { createAmplitude } from './profile/amplitude.ts';
import { createLookup } from './profile/lookup.ts';
import { createJsonRenderer } from './render/flat-json.ts';
import { checkSource, compileTemplate } from './render/template.ts';
import type { Settings } from './settings.ts';

/** What a test, or the sandbox, puts in the place of the real thing. */
export type Overrides = {
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  readonly dispatcher?: Dispatcher;
};

export type App = {
  readonly express: Express;
  readonly placements: readonly Placement[];
  /** The items that a recommendation can choose from, as far as they are known; what the sandbox recommends. */
  readonly itemIds: (recommendation: string) => readonly string[];
  /** For `/readyz`; ready from the start, until someone says otherwise. */
  readonly readiness: Readiness;
  /** Frees everything that was made here. */
  readonly close: () => Promise<void>;
};

/** The templates folder cannot be used. All of its faults. */
export class TemplatesError extends Error {
  override readonly name = 'TemplatesError';
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(`${faults.length} faults in the templates folder`);
    this.faults = faults;
  }
}

/** Half a second to connect is already most of an answer's time. */
const CONNECT_TIMEOUT_MS = 700;
const MAX_CONNECTIONS = 64;

/** Joins the parts. The only place that makes clients, pools and caches; it never listens. Throws a `TemplatesError`. */
export function createApp(settings: Settings, overrides: Overrides): App {
  const { log, now = () => performance.now() } = overrides;
  const dispatcher =
    overrides.dispatcher ??
    new Agent({ connections: MAX_CONNECTIONS, connect: { timeout: CONNECT_TIMEOUT_MS }, pipelining: 1 });

  const { placements, testPeople } = loadTemplates(settings, log);
  const all = [...new Set(placements.values())].map(({ placement }) => placement);
  const lookUp = createLookup({
    fetchProfile: createAmplitude({
      url: settings.profileApiUrl,
      secretKeys: settings.secretKeys,
      dispatcher,
    }),
    freshMs: settings.freshMs,
    cacheBytes: settings.memoryCacheBytes,
    now,
  });
  const answer = createAnswer({ lookUp, traitsFor: joinTraits(all) });
  const readiness: Readiness = { ready: true };

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.set('trust proxy', settings.trustProxy);
  app.all(
    '/v1/placements/:placement',
    createPlacementRoute({
      authorize: createAuthorize(createFindCaller(settings.credentials)),
      ownOrigin: settings.publicUrl.origin,
      findPlacement: (name) => placements.get(name) ?? null,
      findTestPerson: (id) => testPeople.get(id) ?? null,
      answer,
      deadlineMs: settings.answerDeadlineMs,
      now,
      log,
    }),
  );
  app.get('/livez', live);
  app.get('/readyz', createReadyRoute(readiness));
  app.use(() => {
    throw new Problem('not_found', 'The routes are /v1/placements/{placement}, /livez and /readyz.');
  });
  app.use(createProblemHandler(log));

  return {
    express: app,
    placements: all,
    itemIds: (recommendation) =>
      [...placements.values()].find(({ placement }) => placement.recommendation === recommendation)
        ?.itemIds ?? [],
    readiness,
    close: () => dispatcher.close(),
  };
}

function loadTemplates(settings: Settings, log: Logger) {
  const result = readTemplatesFolder(resolve(settings.templatesDir), {
    openSource: ({ path, ...declaration }, folder) => {
      const source = loadFileSource({ ...declaration, path: resolve(folder, path) });
      for (const { line, message } of source.faults) log.warn({ file: path, line }, `content row ${message}`);
      return source;
    },
    checkPartial: checkSource,
    compileTemplate,
    projects: [...settings.secretKeys.keys()].filter((project) => project !== null),
  });
  if ('faults' in result) throw new TemplatesError(result.faults);
  const { placements, testPeople } = result.folder;
  const served = new Map<string, ServedPlacement & { itemIds: readonly string[] }>();
  for (const [name, prepared] of placements) {
    const renderJson = createJsonRenderer(prepared.placement, prepared.source.shape);
    served.set(name, { ...prepared, renderJson, itemIds: prepared.source.ids });
  }
  return { placements: served, testPeople };
}

/** What all placements together ask along with each recommendation of each project. */
function joinTraits(placements: readonly Placement[]): (placement: Placement) => TraitRequest {
  const joined = new Map<string, TraitRequest>();
  const keyOf = ({ project, recommendation }: Placement): string => `${project ?? ''}\n${recommendation}`;
  for (const placement of placements) {
    const { properties, cohorts, predictions } = placement.profile;
    const other = joined.get(keyOf(placement)) ?? { properties: [], cohorts: [], predictions: [] };
    joined.set(keyOf(placement), {
      properties: [...new Set([...other.properties, ...properties])],
      cohorts: [...new Set([...other.cohorts, ...cohorts])],
      predictions: [...new Set([...other.predictions, ...predictions])],
    });
  }
  return (placement) => joined.get(keyOf(placement)) ?? placement.profile;
}
