import { z } from 'zod';
import type { Windows } from './domain/freshness.ts';
import { parseDuration } from './duration.ts';
import { keyVariable } from './key-variable.ts';
import {
  duration,
  isProxyList,
  json,
  type NameAndPassword,
  NO_KEY,
  namesAndPasswords,
  origins,
  publicUrl,
  requiredText,
  secretKey,
  secureUrl,
  signingKeys,
  storeUrl,
  webUrl,
  wholeNumber,
} from './setting-values.ts';

/** `start` is production; `sandbox` is `npm run demo`, with Amplitude's place taken by a server of our own. */
export type Mode = 'start' | 'sandbox';

/** Callers send messages, studio people see everything, metrics scrapers only metrics. */
export type Role = 'callers' | 'studio' | 'metrics';

export type Credential = { readonly name: string; readonly password: string; readonly role: Role };

/** One setting that cannot be used. Holds no value, since it may be a secret. */
export type SettingFault = { readonly variable: string; readonly message: string };

export type StoreSettings =
  | { readonly kind: 'memory' }
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'redis'; readonly url: string; readonly tlsVerify: boolean; readonly prefix: string };

/** Where feature flags come from; without a package, from `flags.yaml` in the templates folder. */
export type FlagSettings = {
  /** An OpenFeature provider's npm package, which must be installed, and perhaps `#` and the name of its class. */
  readonly provider: string | null;
  /** What the provider is made with. */
  readonly options: unknown;
  /** How long an answer waits for flags. */
  readonly timeoutMs: number;
};

/** Everything that the environment says, checked. */
export type Settings = {
  readonly mode: Mode;
  readonly port: number;
  readonly host: string;
  /** Origin and path of the links that go into messages, without a slash at the end. */
  readonly publicUrl: URL;
  readonly credentials: readonly Credential[];
  /** Amplitude's keys by project; null is the main one. */
  readonly secretKeys: ReadonlyMap<string | null, string>;
  /** The API keys of those projects that have one, likewise: without it, neither events nor results. */
  readonly apiKeys: ReadonlyMap<string | null, string>;
  readonly profileApiUrl: URL;
  /** Where served and clicked events go. */
  readonly eventsApiUrl: URL;
  /** The base of the Dashboard REST API. */
  readonly dashboardApiUrl: URL;
  /** For the whole answer. */
  readonly answerDeadlineMs: number;
  /** How long what Amplitude said is used, where a placement does not say otherwise. */
  readonly windows: Windows;
  /** Profile API calls in any 60 s, of all replicas and projects. */
  readonly budgetPerMinute: number;
  /** How many replicas divide the budget while they cannot talk. */
  readonly replicas: number;
  readonly store: StoreSettings;
  readonly memoryCacheBytes: number;
  /** Where a link leads when nothing better is known. */
  readonly fallbackUrl: string;
  /** What public links are sealed with, newest first; older ones still open what they sealed. */
  readonly linkSigningKeys: readonly string[];
  /** How long pins live. */
  readonly pinForMs: number;
  /** Origins of other sites whose pages may call the placement routes. */
  readonly corsOrigins: readonly string[];
  readonly templatesDir: string;
  /** The `CONTENT_…` variables. */
  readonly contentVariables: ReadonlyMap<string, string>;
  readonly flags: FlagSettings;
  readonly logLevel: string;
  /** Express's `trust proxy`: how many proxies stand in front, or their addresses; false for none. */
  readonly trustProxy: number | string | false;
};

type Environment = Readonly<Record<string, string | undefined>>;

const HOUR_MS = 3_600_000;
const DEFAULT_AGES = { FRESH: 6 * HOUR_MS, STALE: 24 * HOUR_MS, STALE_IF_ERROR: 7 * 24 * HOUR_MS };
const MAX_AGE_MS = 90 * 24 * HOUR_MS;
const MIN_PASSWORD_LENGTH = 16;
const MIN_PASSWORD_CHARACTERS = 6;

