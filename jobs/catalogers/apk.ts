/**
 * Packages of Alpine and its derivatives, from the installed database of apk-tools (Alpine wiki,
 * "Apk spec": installed database V2): stanzas of `X:value` lines, where the case of X matters. Files
 * (`R`) are in the directory (`F`) before them.
 *
 * @module
 */
import { bounded } from './bounded.ts';
import { count, lines } from './text.ts';
import type { CatalogedFile, Cataloger, FoundPackage } from './types.ts';
import { CatalogError } from './types.ts';

const SIZE_LIMIT = 256 * 1024 * 1024;
/** Package, version, architecture, licence, origin, maintainer, installed size. */
const KEYS = 'PVALomI';
const NOT_ASCII = /[\x80-\xff]/;
/** Words and signs of an SPDX expression, also as older packages write them. */
const EXPRESSION = /[()]|(?:^|\s)(?:and|or|with)(?:\s|$)/i;

/** Catalogs the root's own apk database. */
export const apk: Cataloger = { name: 'apk', version: 2, distribution: true, wants, parse };

function wants(path: string): boolean {
  return path.endsWith('lib/apk/db/installed') &&
    (path === 'lib/apk/db/installed' || path === 'usr/lib/apk/db/installed');
}

function parse({ content }: CatalogedFile): readonly FoundPackage[] {
  if (content.length > SIZE_LIMIT) {
    throw new CatalogError(`larger than ${SIZE_LIMIT / 1024} KiB`);
  }
  const packages: FoundPackage[] = [];
  // Paths have one character for each byte; what is not a path is decoded where it is kept.
  for (const stanza of stanzas(content.toString('latin1'))) {
    const found = packageOf(stanza);
    if (found !== undefined) {
      packages.push(found);
    }
  }
  return packages;
}

interface Stanza {
  /** The lines in `KEYS`; of a key given twice the first counts. */
  readonly values: ReadonlyMap<string, string>;
  readonly files: readonly string[];
}

function packageOf({ values, files }: Stanza): FoundPackage | undefined {
  const name = values.get('P') ?? '';
  const version = values.get('V') ?? '';
  const source = values.get('o') || name;
  return bounded({
    type: 'apk',
    name,
    version,
    architecture: values.get('A'),
    source: source === name ? undefined : { name: source, version },
    licenses: licensesOf(values.get('L') ?? ''),
    origin: values.get('m') || undefined,
    size: count(values.get('I')),
    owns: files,
  });
}

/** An expression (AND, OR, WITH, brackets) stays whole; a mere list is split at blanks and commas. */
function licensesOf(text: string): readonly string[] {
  if (EXPRESSION.test(text)) {
    return [text];
  }
  return text.split(/[\s,]+/).filter((item) => item !== '');
}

function* stanzas(text: string): Generator<Stanza> {
  let values = new Map<string, string>();
  let files: string[] = [];
  let directory = '';
  for (const line of lines(text)) {
    if (line === '') {
      if (values.size > 0) {
        yield { values, files };
      }
      values = new Map();
      files = [];
      directory = '';
    } else if (line.charAt(1) === ':') {
      const key = line.charAt(0);
      if (key === 'F') {
        directory = line.length === 2 ? '' : `${line.slice(2)}/`;
      } else if (key === 'R') {
        files.push(directory + line.slice(2));
      } else if (KEYS.includes(key) && !values.has(key)) {
        values.set(key, decode(line.slice(2)).trim());
      }
    }
  }
  yield { values, files };
}

/** Text from the bytes that the database holds. */
function decode(bytes: string): string {
  return NOT_ASCII.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
}
