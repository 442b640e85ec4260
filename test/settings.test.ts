import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SANDBOX_ENVIRONMENT } from '../src/sandbox/demo.ts';
import { type Mode, parseSettings, type SettingFault, type Settings } from '../src/settings.ts';

const PASSWORD = '3f9c1b7e5d2a8046c1e7';
const OTHER_PASSWORD = '9b2e4c6a8d0f1357e9b2';
const HOUR_MS = 3_600_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** What production needs, and nothing else. */
const NEEDED: Environment = {
  PUBLIC_URL: 'https://inlay.example.com',
  FALLBACK_URL: 'https://shop.example.com',
  LINK_SIGNING_KEYS: '0f1e2d3c4b5a69788796a5b4c3d2e1f0',
  CALLER_CREDENTIALS: `braze:${PASSWORD}`,
  AMPLITUDE_SECRET_KEY: 'amplitude-secret-key',
};

function settingsOf(change: Environment = {}, mode: Mode = 'start'): Settings {
  const result = parseSettings({ ...NEEDED, ...change }, mode);
  if ('settings' in result) return result.settings;
  throw new Error(`expected no fault: ${JSON.stringify(result.faults)}`);
}

function faultsOf(change: Environment, mode: Mode = 'start'): SettingFault[] {
  const result = parseSettings({ ...NEEDED, ...change }, mode);
  return 'faults' in result ? result.faults : [];
}

const variablesOf = (faults: readonly SettingFault[]): string[] => [
  ...new Set(faults.map(({ variable }) => variable)),
];

describe('what production needs', () => {
  it('is enough', () => {
    expect(faultsOf({})).toEqual([]);
  });

  it.each(['PUBLIC_URL', 'CALLER_CREDENTIALS', 'AMPLITUDE_SECRET_KEY'])(
    '%s is missed when it is not there',
    (variable) => {
      for (const value of [undefined, '', '  ']) {
        expect(faultsOf({ [variable]: value })).toEqual([
          { variable, message: expect.stringMatching(/is required/) },
        ]);
      }
    },
  );
});

describe('what the demo needs', () => {
  it('is nothing but what it brings', () => {
    expect(parseSettings(SANDBOX_ENVIRONMENT, 'sandbox')).toHaveProperty('settings.mode', 'sandbox');
  });

  it('is not enough for production', () => {
    expect('faults' in parseSettings(SANDBOX_ENVIRONMENT, 'start')).toBe(true);
  });

  it('is answered on this machine alone, at an address that follows the port', () => {
    const settings = settingsOf({ PUBLIC_URL: undefined, PORT: '8080' }, 'sandbox');
    expect([settings.host, settings.publicUrl.origin]).toEqual(['127.0.0.1', 'http://127.0.0.1:8080']);
  });
});

describe('defaults', () => {
  it('are those of the contract', () => {
    expect(settingsOf()).toMatchObject({
      mode: 'start',
      port: 3000,
      host: '0.0.0.0',
      answerDeadlineMs: 800,
      windows: { freshMs: 6 * HOUR_MS, staleMs: 24 * HOUR_MS, staleIfErrorMs: 7 * 24 * HOUR_MS },
      budgetPerMinute: 600,
      replicas: 1,
      store: { kind: 'sqlite', path: 'var/inlay.db' },
      templatesDir: 'templates',
      logLevel: 'info',
      trustProxy: false,
    });
    expect(settingsOf().profileApiUrl.href).toBe('https://profile-api.amplitude.com/v1/userprofile');
    expect(settingsOf().dashboardApiUrl.href).toBe('https://amplitude.com/api/2');
    expect(settingsOf().eventsApiUrl.href).toBe('https://api2.amplitude.com/2/httpapi');
    expect([...settingsOf().secretKeys]).toEqual([[null, 'amplitude-secret-key']]);
    expect([...settingsOf().apiKeys]).toEqual([]);
    expect(settingsOf().credentials).toEqual([{ name: 'braze', password: PASSWORD, role: 'callers' }]);
  });

  it('hold for what is blank', () => {
    expect(settingsOf({ PORT: '', HOST: '  ', FRESH: '', LOG_LEVEL: '', STORE_URL: '' })).toEqual(
      settingsOf(),
    );
  });

  it('give the cache at most a quarter of the memory there is', () => {
    const { memoryCacheBytes } = settingsOf();
    const memory = process.constrainedMemory() || process.availableMemory();
    expect(memoryCacheBytes).toBeGreaterThanOrEqual(16 * 1_048_576);
    expect(memoryCacheBytes).toBeLessThanOrEqual(Math.max(16 * 1_048_576, memory / 4));
  });
});

