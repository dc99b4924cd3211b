/**
 * Modules inside Go programs: the program's own, its dependencies and the standard library, from the
 * build information that the linker embeds.
 *
 * @module
 */
import { type Executable, isExecutable, openExecutables } from '../../formats/executables/index.ts';
import { bounded } from '../bounded.ts';
import { readBuildInfo } from './buildinfo.ts';
import { DEVEL, mainVersion } from './main-version.ts';
import type { Module } from './modules.ts';
import { parseModules } from './modules.ts';
import type { CatalogedFile, FoundPackage, RecognizingCataloger } from '../types.ts';

/** Name of the standard library in Go's vulnerability database. */
const STANDARD_LIBRARY = 'stdlib';

/** Catalogs the modules that Go programs were built from. */
export const go: RecognizingCataloger = {
  name: 'go',
  version: 1,
  alone: true,
  wants: () => false,
  recognizes: isExecutable,
  parse,
};

function parse({ content }: CatalogedFile): readonly FoundPackage[] {
  const modules = new Map<string, Module>();
  for (const module of openExecutables(content).flatMap(goModules)) {
    modules.set(`${module.path}@${module.version}`, module);
  }
  return [...modules.values()].flatMap(({ path, version }) => {
    const found = bounded({ type: 'golang', name: path, version, licenses: [] });
    return found === undefined ? [] : [found];
  });
}

/** The modules of one program with what replaces them in their place. */
function goModules(executable: Executable): readonly Module[] {
  const info = readBuildInfo(executable);
  if (info === undefined) {
    return [];
  }
  const modules = parseModules(info.modules);
  const main = modules.main && { path: modules.main.path, version: mainVersion(modules) };
  return [
    { path: STANDARD_LIBRARY, version: toolchainVersion(info.version) },
    ...(main === undefined ? [] : [main]),
    ...modules.dependencies.map(built),
  ];
}

/**
 * What was built of a dependency. A replacement by a folder has no version of its own, and its path
 * is no module's: the module keeps its name and is of no release.
 */
function built(module: Module): Module {
  const { path, replacement } = module;
  if (replacement === undefined) {
    return module;
  }
  return isFolder(replacement.path) ? { path, version: DEVEL } : replacement;
}

/** Paths of folders start with a dot or a slash, or, on Windows, with a drive. */
function isFolder(path: string): boolean {
  return /^(?:\.{0,2}[/\\]|\.{1,2}$|[A-Za-z]:[/\\])/.test(path);
}

/** `go1.22.3 X:boringcrypto` is 1.22.3; `devel go1.23-0123456 DATE` is 1.23-0123456. */
function toolchainVersion(text: string): string {
  const [first = '', second = ''] = text.split(' ');
  const word = first === 'devel' && second.startsWith('go') ? second : first;
  return word.replace(/^go(?=[0-9])/, '');
}
