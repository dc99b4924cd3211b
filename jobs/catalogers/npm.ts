/**
 * Packages that npm, yarn or pnpm installed: the `package.json` of each folder directly in a
 * `node_modules` folder or in a scope's folder there (npm documentation, "package.json").
 *
 * @module
 */
import { bounded } from './bounded.ts';
import { readText } from './text.ts';
import type { CatalogedFile, Cataloger, FoundPackage } from './types.ts';
import { CatalogError } from './types.ts';

const FILE = '/package.json';
const INSTALLED = /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/@][^/]*\/package\.json$/;
const SIZE_LIMIT = 16 * 1024 * 1024;
const PERSON_LIMIT = 100;

/** Catalogs installed npm packages. */
export const npm: Cataloger = { name: 'npm', version: 1, alone: true, wants, parse };

function wants(path: string): boolean {
  return path.endsWith(FILE) && INSTALLED.test(path);
}

function parse({ content }: CatalogedFile): readonly FoundPackage[] {
  const manifest = fields(parseJson(readText(content, SIZE_LIMIT)));
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CatalogError('not valid JSON');
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** The fields of a JSON object, none for any other value. */
function fields(value: unknown): Fields {
  // Widening only: every object can be read as a record of unknowns.
  return typeof value === 'object' && value !== null ? value as Fields : {};
}

/** `license` is a string or an object; the older `licenses` is an array of either. */
function licensesOf({ license, licenses }: Fields): readonly string[] {
  const named = [license].flat().concat(licenses).flat().map(licenseName);
  return [...new Set(named.filter((text) => text !== ''))];
}

function licenseName(license: unknown): string {
  if (typeof license === 'string') {
    return license.trim();
  }
  const { type } = fields(license);
  return typeof type === 'string' ? type.trim() : '';
}

/** The author, else the contributors. */
function originOf({ author, contributors }: Fields): string | undefined {
  const people = Array.isArray(contributors) ? contributors.slice(0, PERSON_LIMIT) : [contributors];
  return personName(author) || people.map(personName).filter(Boolean).join(', ') || undefined;
}

/** A person is `Name <mail> (url)` or an object. */
function personName(person: unknown): string {
  if (typeof person === 'string') {
    return person.trim();
  }
  const { name, email } = fields(person);
  const words = [
    typeof name === 'string' ? name.trim() : '',
    typeof email === 'string' && email.trim() !== '' ? `<${email.trim()}>` : '',
  ];
  return words.filter(Boolean).join(' ');
}
