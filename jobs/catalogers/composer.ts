/**
 * PHP packages that Composer installed: `composer/installed.json` in the vendor directory, an array
 * of packages (Composer 1) or an object with one (Composer 2) (Composer documentation,
 * "composer.json schema"). A `composer.lock` says what is wanted, not what is installed.
 *
 * @module
 */
import { bounded } from './bounded.ts';
import { type Fields, fields, items, person, readJson, text } from './json.ts';
import type { CatalogedFile, Cataloger, FoundPackage } from './types.ts';

const FILE = 'composer/installed.json';
const PERSON_LIMIT = 100;

/** Catalogs installed Composer packages. */
export const composer: Cataloger = { name: 'composer', version: 1, alone: true, wants, parse };

/** The vendor directory's name can be chosen, that of the directory in it cannot. */
function wants(path: string): boolean {
  return path.endsWith(FILE) && (path.length === FILE.length || path.at(-FILE.length - 1) === '/');
}

function parse({ content }: CatalogedFile): readonly FoundPackage[] {
  const document = readJson(content);
  const packages = Array.isArray(document) ? document : items(fields(document)['packages']);
  return packages.flatMap((item) => packageOf(fields(item)) ?? []);
}

function packageOf({ name, version, license, authors }: Fields): FoundPackage | undefined {
  const people = items(authors).slice(0, PERSON_LIMIT).map(person);
  return bounded({
    type: 'composer',
    name: text(name),
    version: text(version),
    licenses: [...new Set([license].flat().map(text).filter(Boolean))],
    origin: people.filter(Boolean).join(', ') || undefined,
  });
}