describe('values', () => {
  it.each<[string, string, Partial<Settings> | object]>([
    ['PORT', '8080', { port: 8080 }],
    ['PORT', '0', { port: 0 }],
    ['HOST', '::1', { host: '::1' }],
    ['ANSWER_DEADLINE', '500ms', { answerDeadlineMs: 500 }],
    ['ANSWER_DEADLINE', '1s', { answerDeadlineMs: 1_000 }],
    [
      'FRESH',
      '30m',
      { windows: { freshMs: 1_800_000, staleMs: 24 * HOUR_MS, staleIfErrorMs: 168 * HOUR_MS } },
    ],
    [
      'STALE',
      '12h',
      { windows: { freshMs: 6 * HOUR_MS, staleMs: 12 * HOUR_MS, staleIfErrorMs: 168 * HOUR_MS } },
    ],
    ['STALE_IF_ERROR', '30d', { windows: { staleIfErrorMs: 720 * HOUR_MS } }],
    ['PROFILE_BUDGET_PER_MINUTE', '1200', { budgetPerMinute: 1200 }],
    ['REPLICAS', '3', { replicas: 3 }],
    ['STORE_URL', 'memory:', { store: { kind: 'memory' } }],
    ['STORE_URL', 'sqlite:/data/inlay.db', { store: { kind: 'sqlite', path: '/data/inlay.db' } }],
    [
      'STORE_URL',
      'redis://r:6379/1',
      { store: { kind: 'redis', url: 'redis://r:6379/1', tlsVerify: true, prefix: 'inlay:' } },
    ],
    ['REDIS_URL', 'rediss://:pw@r', { store: { kind: 'redis', url: 'rediss://:pw@r' } }],
    ['MEMORY_CACHE_MB', '64', { memoryCacheBytes: 64 * 1_048_576 }],
    ['TEMPLATES_DIR', '/srv/templates', { templatesDir: '/srv/templates' }],
    ['LOG_LEVEL', 'debug', { logLevel: 'debug' }],
    ['TRUST_PROXY', '2', { trustProxy: 2 }],
    ['TRUST_PROXY', 'loopback', { trustProxy: 'loopback' }],
    ['TRUST_PROXY', '10.0.0.0/8, 127.0.0.1', { trustProxy: '10.0.0.0/8, 127.0.0.1' }],
  ])('%s=%s', (variable, value, expected) => {
    expect(settingsOf({ [variable]: value })).toMatchObject(expected);
  });

  it('of the store go together', () => {
    const change = {
      REDIS_URL: 'redis://a',
      STORE_URL: 'redis://b',
      STORE_TLS_VERIFY: 'false',
      STORE_PREFIX: 'x:',
    };
    expect(settingsOf(change).store).toEqual({
      kind: 'redis',
      url: 'redis://b',
      tlsVerify: false,
      prefix: 'x:',
    });
  });
});

