import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');

type Import = { readonly specifier: string; readonly isType: boolean };
type SourceFile = { readonly path: string; readonly text: string; readonly imports: readonly Import[] };

/** Parts that know the domain and a few top-level files, and never each other. */
const PARTS = [
  'profile',
  'content',
  'flags',
  'store',
  'render',
  'placements',
  'links',
  'pins',
  'events',
  'prefetch',
  'results',
  'sandbox',
  'studio',
  'traffic',
];

/** What any part may use besides the domain. The settings are handed over, so only their types are. */
const FOR_PARTS = [
  'breaker.ts',
  'csv-records.ts',
  'json-elements.ts',
  'redis-url.ts',
  'deadline.ts',
  'duration.ts',
  'key-variable.ts',
  'lease.ts',
  'parse-json.ts',
  'text.ts',
  'log.ts',
  'upstream.ts',
  'metrics.ts',
  'event-metrics.ts',
  'instruments.ts',
];
const TYPES_FOR_PARTS = ['settings.ts'];

/** Studio shows what the pipeline answers, and what there is to copy into Braze and Movable Ink. */
const FOR_STUDIO = (target: string, { isType }: Import): boolean =>
  isIn('setup', target) || (isType && target === 'answer.ts');

/** The domain's only neighbours: pure functions over text. */
const FOR_DOMAIN = ['duration.ts', 'text.ts'];

/** Packages that do I/O or belong to the transport. */
const NOT_PURE = /^(node:|express|undici|pino|lru-cache|rate-limiter-flexible|basic-auth)/;

const MAY_TOUCH_THE_PROCESS = new Map([
  ['main.ts', 'starts and ends it'],
  ['settings.ts', 'asks how much memory there is, which is a default'],
  ['store/open.ts', 'asks how long the machine has run, a clock that goes on over a restart'],
  ['check-node.cjs', 'runs before anything else can, on any Node'],
  ['placements/new-placement.ts', 'is a command of its own, with arguments and an exit code'],
  ['setup/cli.ts', 'is a command of its own, with arguments and an exit code'],
  ['studio/bench/evaluator.ts', 'is a process of its own, that evaluates what somebody pasted'],
  ['prefetch/cli.ts', 'is a command of its own, with arguments and an exit code'],
]);

/** Where the parts are put together. */
const JOINING = ['app.ts', 'routes.ts', 'studio-routes.ts', 'main.ts', 'setup/cli.ts'];

const files = readSources();

function readSources(): SourceFile[] {
  return readdirSync(SRC, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|cjs|js|mjs)$/.test(entry.name))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const text = withoutComments(readFileSync(path, 'utf8'));
      return { path: path.slice(SRC.length + 1), text, imports: importsOf(text) };
    });
}

/** `//` inside a string always follows a colon or a quote here: `https://`, `'//'`. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[\s;{}])\/\/.*$/gm, '$1');
}

function importsOf(text: string): Import[] {
  const statements = text.matchAll(
    /^(?:import|export)\s(type\s)?(?:[^'";]*?\sfrom\s)?\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm,
  );
  return Array.from(statements, ([, type, fromStatement, fromCall]) => ({
    specifier: fromStatement ?? fromCall ?? '',
    isType: type !== undefined,
  }));
}

/** `file → imported file`, both relative to src/, for each relative import that `isWrong`. */
function arrows(
  from: (path: string) => boolean,
  isWrong: (target: string, imported: Import, file: SourceFile) => boolean,
): string[] {
  return files
    .filter(({ path }) => from(path))
    .flatMap((file) =>
      file.imports
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map((imported) => ({ imported, target: join(dirname(file.path), imported.specifier) }))
        .filter(({ imported, target }) => isWrong(target, imported, file))
        .map(({ target }) => `${file.path} → ${target}`),
    );
}

const isIn = (folder: string, path: string): boolean => path.startsWith(`${folder}/`);
const folderOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] ?? '') : '');

describe('the scan itself', () => {
  it('finds the files and their imports', () => {
    expect(files.map(({ path }) => path)).toContain('domain/decision.ts');
    expect(files.find(({ path }) => path === 'main.ts')?.imports.length).toBeGreaterThan(5);
    expect(
      arrows(
        (path) => path === 'domain/decision.ts',
        () => true,
      ),
    ).toContain('domain/decision.ts → domain/profile.ts');
  });

  it('sees type imports, side effects, re-exports and imports over several lines', () => {
    const text = [
      "import type { A } from './a.ts';",
      "import './b.ts';",
      "export { c } from './c.ts';",
      'import {\n  d,\n  e,\n} from "./d.ts";',
      "const f = await import('./f.ts');",
      "// import { g } from './g.ts';",
    ].join('\n');
    expect(importsOf(withoutComments(text))).toEqual([
      { specifier: './a.ts', isType: true },
      { specifier: './b.ts', isType: false },
      { specifier: './c.ts', isType: false },
      { specifier: './d.ts', isType: false },
      { specifier: './f.ts', isType: false },
    ]);
  });
});

