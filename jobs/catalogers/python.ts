/**
 * Installed Python distributions as `importlib.metadata` sees them: `*.dist-info` and `*.egg-info`
 * directly in a `site-packages` or `dist-packages` folder (Python Packaging User Guide, "Recording
 * installed projects" and "Core metadata specifications").
 *
 * @module
 */
import { isUtf8 } from 'node:buffer';
import { bounded } from './bounded.ts';
import type { Headers } from './headers.ts';
import { readHeaders } from './headers.ts';
import type { CatalogedFile, Cataloger, FoundPackage, TreeView } from './types.ts';

const METADATA = '/METADATA';
const PKG_INFO = '/PKG-INFO';
/** The suffix counts in any case, as it does for `importlib.metadata`. */
const INSTALLED =
  /(?:^|\/)(?:site|dist)-packages\/[^/]+\.(?:[dD][iI][sS][tT]|[eE][gG][gG])-[iI][nN][fF][oO](?:\/(?:METADATA|PKG-INFO))?$/;
/** Bytes that are searched for headers; what comes later is a description. */
const HEADER_LIMIT = 1024 * 1024;

/** Catalogs installed Python distributions. */
export const python: Cataloger = { name: 'python', version: 1, wants, parse };

/** Few paths end in the last letter of METADATA, PKG-INFO or `-info`. */
function wants(path: string): boolean {
  const last = path.at(-1);
  return (last === 'A' || last === 'O' || last === 'o') && INSTALLED.test(path);
}

function parse({ path, content }: CatalogedFile, view: TreeView): readonly FoundPackage[] {
  if (path.endsWith(PKG_INFO) && hasMetadata(path.slice(0, -PKG_INFO.length), view)) {
    return [];
  }
  const headers = readHeaders(decode(headerBlock(content)));
  const found = bounded({
    type: 'pypi',
    name: first(headers, 'name'),
    version: first(headers, 'version'),
    licenses: licensesOf(headers),
    origin: originOf(headers),
  });
  return found === undefined ? [] : [found];
}

/** `PKG-INFO` counts only where there is no `METADATA`, or an empty one. */
function hasMetadata(directory: string, view: TreeView): boolean {
  return (view.content(directory + METADATA)?.length ?? 0) > 0;
}

/** The bytes up to the first empty line: a description in another encoding must not count. */
function headerBlock(content: Buffer): Buffer {
  const start = content.subarray(0, HEADER_LIMIT);
  const ends = ['\n\n', '\n\r\n'].map((end) => start.indexOf(end)).filter((at) => at !== -1);
  return start.subarray(0, Math.min(start.length, ...ends));
}

/** Metadata is UTF-8, but old tools wrote the system's own encoding. */
function decode(block: Buffer): string {
  return block.toString(isUtf8(block) ? 'utf8' : 'latin1');
}

/** The first value of a field; old tools wrote UNKNOWN where there was none. */
function first(headers: Headers, name: string): string {
  const value = headers.get(name)?.[0]?.trim() ?? '';
  return value === 'UNKNOWN' ? '' : value;
}

/**
 * The expression, else the licence's name, else the classifiers. `License` may hold the whole text
 * of a licence: its first line is the last resort.
 */
function licensesOf(headers: Headers): readonly string[] {
  const expression = first(headers, 'license-expression');
  const license = first(headers, 'license');
  if (expression !== '' || (license !== '' && !license.includes('\n'))) {
    return [expression || license];
  }
  const classified = (headers.get('classifier') ?? []).flatMap(classifiedLicense);
  const opening = license.split('\n', 1)[0] ?? '';
  return classified.length > 0 || opening === '' ? [...new Set(classified)] : [opening];
}

/** `License :: OSI Approved :: MIT License` names a licence, `License :: OSI Approved` none. */
function classifiedLicense(classifier: string): readonly string[] {
  const parts = classifier.split('::').map((part) => part.trim());
  const name = parts.at(-1) ?? '';
  return parts[0] === 'License' && parts.length > 1 && name !== 'OSI Approved' ? [name] : [];
}

function originOf(headers: Headers): string | undefined {
  const author = first(headers, 'author');
  const mail = first(headers, 'author-email');
  if (author === '' || mail === '' || mail.includes('<')) {
    return author || mail || undefined;
  }
  return `${author} <${mail}>`;
}
