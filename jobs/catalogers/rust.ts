/**
 * Crates inside Rust programs that were built with `cargo auditable`: a section `.dep-v0` with JSON
 * under zlib (cargo-auditable, "PARSING.md" and its JSON schema; RFC 1950).
 *
 * @module
 */
import { inflateSync } from 'node:zlib';
import { isExecutable, openExecutables, sectionNamed } from '../formats/executables/index.ts';
import { bounded } from './bounded.ts';
import { fields } from './json.ts';
import type { CatalogedFile, FoundPackage, RecognizingCataloger } from './types.ts';
import { CatalogError } from './types.ts';

const SECTION = '.dep-v0';
/** Bytes of the JSON text; the largest real ones are below 1 MiB. */
const TEXT_LIMIT = 16 * 1024 * 1024;
/** How much larger the text may be than what is in the file, above the first MiB. */
const EXPANSION_LIMIT = 200;
const PACKAGE_LIMIT = 100_000;

/** Catalogs the crates that Rust programs were built from. */
export const rust: RecognizingCataloger = {
  name: 'rust',
  version: 1,
  alone: true,
  wants: () => false,
  recognizes: isExecutable,
  parse,
};

function parse({ content }: CatalogedFile): readonly FoundPackage[] {
  const crates = new Map<string, FoundPackage>();
  for (const executable of openExecutables(content)) {
    const section = sectionNamed(executable, SECTION);
    for (const found of section === undefined ? [] : cratesOf(section)) {
      crates.set(`${found.name}@${found.version}`, found);
    }
  }
  return [...crates.values()];
}

function cratesOf(section: Buffer): readonly FoundPackage[] {
  const { packages } = fields(parseJson(inflated(section)));
  if (!Array.isArray(packages)) {
    throw new CatalogError('no list of packages');
  }
  return packages.slice(0, PACKAGE_LIMIT).flatMap(crateOf);
}

/** What only ran during the build (`kind` is `build`) is not in the program. */
function crateOf(item: unknown): readonly FoundPackage[] {
  const { name, version, kind } = fields(item);
  if (typeof name !== 'string' || typeof version !== 'string' || kind === 'build') {
    return [];
  }
  const found = bounded({ type: 'cargo', name, version, licenses: [] });
  return found === undefined ? [] : [found];
}

/** Sections are padded: bytes behind the compressed text do not matter. */
function inflated(section: Buffer): string {
  const limit = Math.min(TEXT_LIMIT, Math.max(1024 * 1024, section.length * EXPANSION_LIMIT));
  try {
    return inflateSync(section, { maxOutputLength: limit }).toString('utf8');
  } catch {
    throw new CatalogError(`${SECTION} is not zlib data of at most ${limit} bytes`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CatalogError(`${SECTION} is not valid JSON`);
  }
}