/** Reads all settings. Every fault is found in one run. */
export function parseSettings(
  env: Environment,
  mode: Mode,
): { settings: Settings } | { faults: SettingFault[] } {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()));
  const parsed = createSchema(mode).safeParse(given);
  const projects = readProjects(given);
  const faults = [...projects.faults];
  if (!parsed.success) {
    faults.push(
      ...parsed.error.issues.map(({ path, message }) => ({ variable: path.map(String).join('.'), message })),
    );
  }
  if (mode === 'start') faults.push(...findWeakCredentials(given), ...findEphemeralStore(given));
  faults.push(...findWrongOrder(given), ...findSameKeys(given));
  if (!parsed.success || faults.length > 0) return { faults };
  const { data } = parsed;
  return {
    settings: {
      mode,
      port: data.PORT,
      host: data.HOST,
      publicUrl: data.PUBLIC_URL ?? new URL(`http://127.0.0.1:${data.PORT}`),
      credentials: [
        ...withRole(data.CALLER_CREDENTIALS, 'callers'),
        ...withRole(data.STUDIO_CREDENTIALS, 'studio'),
        ...withRole(data.METRICS_CREDENTIALS, 'metrics'),
      ],
      secretKeys: new Map([[null, data.AMPLITUDE_SECRET_KEY], ...projects.secretKeys]),
      apiKeys: new Map([
        ...(data.AMPLITUDE_API_KEY === undefined ? [] : [[null, data.AMPLITUDE_API_KEY] as const]),
        ...projects.apiKeys,
      ]),
      profileApiUrl: data.PROFILE_API_URL,
      dashboardApiUrl: data.DASHBOARD_API_URL,
      eventsApiUrl: data.EVENTS_API_URL,
      answerDeadlineMs: data.ANSWER_DEADLINE,
      windows: { freshMs: data.FRESH, staleMs: data.STALE, staleIfErrorMs: data.STALE_IF_ERROR },
      budgetPerMinute: data.PROFILE_BUDGET_PER_MINUTE,
      replicas: data.REPLICAS,
      store: parseStoreUrl(data),
      memoryCacheBytes: data.MEMORY_CACHE_MB * 1_048_576,
      fallbackUrl: data.FALLBACK_URL,
      linkSigningKeys: data.LINK_SIGNING_KEYS,
      pinForMs: data.PIN_FOR,
      corsOrigins: data.CORS_ORIGINS,
      templatesDir: data.TEMPLATES_DIR,
      contentVariables: new Map(
        Object.entries(env).flatMap(([name, value]) =>
          name.startsWith('CONTENT_') && value !== undefined ? [[name, value]] : [],
        ),
      ),
      flags: {
        provider: data.FLAG_PROVIDER ?? null,
        options: data.FLAG_PROVIDER_OPTIONS,
        timeoutMs: data.FLAG_TIMEOUT,
      },
      logLevel: data.LOG_LEVEL,
      trustProxy: data.TRUST_PROXY,
    },
  };
}

