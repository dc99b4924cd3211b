/**
 * Packages of Alpine and its derivatives, from the installed database of apk-tools (Alpine wiki,
 * "Apk spec": installed database V2): stanzas of `X:value` lines, where the case of X matters.
 *
 * @module
 */
import { bounded } from './bounded.ts';
import { count, lines, readText } from './text.ts';
import type { CatalogedFile, Cataloger, FoundPackage } from './types.ts';

const SIZE_LIMIT = 256 * 1024 * 1024;
/** Package, version, architecture, licence, origin, maintainer, installed size. */
const KEYS = 'PVALomI';
/** Words and signs of an SPDX expression, also as older packages write them. */
const EXPRESSION = /[()]|(?:^|\s)(?:and|or|with)(?:\s|$)/i;

/** Catalogs the root's own apk database. */
export const apk: Cataloger = { name: 'apk', version: 1, wants, parse };

function wants(path: string): boolean {
  return path.endsWith('lib/apk/db/installed') &&
    (path === 'lib/apk/db/installed' || path === 'usr/lib/apk/db/installed');
}

function parse({ content }: CatalogedFile): readonly FoundPackage[] {
  const packages: FoundPackage[] = [];
  for (const stanza of stanzas(readText(content, SIZE_LIMIT))) {
    const found = packageOf(stanza);
    if (found !== undefined) {
      packages.push(found);
    }
  }
  return packages;
}

function packageOf(stanza: ReadonlyMap<string, string>): FoundPackage | undefined {
  const name = stanza.get('P') ?? '';
  const version = stanza.get('V') ?? '';
  const source = stanza.get('o') || name;
  return bounded({
    type: 'apk',
    name,
    version,
    architecture: stanza.get('A'),
    source: source === name ? undefined : { name: source, version },
    licenses: licensesOf(stanza.get('L') ?? ''),
    origin: stanza.get('m') || undefined,
    size: count(stanza.get('I')),
  });
}

/** An expression (AND, OR, WITH, brackets) stays whole; a mere list is split at blanks and commas. */
function licensesOf(text: string): readonly string[] {
  if (EXPRESSION.test(text)) {
    return [text];
  }
  return text.split(/[\s,]+/).filter((item) => item !== '');
}

/** The stanzas with the lines in `KEYS`; of a key given twice the first counts. */
function* stanzas(text: string): Generator<ReadonlyMap<string, string>> {
  let stanza = new Map<string, string>();
  for (const line of lines(text)) {
    if (line === '' && stanza.size > 0) {
      yield stanza;
      stanza = new Map();
    } else if (line.charAt(1) === ':' && KEYS.includes(line.charAt(0))) {
      const key = line.charAt(0);
      stanza.set(key, stanza.get(key) ?? line.slice(2).trim());
    }
  }
  yield stanza;
}
