import { isBuiltin } from 'node:module';
import type { Provider } from '@openfeature/server-sdk';
import { describeFailure } from './failure.ts';

/** An OpenFeature provider that is installed beside the service. */
export type ProviderPackage = {
  /** Name of an npm package, such as `@openfeature/flagd-provider`. */
  readonly package: string;
  /** Which of its exports is the provider; needed where it has several. */
  readonly exportName?: string;
  /** What its constructor is called with; a list is several arguments. Default: none. */
  readonly options?: unknown;
};

type ImportPackage = (name: string) => Promise<unknown>;
type Constructor = new (...options: readonly unknown[]) => unknown;
type Exports = Readonly<Record<string, unknown>>;

// Nothing that leads out of node_modules: no path, no URL, no segment that begins with a dot.
const PACKAGE_NAME = /^(@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*(\/[\w-][\w.-]*)*$/i;

/**
 * Makes the provider of a package; `openGate` initialises it. Rejects with a sentence where the package is not
 * installed, has no provider or several, or where its constructor throws. `importPackage` takes a package's name.
 */
export async function loadProvider(
  { package: name, exportName, options }: ProviderPackage,
  importPackage: ImportPackage = (specifier) => import(/* @vite-ignore */ specifier),
): Promise<Provider> {
  if (!PACKAGE_NAME.test(name) || isBuiltin(name)) {
    throw new Error(`${JSON.stringify(name)} is not the name of an npm package`);
  }
  const Class = findClass(name, await importExports(name, importPackage), exportName ?? null);
  const provider = construct(name, Class, options);
  if (!isProvider(provider)) throw new Error(`${Class.name} of ${name} is not an OpenFeature provider`);
  if (provider.runsOn === 'client') throw new Error(`${Class.name} of ${name} is made for browsers`);
  return provider;
}

async function importExports(name: string, importPackage: ImportPackage): Promise<Exports> {
  try {
    return exportsOf(await importPackage(name));
  } catch (error) {
    throw new Error(`the package ${name} cannot be loaded: ${describeFailure(error)}`);
  }
}

/** What a CommonJS package exports may be found in its default export only. */
function exportsOf(namespace: unknown): Exports {
  if (!isObject(namespace)) return {};
  return isObject(namespace.default) ? { ...namespace.default, ...namespace } : namespace;
}

function findClass(name: string, exports: Exports, exportName: string | null): Constructor {
  if (exportName !== null) return findNamed(name, exports, exportName);
  const candidates = findCandidates(exports);
  const [only, second] = candidates.values();
  if (!only) throw new Error(`${name} exports nothing that is named …Provider; say which with exportName`);
  if (second) {
    const names = [...candidates.keys()].sort().join(', ');
    throw new Error(`${name} exports several providers: ${names}; say which with exportName`);
  }
  return only;
}

function findNamed(name: string, exports: Exports, exportName: string): Constructor {
  const found = Object.hasOwn(exports, exportName) ? exports[exportName] : null;
  if (!isConstructor(found)) throw new Error(`${name} exports no class ${exportName}`);
  return found;
}

/** Classes by their names, the default export only where there is no other. */
function findCandidates(exports: Exports): Map<string, Constructor> {
  const named = Object.entries(exports).filter(([key]) => /^[A-Z]\w*Provider$/.test(key));
  const candidates = named.length > 0 ? named : [['default', exports.default] as const];
  return new Map(candidates.flatMap(([key, value]) => (isConstructor(value) ? [[key, value] as const] : [])));
}

function construct(name: string, Class: Constructor, options: unknown): unknown {
  const list: readonly unknown[] = Array.isArray(options) ? options : options === undefined ? [] : [options];
  try {
    return new Class(...list);
  } catch (error) {
    throw new Error(`${Class.name} of ${name} cannot be made: ${describeFailure(error)}`);
  }
}

function isConstructor(value: unknown): value is Constructor {
  return typeof value === 'function' && typeof value.prototype === 'object';
}

function isProvider(value: unknown): value is Provider {
  return isObject(value) && typeof value.resolveBooleanEvaluation === 'function';
}

function isObject(value: unknown): value is Exports {
  return typeof value === 'object' && value !== null;
}
