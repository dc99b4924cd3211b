/**
 * Elixir packages that an application's `mix.lock` pins (Hex documentation, "Usage"): an Elixir map
 * with one tuple per dependency, of which those that begin with `:hex` are packages. Dependencies
 * from git have no version and are no packages of Hex.
 *
 * @module
 */
import { bounded } from './bounded.ts';
import { readText } from './text.ts';
import type { CatalogedFile, Cataloger, FoundPackage } from './types.ts';

const FILE = 'mix.lock';
const SIZE_LIMIT = 16 * 1024 * 1024;
/** Sources of dependencies, whose lock files Mix does not read. */
const DEPENDENCY = /(?:^|\/)deps\/[^/]+\//;
/** `"KEY": {:hex, :NAME, "VERSION"`; keys of the first Elixir versions were atoms. */
const ENTRY =
  /(?:":|[A-Za-z0-9_]:)[ \t]*\{:hex,[ \t]*:"?([A-Za-z0-9_]{1,255})"?,[ \t]*"([^"\n]{1,255})"/g;
/** The repository is the first string behind a list: build tools and dependencies are lists. */
const REPOSITORY = /\],[ \t]*"([^"\n]{1,255})"/;
const ORGANIZATION = 'hexpm:';

/** Catalogs packages of Hex that a `mix.lock` pins. */
export const elixir: Cataloger = { name: 'elixir', version: 1, alone: true, wants, parse };

function wants(path: string): boolean {
  return path.endsWith(FILE) && (path.length === FILE.length || path.endsWith(`/${FILE}`)) &&
    !DEPENDENCY.test(path);
}

function parse({ content }: CatalogedFile): readonly FoundPackage[] {
  const text = readText(content, SIZE_LIMIT);
  const matches = [...text.matchAll(ENTRY)];
  return matches.flatMap((match, index) => {
    const [entry, name = '', version = ''] = match;
    const rest = text.slice(match.index + entry.length, matches[index + 1]?.index);
    const repository = REPOSITORY.exec(rest)?.[1] ?? '';
    return bounded({
      type: 'hex',
      name,
      version,
      licenses: [],
      // Organizations have repositories `hexpm:NAME`.
      namespace: repository.startsWith(ORGANIZATION)
        ? repository.slice(ORGANIZATION.length) || undefined
        : undefined,
    }) ?? [];
  });
}
