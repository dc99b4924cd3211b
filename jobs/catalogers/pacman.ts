/**
 * Packages of Arch Linux and its derivatives, from pacman's local database: a directory for each
 * package with `desc` and `files` (pacman(8), alpm-db-desc(5), alpm-db-files(5)): a line `%KEY%`,
 * values of one line each and an empty line.
 *
 * @module
 */
import { bounded } from './bounded.ts';
import { count, lines, readText } from './text.ts';
import type { CatalogedFile, Cataloger, FoundPackage, TreeView } from './types.ts';

const DATABASE = 'var/lib/pacman/local/';
const ENTRY = /^var\/lib\/pacman\/local\/[^/]+\/(?:desc|files)$/;
const DESC_LIMIT = 4 * 1024 * 1024;
const FILES_LIMIT = 16 * 1024 * 1024;

/** Catalogs the root's own pacman database. */
export const pacman: Cataloger = { name: 'pacman', version: 1, distribution: true, wants, parse };

function wants(path: string): boolean {
  return path.startsWith(DATABASE) && ENTRY.test(path);
}

function parse({ path, content }: CatalogedFile, view: TreeView): readonly FoundPackage[] {
  if (!path.endsWith('/desc')) {
    return [];
  }
  const values = sections(readText(content, DESC_LIMIT));
  const first = (key: string) => values.get(key)?.[0] ?? '';
  const name = first('NAME');
  const version = first('VERSION');
  const base = first('BASE') || name;
  const found = bounded({
    type: 'alpm',
    name,
    version,
    architecture: first('ARCH') || undefined,
    source: base === name ? undefined : { name: base, version },
    licenses: values.get('LICENSE') ?? [],
    origin: first('PACKAGER') || undefined,
    size: count(first('SIZE')),
    owns: ownedFiles(view.content(path.replace(/desc$/, 'files'))),
  });
  return found === undefined ? [] : [found];
}

/** The files of a package; directories, which end in a slash, belong to many. */
function ownedFiles(content: Buffer | undefined): readonly string[] | undefined {
  if (content === undefined || content.length > FILES_LIMIT) {
    return undefined;
  }
  const files = sections(content.toString('latin1')).get('FILES') ?? [];
  return files.filter((file) => !file.endsWith('/'));
}

/** The values by key; of a key given twice the first counts. */
function sections(text: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  let values: string[] | undefined;
  for (const line of lines(text)) {
    if (line === '') {
      values = undefined;
    } else if (values !== undefined) {
      values.push(line);
    } else if (line.length > 2 && line.startsWith('%') && line.endsWith('%')) {
      values = [];
      const key = line.slice(1, -1);
      if (!found.has(key)) {
        found.set(key, values);
      }
    }
  }
  return found;
}
