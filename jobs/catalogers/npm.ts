/**
 * Packages that npm, yarn or pnpm installed: the `package.json` of each folder directly in a
 * `node_modules` folder or in a scope's folder there (npm documentation, "package.json").
 *
 * @module
 */
import { bounded } from './bounded.ts';
import { type Fields, fields, person, readJson, text } from './json.ts';
import type { CatalogedFile, Cataloger, FoundPackage } from './types.ts';

const FILE = '/package.json';
const INSTALLED = /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@][^/]*\/package\.json$/;
const PERSON_LIMIT = 100;

/** Catalogs installed npm packages. */
export const npm: Cataloger = { name: 'npm', version: 1, alone: true, wants, parse };

function wants(path: string): boolean {
  return path.endsWith(FILE) && INSTALLED.test(path);
}

function parse({ content }: CatalogedFile): readonly FoundPackage[] {
  const manifest = fields(readJson(content));
  const { name, version } = manifest;
  if (typeof name !== 'string' || typeof version !== 'string') {
    return [];
  }
  const found = bounded({
    type: 'npm',
    name,
    version,
    licenses: licensesOf(manifest),
    origin: originOf(manifest),
  });
  return found === undefined ? [] : [found];
}

/** `license` is a string or an object; the older `licenses` is an array of either. */
function licensesOf({ license, licenses }: Fields): readonly string[] {
  const named = [license].flat().concat(licenses).flat().map(licenseName);
  return [...new Set(named.filter(Boolean))];
}

function licenseName(license: unknown): string {
  return text(license) || text(fields(license)['type']);
}

/** The author, else the contributors. */
function originOf({ author, contributors }: Fields): string | undefined {
  const people = Array.isArray(contributors) ? contributors.slice(0, PERSON_LIMIT) : [contributors];
  return person(author) || people.map(person).filter(Boolean).join(', ') || undefined;
}
