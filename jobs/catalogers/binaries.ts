/**
 * Well-known programs, libraries and runtimes that are in an image without a package manager's
 * doing: a version is found by what the program itself holds, or by a file that lies with it. Those
 * that a package of the distribution brought are the analysis' to leave out.
 *
 * @module
 */
import { GO_PROGRAMS, goRelease } from './binaries/go-programs.ts';
import { isJavaRelease, javaLibrary, javaRelease } from './binaries/java.ts';
import { LIBRARIES } from './binaries/libraries.ts';
import { findVersion } from './binaries/marker.ts';
import type { CpeProduct } from './binaries/product.ts';
import { PROGRAMS } from './binaries/programs.ts';
import { bounded } from './bounded.ts';
import type { ExecutableCataloger } from './executable.ts';
import { recognizesExecutables } from './executable.ts';
import type { CatalogedFile, FoundPackage, TreeView } from './types.ts';

const GO_VERSION_FILE = '/VERSION';
/** Folders that a Go toolchain lies in: `go`, `go-1.22`, `go1.22.3`, a module named `toolchain`. */
const GO_ROOT = /(?:^|\/)(?:go(?:-?[0-9][0-9a-z.]*)?|toolchain@[^/]+)\/VERSION$/;
const GO_VERSION = /^go([0-9]+\.[0-9]+(?:\.[0-9]+)?(?:(?:beta|rc)[0-9]+)?)[\s-]/;

/** Names of products by the names that this cataloger gives. */
export const CPE_PRODUCTS: ReadonlyMap<string, CpeProduct> = new Map([
  ...[...PROGRAMS, ...LIBRARIES, ...GO_PROGRAMS].map(({ name, cpe }) => [name, cpe] as const),
  ['go', { vendor: 'golang', product: 'go' }],
  ['graalvm', { vendor: 'oracle', product: 'graalvm' }],
  ['openjdk', { vendor: 'oracle', product: 'openjdk' }],
  ['oracle-jdk', { vendor: 'oracle', product: 'jdk' }],
]);

/** Catalogs programs and runtimes by their content. */
export const binaries: ExecutableCataloger = {
  name: 'binaries',
  version: 1,
  wants,
  recognizes: recognizesExecutables,
  parse,
};

/** Text files that tell a runtime's version; programs are wanted by `recognizes`. */
function wants(path: string): boolean {
  return isJavaRelease(path) || isGoVersion(path);
}

function isGoVersion(path: string): boolean {
  return path.endsWith(GO_VERSION_FILE) && GO_ROOT.test(path);
}

function parse(file: CatalogedFile, view: TreeView): readonly FoundPackage[] {
  return identities(file, view).flatMap((identity) => {
    const found = bounded({ type: 'generic', licenses: [], ...identity });
    return found === undefined ? [] : [found];
  });
}

type Identity = Pick<FoundPackage, 'name' | 'version' | 'origin'>;

function identities(file: CatalogedFile, view: TreeView): readonly Identity[] {
  const { path, content } = file;
  if (isGoVersion(path)) {
    return goToolchain(file, view);
  }
  const java = isJavaRelease(path) ? javaRelease(content) : javaLibrary(file, view);
  return java !== undefined ? [java] : recognizesExecutables(content) ? programs(file) : [];
}

/** The toolchain's `VERSION` counts where the toolchain is. */
function goToolchain({ path, content }: CatalogedFile, view: TreeView): readonly Identity[] {
  const root = path.slice(0, 1 - GO_VERSION_FILE.length);
  const version = GO_VERSION.exec(`${content.toString('latin1', 0, 64)}\n`)?.[1];
  return version !== undefined && view.has(`${root}bin/go`) ? [{ name: 'go', version }] : [];
}

/** The file's name decides what is looked for, so that other files cost nothing. */
function programs({ path, content }: CatalogedFile): readonly Identity[] {
  const file = path.slice(path.lastIndexOf('/') + 1);
  const found = new Map<string, string | undefined>();
  for (const { name, file: names, markers } of [...PROGRAMS, ...LIBRARIES]) {
    const named = names.exec(file);
    if (named !== null) {
      const filled = markers.map((marker) => ({
        ...marker,
        anchor: marker.anchor.replace('$1', () => named[1] ?? ''),
      }));
      found.set(name, findVersion(content, filled));
    }
  }
  for (const program of GO_PROGRAMS.filter(({ file: names }) => names.test(file))) {
    found.set(program.name, found.get(program.name) ?? goRelease(content, program));
  }
  return [...found].flatMap(([name, version]) => version === undefined ? [] : [{ name, version }]);
}