describe('the domain', () => {
  it('imports only itself and pure functions over text', () => {
    expect(
      arrows(
        (path) => isIn('domain', path),
        (target) => !isIn('domain', target) && !FOR_DOMAIN.includes(target),
      ),
    ).toEqual([]);
  });

  it('and what it imports does no I/O', () => {
    const pure = files.filter(({ path }) => isIn('domain', path) || FOR_DOMAIN.includes(path));
    const impure = pure.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier }) => NOT_PURE.test(specifier))
        .map((found) => `${path} → ${found.specifier}`),
    );
    expect(impure).toEqual([]);
    expect(
      arrows(
        (path) => FOR_DOMAIN.includes(path),
        () => true,
      ),
    ).toEqual([]);
  });

  it('reads neither the clock nor chance', () => {
    const found = files.filter(
      ({ path, text }) =>
        isIn('domain', path) &&
        /\bDate\.now\(|new Date\(\)|Math\.random\(|performance\.now\(|\bfetch\(/.test(text),
    );
    expect(found.map(({ path }) => path)).toEqual([]);
  });
});

describe('the parts around the domain', () => {
  it.each(PARTS)('%s/ knows no other part', (part) => {
    const allowed = (target: string, { isType }: Import): boolean =>
      isIn(part, target) ||
      isIn('domain', target) ||
      FOR_PARTS.includes(target) ||
      (isType && TYPES_FOR_PARTS.includes(target)) ||
      (part === 'studio' && FOR_STUDIO(target, { specifier: '', isType }));
    expect(
      arrows(
        (path) => isIn(part, path),
        (target, imported) => !allowed(target, imported),
      ),
    ).toEqual([]);
  });

  it('the pipeline knows the domain and the deadline, nothing else', () => {
    const pipeline = ['answer.ts', 'join.ts', 'pinning.ts'];
    expect(
      arrows(
        (path) => pipeline.includes(path),
        (target) => !isIn('domain', target) && target !== 'deadline.ts' && !pipeline.includes(target),
      ),
    ).toEqual([]);
  });

  it('top-level files that parts may use know no part', () => {
    expect(
      arrows(
        (path) => [...FOR_PARTS, ...TYPES_FOR_PARTS].includes(path),
        (target) => folderOf(target) !== '' && !isIn('domain', target),
      ),
    ).toEqual([]);
  });
});

describe('http/', () => {
  it('is imported by nothing but itself and the programs', () => {
    expect(
      arrows(
        (path) => !isIn('http', path) && !JOINING.includes(path),
        (target) => isIn('http', target),
      ),
    ).toEqual([]);
  });

  it('takes functions of other parts as they are handed in, and imports no more than their types', () => {
    expect(
      arrows(
        (path) => isIn('http', path),
        (target, { isType }) =>
          PARTS.includes(folderOf(target)) && !(isType && ['render', 'studio'].includes(folderOf(target))),
      ),
    ).toEqual([]);
  });

  it('does not know how the program is put together', () => {
    expect(
      arrows(
        (path) => isIn('http', path),
        (target) => JOINING.includes(target),
      ),
    ).toEqual([]);
  });
});

describe('app.ts and main.ts', () => {
  it('only main.ts and the set-up command import app.ts, and nothing imports main.ts', () => {
    expect(
      arrows(
        () => true,
        (target, _imported, { path }) =>
          target === 'main.ts' || (target === 'app.ts' && path !== 'main.ts' && path !== 'setup/cli.ts'),
      ),
    ).toEqual([]);
  });

  it('only main.ts, and a few with a reason, touch the process', () => {
    const found = files
      .filter(({ text }) => /\bprocess(\.\w|\[)|\(process[,)]|node:process/.test(text))
      .map(({ path }) => path);
    expect(found).toContain('main.ts');
    expect(found.filter((path) => !MAY_TOUCH_THE_PROCESS.has(path))).toEqual([]);
  });

  it('settings.ts asks the process for nothing but its memory', () => {
    const { text = '' } = files.find(({ path }) => path === 'settings.ts') ?? {};
    const used = Array.from(text.matchAll(/\bprocess\.(\w+)/g), ([, member]) => member);
    expect(used.filter((member) => member !== 'constrainedMemory' && member !== 'availableMemory')).toEqual(
      [],
    );
  });

  it('only app.ts makes clients and pools', () => {
    const makers = files
      .filter(({ text }) => /\bnew (Agent|Pool|Client)\(/.test(text))
      .map(({ path }) => path);
    expect(makers.filter((path) => path !== 'app.ts')).toEqual([]);
  });
});

describe('every file', () => {
  it('names its relative imports with their extension', () => {
    const bare = files.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier }) => specifier.startsWith('.') && !/\.(ts|cjs|json)$/.test(specifier))
        .map(({ specifier }) => `${path} → ${specifier}`),
    );
    expect(bare).toEqual([]);
  });

  it('imports only packages that are there without those for development', () => {
    const { dependencies } = JSON.parse(readFileSync(resolve(SRC, '../package.json'), 'utf8'));
    const missing = files.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier, isType }) => !isType && !/^(\.|node:)/.test(specifier))
        .map(({ specifier }) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? '')
        .filter((name) => !Object.hasOwn(dependencies, name))
        .map((name) => `${path} → ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it('is neither a barrel nor a drawer', () => {
    const names = files
      .map(({ path }) => path)
      .filter((path) => /^(index|utils?)\.(ts|js|cjs)$/.test(basename(path)));
    expect(names).toEqual([]);
  });

  it('is imported along a one-way street: no file reaches itself', () => {
    const targets = new Map(
      files.map((file) => [
        file.path,
        file.imports
          .filter(({ specifier }) => specifier.startsWith('.'))
          .map(({ specifier }) => join(dirname(file.path), specifier)),
      ]),
    );
    const reaches = (from: string, goal: string, seen: Set<string>): boolean =>
      (targets.get(from) ?? []).some((next) => {
        if (next === goal) return true;
        if (seen.has(next)) return false;
        seen.add(next);
        return reaches(next, goal, seen);
      });
    expect([...targets.keys()].filter((path) => reaches(path, path, new Set()))).toEqual([]);
  });
});
