/**
 * The module text of a Go program, as `go version -m` prints it (Go documentation, type
 * `runtime/debug.BuildInfo`): one line each for the main module, its dependencies, what replaces
 * either, and the settings of the build.
 *
 * @module
 */
import { lines } from '../text.ts';

/** A module of a build; `version` is empty or `(devel)` where it has none. */
export interface Module {
  readonly path: string;
  readonly version: string;
  /** What was built in its place. */
  readonly replacement?: Module | undefined;
}

/** What was built, from what, and how. */
export interface Modules {
  readonly main: Module | undefined;
  readonly dependencies: readonly Module[];
  /** `vcs.revision`, `-ldflags`, `GOOS` and the like. */
  readonly settings: ReadonlyMap<string, string>;
}

/** Modules of one program; large ones have about a thousand. */
const MODULE_LIMIT = 100_000;
const SETTING_LIMIT = 1000;

/** Reads the text; lines that are of no known kind are skipped. */
export function parseModules(text: string): Modules {
  const dependencies: Module[] = [];
  const settings = new Map<string, string>();
  let main: Module | undefined;
  let replaceLast = (_module: Module): void => {};
  for (const line of lines(text)) {
    const [kind, first = '', second = ''] = line.split('\t', 4);
    const module: Module = { path: first, version: second };
    if (kind === 'mod' && first !== '') {
      main = module;
      replaceLast = (replacement) => {
        main = { ...module, replacement };
      };
    } else if (kind === 'dep' && first !== '' && dependencies.length < MODULE_LIMIT) {
      const index = dependencies.push(module) - 1;
      replaceLast = (replacement) => {
        dependencies[index] = { ...module, replacement };
      };
    } else if (kind === '=>' && first !== '') {
      replaceLast(module);
    } else if (kind === 'build' && settings.size < SETTING_LIMIT) {
      addSetting(settings, line.slice('build\t'.length));
    }
  }
  return { main, dependencies, settings };
}

/** `KEY=VALUE`; either is a Go string where it has blanks, quotes or an equals sign in it. */
function addSetting(settings: Map<string, string>, text: string): void {
  const parts = /^("(?:[^"\\]|\\.)*"|`[^`]*`|[^=]*)=(.*)$/s.exec(text);
  if (parts !== null) {
    settings.set(unquoted(parts[1] ?? ''), unquoted(parts[2] ?? ''));
  }
}

/** The escapes that matter here: what else is escaped is in no version. */
function unquoted(text: string): string {
  const quote = text.charAt(0);
  if ((quote !== '"' && quote !== '`') || text.length < 2 || !text.endsWith(quote)) {
    return text;
  }
  const inner = text.slice(1, -1);
  return quote === '`' ? inner : inner.replace(/\\(["\\])/g, '$1').replace(/\\[tnr]/g, ' ');
}
