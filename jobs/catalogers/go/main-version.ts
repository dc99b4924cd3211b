/**
 * The version of a Go program's own module where the toolchain knew none and wrote `(devel)`: as
 * the linker was told to set it in a variable, else from the commit that was built.
 *
 * @module
 */
import type { Modules } from './modules.ts';

/** What the toolchain writes for a module that was built from a working copy. */
export const DEVEL = '(devel)';

/** Names of variables that programs keep their version in, in lower case. */
const VARIABLES: ReadonlySet<string> = new Set([
  'version',
  'ver',
  'appversion',
  'buildversion',
  'fullversion',
  'gitversion',
  'programversion',
  'releaseversion',
  'semver',
  'tag',
  'buildtag',
  'gittag',
  'versionnumber',
  'versionstring',
]);
const VERSION = /^v?[0-9]+(?:\.[0-9]+){1,3}(?:[-+.~][0-9A-Za-z][0-9A-Za-z.+~_-]*)?$/;
const FLAGS_LIMIT = 64 * 1024;
/** In the modules' own form a version has three numbers and starts with v. */
const MODULE_VERSION = /^[0-9]+\.[0-9]+\.[0-9]+(?:[-+]|$)/;

/** The main module's version, or `(devel)` where nothing tells. */
export function mainVersion(modules: Modules): string {
  const { main, settings } = modules;
  const version = main?.version ?? '';
  if (version !== '' && version !== DEVEL) {
    return version;
  }
  const linked = linkedVersion(settings.get('-ldflags') ?? '', main?.path ?? '');
  return linked ?? commitVersion(settings) ?? DEVEL;
}

/**
 * What `-X` sets: a variable of the package `main` before one of the module's packages, and one of
 * other modules only where they all agree, since programs set versions of what they embed, too.
 */
function linkedVersion(flags: string, path: string): string | undefined {
  const found = [...linkedVariables(flags.slice(0, FLAGS_LIMIT))].filter(({ name, value }) =>
    VARIABLES.has(name.toLowerCase()) && VERSION.test(value)
  );
  const own = found.find((variable) => variable.package === 'main') ??
    found.find((variable) => `${variable.package}/`.startsWith(`${path}/`));
  const values = new Set(found.map(({ value }) => value));
  const value = own?.value ?? (values.size === 1 ? found[0]?.value : undefined);
  return value !== undefined && MODULE_VERSION.test(value) ? `v${value}` : value;
}

interface Variable {
  readonly package: string;
  readonly name: string;
  readonly value: string;
}

/** `-X PACKAGE.NAME=VALUE` and `-X=PACKAGE.NAME=VALUE`, quoted as a whole where it has blanks. */
function* linkedVariables(flags: string): Generator<Variable> {
  let defining = false;
  for (const [, single, double, bare] of flags.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)) {
    const word = single ?? double ?? bare ?? '';
    const inline = /^--?X=/.exec(word)?.[0];
    if (defining || inline !== undefined) {
      yield* variableOf(unwrapped(defining ? word : word.slice(inline?.length)));
      defining = false;
    } else {
      defining = word === '-X' || word === '--X';
    }
  }
}

function unwrapped(text: string): string {
  return text.replace(/^(['"])(.*)\1$/s, '$2');
}

function* variableOf(text: string): Generator<Variable> {
  const equals = text.indexOf('=');
  const dot = text.lastIndexOf('.', equals);
  if (equals !== -1 && dot !== -1) {
    yield {
      package: text.slice(0, dot),
      name: text.slice(dot + 1, equals),
      value: unwrapped(text.slice(equals + 1)),
    };
  }
}

/** The pseudo-version of a commit without a tag before it (Go Modules Reference). */
function commitVersion(settings: ReadonlyMap<string, string>): string | undefined {
  const revision = settings.get('vcs.revision') ?? '';
  const time = new Date(settings.get('vcs.time') ?? '');
  if (!/^[0-9a-f]{12,64}$/.test(revision) || Number.isNaN(time.getTime())) {
    return undefined;
  }
  const stamp = time.toISOString().slice(0, 19).replace(/[-T:]/g, '');
  const dirty = settings.get('vcs.modified') === 'true' ? '+dirty' : '';
  return `v0.0.0-${stamp}-${revision.slice(0, 12)}${dirty}`;
}