function createSchema(mode: Mode) {
  const isStart = mode === 'start';
  return z.object({
    PORT: wholeNumber(0, 65_535).default(3_000),
    HOST: z.string().default(isStart ? '0.0.0.0' : '127.0.0.1'),
    PUBLIC_URL: isStart
      ? requiredText('the address that recipients reach, such as https://inlay.example.com').pipe(publicUrl)
      : publicUrl.optional(),
    FALLBACK_URL: isStart
      ? requiredText('where a link leads when nothing better is known, such as https://www.example.com').pipe(
          webUrl,
        )
      : webUrl.default('https://www.example.com/'),
    LINK_SIGNING_KEYS: isStart
      ? requiredText('a secret of 32 random characters, as of openssl rand -hex 16').pipe(signingKeys)
      : signingKeys.default(['sandbox-link-signing-key']),
    PIN_FOR: duration(60_000, 400 * 24 * HOUR_MS).default(30 * 24 * HOUR_MS),
    CORS_ORIGINS: origins.default([]),
    CALLER_CREDENTIALS: requiredText('name:password pairs separated by white space').pipe(namesAndPasswords),
    STUDIO_CREDENTIALS: namesAndPasswords.default([]),
    METRICS_CREDENTIALS: namesAndPasswords.default([]),
    AMPLITUDE_SECRET_KEY: requiredText('the secret key of the Amplitude project').pipe(secretKey),
    AMPLITUDE_API_KEY: secretKey.optional(),
    EVENTS_API_URL: secureUrl.default(new URL('https://api2.amplitude.com/2/httpapi')),
    PROFILE_API_URL: secureUrl.default(new URL('https://profile-api.amplitude.com/v1/userprofile')),
    DASHBOARD_API_URL: secureUrl.default(new URL('https://amplitude.com/api/2')),
    ANSWER_DEADLINE: duration(50, 1_900).default(800),
    FRESH: duration(1_000, MAX_AGE_MS).default(DEFAULT_AGES.FRESH),
    STALE: duration(1_000, MAX_AGE_MS).default(DEFAULT_AGES.STALE),
    STALE_IF_ERROR: duration(1_000, MAX_AGE_MS).default(DEFAULT_AGES.STALE_IF_ERROR),
    PROFILE_BUDGET_PER_MINUTE: wholeNumber(1, 1_000_000).default(600),
    REPLICAS: wholeNumber(1, 1_000).default(1),
    REDIS_URL: storeUrl.default('sqlite:var/inlay.db'),
    STORE_URL: storeUrl.optional(),
    STORE_TLS_VERIFY: z.enum(['true', 'false'], 'must be true or false').default('true'),
    STORE_PREFIX: z
      .string()
      .regex(/^[\w:.-]{1,64}$/, 'must be letters, digits and : . _ -')
      .default('inlay:'),
    MEMORY_CACHE_MB: wholeNumber(1, 1_048_576).default(defaultCacheMb()),
    TEMPLATES_DIR: z.string().default('templates'),
    FLAG_PROVIDER: z
      .string()
      .regex(/^[^#\s]+(#\w+)?$/, 'must be the name of an npm package, and perhaps # and that of its class')
      .optional(),
    FLAG_PROVIDER_OPTIONS: json.optional(),
    FLAG_TIMEOUT: duration(5, 1_000).default(50),
    LOG_LEVEL: z
      .enum(
        ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
        'must be debug, info, warn, error or silent',
      )
      .default('info'),
    TRUST_PROXY: z
      .string()
      .refine(isProxyList, 'must be a number of proxies, or their addresses separated by commas')
      .transform((text) => (/^\d+$/.test(text) ? Number(text) : text))
      .default('')
      .transform((value) => (value === '' ? false : value)),
  });
}

type StoreVariables = {
  readonly STORE_URL?: string | undefined;
  readonly REDIS_URL: string;
  readonly STORE_TLS_VERIFY: string;
  readonly STORE_PREFIX: string;
};

function parseStoreUrl(data: StoreVariables): StoreSettings {
  const url = data.STORE_URL ?? data.REDIS_URL;
  if (url === 'memory:') return { kind: 'memory' };
  if (url.startsWith('sqlite:')) return { kind: 'sqlite', path: url.slice('sqlite:'.length) };
  return { kind: 'redis', url, tlsVerify: data.STORE_TLS_VERIFY === 'true', prefix: data.STORE_PREFIX };
}

/** Where the platform wipes the disk, a file forgets at each restart what the budget and the pins rely on. */
function findEphemeralStore(given: Environment): SettingFault[] {
  const url = given.STORE_URL ?? given.REDIS_URL ?? 'sqlite:';
  const platform = ['DYNO', 'KUBERNETES_SERVICE_HOST'].find((variable) => given[variable] !== undefined);
  if (!url.startsWith('sqlite:') || platform === undefined || given.EPHEMERAL_STORE === 'accept') return [];
  const message = `is a file, and the platform (${platform} is set) may wipe its disk: use redis://…, or set EPHEMERAL_STORE=accept`;
  return [{ variable: 'STORE_URL', message }];
}

/** Total ages: each must reach at least as far as the one before. */
function findWrongOrder(given: Environment): SettingFault[] {
  const faults: SettingFault[] = [];
  const variables = ['FRESH', 'STALE', 'STALE_IF_ERROR'] as const;
  const ages = variables.map((variable) => parseDuration(given[variable] ?? '') ?? DEFAULT_AGES[variable]);
  for (const [index, variable] of variables.entries()) {
    const before = variables[index - 1];
    if (before && (ages[index] ?? 0) < (ages[index - 1] ?? 0)) {
      faults.push({ variable, message: `must not be shorter than ${before}` });
    }
  }
  return faults;
}

function withRole(pairs: readonly NameAndPassword[], role: Role): Credential[] {
  return pairs.map((pair) => ({ ...pair, role }));
}

function findWeakCredentials(given: Environment): SettingFault[] {
  return ['CALLER_CREDENTIALS', 'STUDIO_CREDENTIALS', 'METRICS_CREDENTIALS'].flatMap((variable) => {
    const pairs = namesAndPasswords.safeParse(given[variable] ?? '').data ?? [];
    return pairs.filter(isWeak).map(({ name }) => ({
      variable,
      message: `has a weak password for "${name}": use at least ${MIN_PASSWORD_LENGTH} random characters, as of openssl rand -hex 16`,
    }));
  });
}

function isWeak({ name, password }: NameAndPassword): boolean {
  return (
    password.length < MIN_PASSWORD_LENGTH ||
    new Set(password).size < MIN_PASSWORD_CHARACTERS ||
    /^(change|replace|password|secret|example)/i.test(password) ||
    (name.length > 3 && password.toLowerCase().includes(name.toLowerCase()))
  );
}

/** A key in the place of the other would be refused by Amplitude, long after the start. */
function findSameKeys(given: Environment): SettingFault[] {
  return Object.keys(given).flatMap((variable) => {
    const secret = variable.replace(/^AMPLITUDE_API_KEY(?=$|_)/, 'AMPLITUDE_SECRET_KEY');
    const isSame = secret !== variable && given[secret] === given[variable];
    return isSame ? [{ variable, message: `must not be the same as ${secret}` }] : [];
  });
}

type ProjectKeys = {
  readonly faults: readonly SettingFault[];
  readonly secretKeys: ReadonlyMap<string, string>;
  readonly apiKeys: ReadonlyMap<string, string>;
};

function readProjects(given: Environment): ProjectKeys {
  const faults: SettingFault[] = [];
  const secretKeys = new Map<string, string>();
  const apiKeys = new Map<string, string>();
  for (const project of given.AMPLITUDE_PROJECTS?.trim().split(/[\s,]+/) ?? []) {
    const variable = keyVariable('SECRET_KEY', project);
    const key = secretKey.safeParse(given[variable]);
    const apiVariable = keyVariable('API_KEY', project);
    const apiKey = secretKey.optional().safeParse(given[apiVariable]);
    if (!apiKey.success) faults.push({ variable: apiVariable, message: NO_KEY });
    else if (apiKey.data !== undefined) apiKeys.set(project, apiKey.data);
    if (!/^[a-z][a-z0-9-]*$/.test(project)) {
      faults.push({
        variable: 'AMPLITUDE_PROJECTS',
        message: 'must be lower-case names separated by white space',
      });
    } else if (given[variable] === undefined) {
      faults.push({ variable, message: `is required: the secret key of the project ${project}` });
    } else if (!key.success) {
      faults.push({ variable, message: NO_KEY });
    } else {
      secretKeys.set(project, key.data);
    }
  }
  return { faults, secretKeys, apiKeys };
}

/** A quarter of the memory there is, within what V8 will give. */
function defaultCacheMb(): number {
  const bytes = Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, process.availableMemory());
  return Math.max(16, Math.min(1_024, Math.floor(bytes / 4 / 1_048_576)));
}