describe('what cannot be used', () => {
  it.each<[string, string, RegExp]>([
    ['PORT', 'http', /whole number from 0 to 65535/],
    ['PORT', '65536', /65535/],
    ['PORT', '-1', /whole number/],
    ['PORT', '80.5', /whole number/],
    ['PORT', '0x50', /whole number/],
    ['PUBLIC_URL', 'inlay.example.com', /https URL/],
    ['PUBLIC_URL', 'http://inlay.example.com', /https URL/],
    ['PUBLIC_URL', 'ftp://inlay.example.com', /https URL/],
    ['PROFILE_API_URL', 'http://profile-api.amplitude.com/v1/userprofile', /https URL/],
    ['PROFILE_API_URL', 'profile-api.amplitude.com', /https URL/],
    ['ANSWER_DEADLINE', '800', /800ms/],
    ['ANSWER_DEADLINE', '0.8s', /800ms/],
    ['ANSWER_DEADLINE', 'soon', /800ms/],
    ['ANSWER_DEADLINE', '2s', /1900ms/],
    ['ANSWER_DEADLINE', '10ms', /50ms/],
    ['FRESH', '6 hours', /6h/],
    ['FRESH', '0s', /1000ms/],
    ['FRESH', '-6h', /6h/],
    ['STALE', '1day', /30d/],
    ['STALE_IF_ERROR', '1w', /30d/],
    ['STALE', '1h', /FRESH/],
    ['STALE_IF_ERROR', '12h', /STALE/],
    ['PROFILE_BUDGET_PER_MINUTE', '0', /whole number from 1/],
    ['PROFILE_BUDGET_PER_MINUTE', '10/s', /whole number/],
    ['REPLICAS', '0', /whole number from 1/],
    ['STORE_URL', 'postgres://db', /redis:\/\/.*sqlite:.*memory:/],
    ['STORE_URL', 'sqlite:', /sqlite:/],
    ['STORE_URL', 'redis://', /redis:\/\//],
    ['STORE_URL', 'redis://cache:port', /redis:\/\//],
    ['REDIS_URL', 'cache.example.com', /redis:\/\//],
    ['STORE_TLS_VERIFY', 'no', /true or false/],
    ['STORE_PREFIX', 'a b', /letters/],
    ['MEMORY_CACHE_MB', '0', /whole number from 1/],
    ['MEMORY_CACHE_MB', '64MB', /whole number/],
    ['LOG_LEVEL', 'verbose', /debug, info, warn/],
    ['LOG_LEVEL', 'INFO', /debug, info, warn/],
    ['TRUST_PROXY', 'yes', /proxies|addresses|number/],
    ['TRUST_PROXY', '10.0.0.0/99', /proxies|addresses|number/],
    ['CALLER_CREDENTIALS', 'braze', /name:password/],
    ['CALLER_CREDENTIALS', `:${PASSWORD}`, /name:password/],
    ['CALLER_CREDENTIALS', 'braze:', /name:password/],
    ['CALLER_CREDENTIALS', `braze:${PASSWORD} movable`, /name:password/],
    ['STUDIO_CREDENTIALS', 'anna', /name:password/],
    ['METRICS_CREDENTIALS', 'prometheus', /name:password/],
    ['AMPLITUDE_SECRET_KEY', 'two words', /printable ASCII without white space/],
    ['AMPLITUDE_SECRET_KEY', 'schlüssel', /printable ASCII/],
    ['AMPLITUDE_API_KEY', 'two words', /printable ASCII/],
    ['EVENTS_API_URL', 'http://api2.amplitude.com/2/httpapi', /https URL/],
    ['AMPLITUDE_PROJECTS', 'Shop', /lower-case/],
    ['AMPLITUDE_PROJECTS', '1shop', /lower-case/],
  ])('%s=%s', (variable, value, message) => {
    const faults = faultsOf({ [variable]: value });
    expect(faults).toEqual([{ variable: expect.any(String), message: expect.stringMatching(message) }]);
    expect([variable, 'STORE_URL']).toContain(faults[0]?.variable);
  });

  it('is all reported in one run', () => {
    const faults = faultsOf({
      PORT: 'x',
      PUBLIC_URL: undefined,
      CALLER_CREDENTIALS: 'braze:short',
      STUDIO_CREDENTIALS: 'anna',
      AMPLITUDE_SECRET_KEY: 'two words',
      AMPLITUDE_PROJECTS: 'shop news',
      AMPLITUDE_SECRET_KEY_SHOP: 'k',
      FRESH: '48h',
      REPLICAS: 'many',
      LOG_LEVEL: 'loud',
      STORE_TLS_VERIFY: 'perhaps',
      DYNO: 'web.1',
    });
    expect(variablesOf(faults).sort()).toEqual(
      [
        'PORT',
        'PUBLIC_URL',
        'CALLER_CREDENTIALS',
        'STUDIO_CREDENTIALS',
        'AMPLITUDE_SECRET_KEY',
        'AMPLITUDE_SECRET_KEY_NEWS',
        'STALE',
        'REPLICAS',
        'LOG_LEVEL',
        'STORE_TLS_VERIFY',
        'STORE_URL',
      ].sort(),
    );
  });
});

describe('plain http', () => {
  it.each(['http://127.0.0.1:4000/v1', 'http://localhost/v1', 'http://[::1]:9/v1', 'http://127.1.2.3/v1'])(
    'is for this machine: %s',
    (url) => {
      expect(settingsOf({ PROFILE_API_URL: url }).profileApiUrl.href).toBe(url);
      expect(faultsOf({ PUBLIC_URL: url })).toEqual([]);
    },
  );

  it.each([
    'http://127.0.0.1.evil.example/v1',
    'http://localhost.evil.example/v1',
    'http://127.0.0.1@evil.example/v1',
    'http://0.0.0.0/v1',
    'http://10.0.0.1/v1',
    'http://[::2]/v1',
  ])('is not for %s', (url) => {
    const urls = { DASHBOARD_API_URL: url, PROFILE_API_URL: url, PUBLIC_URL: url };
    expect(variablesOf(faultsOf(urls)).sort()).toEqual(Object.keys(urls));
  });
});

describe('PUBLIC_URL', () => {
  it('may have a path', () => {
    const { publicUrl } = settingsOf({ PUBLIC_URL: 'https://example.com/inlay' });
    expect([publicUrl.origin, publicUrl.pathname]).toEqual(['https://example.com', '/inlay']);
  });

  it.each([
    'https://anna:pw@inlay.example.com',
    'https://inlay.example.com/?a=1',
    'https://inlay.example.com/#a',
  ])('cannot be %s, since every link in every message begins with it', (url) => {
    expect(variablesOf(faultsOf({ PUBLIC_URL: url }))).toEqual(['PUBLIC_URL']);
  });
});

describe('credentials', () => {
  it('are pairs separated by white space of any kind, each with its role', () => {
    expect(
      settingsOf({
        CALLER_CREDENTIALS: `  braze:${PASSWORD}\n\tmovable:${OTHER_PASSWORD} `,
        STUDIO_CREDENTIALS: `anna:${PASSWORD}x`,
        METRICS_CREDENTIALS: `prometheus:${PASSWORD}y`,
      }).credentials,
    ).toEqual([
      { name: 'braze', password: PASSWORD, role: 'callers' },
      { name: 'movable', password: OTHER_PASSWORD, role: 'callers' },
      { name: 'anna', password: `${PASSWORD}x`, role: 'studio' },
      { name: 'prometheus', password: `${PASSWORD}y`, role: 'metrics' },
    ]);
  });

  it('may name the same caller twice, which is a rotation', () => {
    const { credentials } = settingsOf({ CALLER_CREDENTIALS: `braze:${PASSWORD} braze:${OTHER_PASSWORD}` });
    expect(credentials.map(({ name, password }) => [name, password])).toEqual([
      ['braze', PASSWORD],
      ['braze', OTHER_PASSWORD],
    ]);
  });

  it('may have a password with colons', () => {
    const password = `${PASSWORD}:a:b`;
    expect(settingsOf({ CALLER_CREDENTIALS: `braze:${password}` }).credentials[0]?.password).toBe(password);
  });

  it.each([
    ['short', 'a1b2c3d4e5f6g7h'],
    ['of few characters', 'aaaaaaaaaaaaaaaaaaaaaaaa'],
    ['of two characters', 'abababababababababababab'],
    ['a placeholder', 'change-me-please-now-1'],
    ['a word for itself', 'password12345678901'],
    ['an example', 'example-abcdefghijkl'],
    ['about its name', 'braze-2026-abcdefghi'],
  ])('that are weak (%s) are refused in production and taken in the demo', (_case, password) => {
    for (const variable of ['CALLER_CREDENTIALS', 'STUDIO_CREDENTIALS', 'METRICS_CREDENTIALS']) {
      const faults = faultsOf({ [variable]: `braze:${password}` });
      expect(faults).toEqual([{ variable, message: expect.stringMatching(/weak.*"braze".*16/) }]);
      expect(faultsOf({ [variable]: `braze:${password}` }, 'sandbox')).toEqual([]);
    }
  });

  it('that are random are never refused for a short name', () => {
    for (const name of ['a', '3f', 'e7']) {
      expect(faultsOf({ CALLER_CREDENTIALS: `${name}:${PASSWORD}` }), name).toEqual([]);
    }
  });

  it('each weak one is named', () => {
    const faults = faultsOf({ CALLER_CREDENTIALS: 'braze:1 movable:2' });
    expect(faults.map(({ message }) => /"(\w+)"/.exec(message)?.[1])).toEqual(['braze', 'movable']);
  });
});

describe('projects', () => {
  const PROJECTS = {
    AMPLITUDE_PROJECTS: 'shop news-desk',
    AMPLITUDE_SECRET_KEY_SHOP: 'key-of-shop',
    AMPLITUDE_SECRET_KEY_NEWS_DESK: 'key-of-news',
  };

  it('have keys of their own beside the main one', () => {
    const { secretKeys } = settingsOf(PROJECTS);
    expect([...secretKeys]).toEqual([
      [null, 'amplitude-secret-key'],
      ['shop', 'key-of-shop'],
      ['news-desk', 'key-of-news'],
    ]);
  });

  it('have API keys of their own too, or none', () => {
    const projects = {
      AMPLITUDE_PROJECTS: 'shop news-desk',
      AMPLITUDE_SECRET_KEY_SHOP: 'key-of-shop',
      AMPLITUDE_SECRET_KEY_NEWS_DESK: 'key-of-news',
    };
    const keysOf = (keys: Environment) => [...settingsOf({ ...projects, ...keys }).apiKeys];
    expect(keysOf({ AMPLITUDE_API_KEY: 'main', AMPLITUDE_API_KEY_NEWS_DESK: 'news' })).toEqual([
      [null, 'main'],
      ['news-desk', 'news'],
    ]);
    expect(keysOf({ AMPLITUDE_API_KEY: ' ', AMPLITUDE_API_KEY_SHOP: 'shop' })).toEqual([['shop', 'shop']]);
  });

  it('with an API key that cannot be used, or is the secret key, are a fault of that key', () => {
    const projects = { AMPLITUDE_PROJECTS: 'shop', AMPLITUDE_SECRET_KEY_SHOP: 'key-of-shop' };
    const faults = (keys: Environment) => faultsOf({ ...projects, ...keys });
    expect(faults({ AMPLITUDE_API_KEY: 'two words', AMPLITUDE_API_KEY_SHOP: 'zwei\u00e4' })).toEqual(
      expect.arrayContaining(
        ['AMPLITUDE_API_KEY', 'AMPLITUDE_API_KEY_SHOP'].map((variable) => ({
          variable,
          message: expect.stringMatching(/printable/),
        })),
      ),
    );
    expect(faults({ AMPLITUDE_API_KEY: NEEDED.AMPLITUDE_SECRET_KEY })).toEqual([
      { variable: 'AMPLITUDE_API_KEY', message: 'must not be the same as AMPLITUDE_SECRET_KEY' },
    ]);
    expect(faults({ AMPLITUDE_API_KEY_SHOP: 'key-of-shop' })).toEqual([
      { variable: 'AMPLITUDE_API_KEY_SHOP', message: 'must not be the same as AMPLITUDE_SECRET_KEY_SHOP' },
    ]);
  });

  it('without key are each a fault', () => {
    expect(variablesOf(faultsOf({ AMPLITUDE_PROJECTS: 'shop news' }))).toEqual([
      'AMPLITUDE_SECRET_KEY_SHOP',
      'AMPLITUDE_SECRET_KEY_NEWS',
    ]);
  });

  it('with a key that cannot be used are a fault of that key', () => {
    const faults = faultsOf({ AMPLITUDE_PROJECTS: 'shop', AMPLITUDE_SECRET_KEY_SHOP: 'two words' });
    expect(faults).toEqual([
      { variable: 'AMPLITUDE_SECRET_KEY_SHOP', message: expect.stringMatching(/printable/) },
    ]);
  });
});

describe('a store in a file', () => {
  it.each([
    ['DYNO', 'web.1'],
    ['KUBERNETES_SERVICE_HOST', '10.0.0.1'],
  ])('is refused where %s says that the disk is wiped', (variable, value) => {
    for (const url of [undefined, 'sqlite:var/inlay.db']) {
      const faults = faultsOf({ [variable]: value, STORE_URL: url });
      expect(faults).toEqual([
        { variable: 'STORE_URL', message: expect.stringMatching(/EPHEMERAL_STORE=accept/) },
      ]);
    }
    expect(faultsOf({ [variable]: value, EPHEMERAL_STORE: 'yes' })).toHaveLength(1);
  });

  it.each<[string, Environment]>([
    ['accepted', { EPHEMERAL_STORE: 'accept' }],
    ['Redis', { STORE_URL: 'redis://cache' }],
    ['Redis of the platform', { REDIS_URL: 'rediss://cache' }],
    ['memory', { STORE_URL: 'memory:' }],
  ])('and not where it is %s', (_case, change) => {
    expect(faultsOf({ DYNO: 'web.1', KUBERNETES_SERVICE_HOST: '10.0.0.1', ...change })).toEqual([]);
  });
});

describe('feature flags', () => {
  it('come from the templates folder, and wait 50 ms, unless it is said otherwise', () => {
    expect(settingsOf().flags).toEqual({ provider: null, options: undefined, timeoutMs: 50 });
    expect(settingsOf({ FLAG_PROVIDER: '', FLAG_PROVIDER_OPTIONS: ' ', FLAG_TIMEOUT: '' }).flags).toEqual(
      settingsOf().flags,
    );
  });

  it.each([
    '@openfeature/flagd-provider',
    'our-provider',
    '@openfeature/flagd-provider#FlagdProvider',
    'our-provider/server#Our_Provider2',
  ])('come from the package %s', (provider) => {
    expect(settingsOf({ FLAG_PROVIDER: provider }).flags.provider).toBe(provider);
  });

  it.each<[string, unknown]>([
    ['{"host":"flagd","port":8013}', { host: 'flagd', port: 8013 }],
    ['["key", {"a": true}]', ['key', { a: true }]],
    ['"key"', 'key'],
    ['null', null],
  ])('hand the options %s to their provider', (given, options) => {
    const { flags } = settingsOf({ FLAG_PROVIDER: 'our-provider', FLAG_PROVIDER_OPTIONS: given });
    expect(flags.options).toEqual(options);
  });

  it.each<[string, number]>([
    ['5ms', 5],
    ['200ms', 200],
    ['1s', 1_000],
  ])('wait %s', (given, timeoutMs) => {
    expect(settingsOf({ FLAG_TIMEOUT: given }).flags.timeoutMs).toBe(timeoutMs);
  });

  it.each<[string, string, RegExp]>([
    ['FLAG_PROVIDER', 'our provider', /npm package/],
    ['FLAG_PROVIDER', '#OurProvider', /npm package/],
    ['FLAG_PROVIDER', 'our-provider#', /npm package/],
    ['FLAG_PROVIDER', 'our-provider#a#b', /npm package/],
    ['FLAG_PROVIDER', 'our-provider#Our-Provider', /npm package/],
    ['FLAG_PROVIDER_OPTIONS', '{host: flagd}', /must be JSON/],
    ['FLAG_PROVIDER_OPTIONS', "{'key': 1}", /must be JSON/],
    ['FLAG_TIMEOUT', '50', /from 5ms to 1000ms/],
    ['FLAG_TIMEOUT', '4ms', /from 5ms to 1000ms/],
    ['FLAG_TIMEOUT', '2s', /from 5ms to 1000ms/],
  ])('cannot be set with %s=%s', (variable, value, message) => {
    expect(faultsOf({ FLAG_PROVIDER: 'our-provider', [variable]: value })).toEqual([
      { variable, message: expect.stringMatching(message) },
    ]);
  });
});

describe('variables for content sources', () => {
  it('are all those that begin with CONTENT_, as they are, and no other', () => {
    const { contentVariables } = settingsOf({
      CONTENT_TOKEN: ' s3cret=#\n ',
      CONTENT_EMPTY: '',
      CONTENT_: 'x',
      CONTENTS_TOKEN: 'x',
      MY_CONTENT_TOKEN: 'x',
      content_token: 'x',
    });
    expect([...contentVariables]).toEqual([
      ['CONTENT_TOKEN', ' s3cret=#\n '],
      ['CONTENT_EMPTY', ''],
      ['CONTENT_', 'x'],
    ]);
  });

  it('need not be there', () => {
    expect(settingsOf({ CONTENT_TOKEN: undefined }).contentVariables.size).toBe(0);
  });
});

describe('secrets', () => {
  it('never stand in a fault, whatever is wrong with them', () => {
    // Letters that no message holds, so that a match is a leak; what surrounds them breaks them in every way.
    const core = fc.string({ unit: fc.constantFrom('Q', 'X', 'Z', '7'), minLength: 4, maxLength: 30 });
    const broken = fc
      .tuple(
        fc.constantFrom('', ' ', ':', '\n', 'ü', '{', '\u0000'),
        core,
        fc.constantFrom('', ' ', ':', ' x', 'ü', '#'),
      )
      .map((parts) => parts.join(''));
    const pairs = fc.array(fc.tuple(fc.constantFrom('braze:', 'anna:', '', ':'), broken), { maxLength: 3 });
    const credentials = pairs.map((all) => all.map((pair) => pair.join('')).join(' '));
    const url = fc
      .tuple(fc.constantFrom('redis://:', 'rediss://u:', 'http://:', 'x:', ''), broken)
      .map(([start, secret]) => `${start}${secret}@cache:x`);
    const environment = fc.record({
      CALLER_CREDENTIALS: credentials,
      STUDIO_CREDENTIALS: credentials,
      METRICS_CREDENTIALS: credentials,
      AMPLITUDE_SECRET_KEY: broken,
      AMPLITUDE_SECRET_KEY_SHOP: broken,
      AMPLITUDE_API_KEY: broken,
      AMPLITUDE_API_KEY_SHOP: broken,
      LINK_SIGNING_KEYS: broken,
      FLAG_PROVIDER: broken,
      FLAG_PROVIDER_OPTIONS: broken,
      CONTENT_TOKEN: broken,
      STORE_URL: url,
      REDIS_URL: url,
      PROFILE_API_URL: url,
      DASHBOARD_API_URL: url,
      PUBLIC_URL: url,
      PORT: fc.constantFrom('x', '3000'),
    });
    const mode = fc.constantFrom<Mode>('start', 'sandbox');
    fc.assert(
      fc.property(environment, mode, (env, how) => {
        const result = parseSettings({ AMPLITUDE_PROJECTS: 'shop', ...env }, how);
        const told = 'faults' in result ? JSON.stringify(result.faults) : '';
        expect(told).not.toMatch(/[QXZ7]{4}/);
      }),
      { numRuns: 500 },
    );
  });
});

describe('CORS_ORIGINS', () => {
  const originsOf = (text: string): readonly string[] => settingsOf({ CORS_ORIGINS: text }).corsOrigins;

  it('lists none unless it is given', () => {
    expect(settingsOf().corsOrigins).toEqual([]);
    expect(originsOf(' , ')).toEqual([]);
  });

  it.each([
    ['HTTPS://WWW.Example.COM', 'https://www.example.com'],
    ['https://www.example.com/', 'https://www.example.com'],
    ['https://www.example.com:443', 'https://www.example.com'],
    ['http://www.example.com:80', 'http://www.example.com'],
    ['https://www.example.com:8443', 'https://www.example.com:8443'],
    ['https://münchen.example', 'https://xn--mnchen-3ya.example'],
    ['https://XN--mnchen-3ya.example', 'https://xn--mnchen-3ya.example'],
    ['http://[0:0:0:0:0:0:0:1]:3000', 'http://[::1]:3000'],
    ['https://[2001:DB8::1]', 'https://[2001:db8::1]'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ])('takes %s as browsers write it', (given, origin) => {
    expect(originsOf(given)).toEqual([origin]);
  });

  it('takes several, separated by white space or commas, each once', () => {
    expect(originsOf(' https://a.example,\n https://b.example https://A.example, ')).toEqual([
      'https://a.example',
      'https://b.example',
    ]);
  });

  it.each([
    '*',
    'null',
    'https://*',
    'https://*.example.com',
    'https://%2a.example.com',
    'www.example.com',
    '//www.example.com',
    'https://',
    'https://www.example.com/path',
    'https://www.example.com/?',
    'https://www.example.com#',
    'https://user@www.example.com',
    'https://www.example.com:99999',
    'https:\\\\www.example.com',
    'ftp://www.example.com',
    'blob:https://www.example.com/6f1c',
    'file:///etc',
    'data:text/html,x',
    'chrome-extension://abcdefgh',
  ])('refuses %s, among others too, and does not repeat it', (given) => {
    for (const text of [given, `https://a.example ${given}`]) {
      const faults = faultsOf({ CORS_ORIGINS: text });
      expect(faults).toEqual([
        {
          variable: 'CORS_ORIGINS',
          message:
            'must be origins such as https://www.example.com, separated by white space; never * or null',
        },
      ]);
    }
  });
});
