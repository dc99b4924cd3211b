/**
 * Installed R packages: `DESCRIPTION` in a package's directory of a library (Writing R Extensions,
 * "The DESCRIPTION file"). The installation adds the field `Built`, which tells installed packages
 * from sources.
 *
 * @module
 */
import { isUtf8 } from 'node:buffer';
import { bounded } from './bounded.ts';
import { type Headers, readHeaders } from './headers.ts';
import type { CatalogedFile, Cataloger, FoundPackage } from './types.ts';

const FILE = '/DESCRIPTION';
/** Bytes that are searched for fields. */
const SIZE_LIMIT = 1024 * 1024;

/** Catalogs installed R packages, with those that are part of R. */
export const r: Cataloger = { name: 'r', version: 1, alone: true, wants, parse };

/** Libraries have no telling name: the content must decide. */
function wants(path: string): boolean {
  return path.endsWith(FILE);
}

function parse({ content }: CatalogedFile): readonly FoundPackage[] {
  const fields = readHeaders(decode(content.subarray(0, SIZE_LIMIT)));
  const found = first(fields, 'built') === '' ? undefined : bounded({
    type: 'cran',
    name: first(fields, 'package'),
    version: first(fields, 'version'),
    licenses: licensesOf(first(fields, 'license')),
    origin: first(fields, 'maintainer') || first(fields, 'author') || undefined,
  });
  return found === undefined ? [] : [found];
}

/** Packages may be in other encodings than UTF-8; nearly all of those are Latin-1. */
function decode(content: Buffer): string {
  return content.toString(isUtf8(content) ? 'utf8' : 'latin1');
}

/** A folded value in one line. */
function first(fields: Headers, name: string): string {
  return (fields.get(name)?.[0] ?? '').trim().replace(/\s+/g, ' ');
}

/** Bars part the licences that one may choose from. */
function licensesOf(text: string): readonly string[] {
  return [...new Set(text.split('|').map((item) => item.trim()).filter(Boolean))];
}
