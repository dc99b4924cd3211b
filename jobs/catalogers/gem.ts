/**
 * Installed Ruby gems, from the specifications that RubyGems writes into `specifications` of a gem
 * directory, and into `specifications/default` for the gems of the standard library (RubyGems
 * guides, "Specification reference"). They are Ruby source text that is read, not run: a
 * `# stub:` line for RubyGems' own quick reading, and assignments of string literals.
 *
 * @module
 */
import { bounded } from './bounded.ts';
import { qualifiers } from './qualifiers.ts';
import { stringsAt } from './ruby-strings.ts';
import { readText } from './text.ts';
import type { CatalogedFile, Cataloger, FoundPackage } from './types.ts';

const INSTALLED = /(?:^|\/)specifications\/(?:default\/)?[^/]+\.gemspec$/;
const SIZE_LIMIT = 16 * 1024 * 1024;
/** Name, version and platform, in the second line alone. */
const STUB = /^[^\n]*\n# stub: (\S+) (\S+) (\S+)/;
const ASSIGNMENT =
  /^[ \t]*[a-z_]\w*\.(name|version|platform|licenses?|authors?)[ \t]*=(?![=~>])[ \t]*/gm;
/** The name that RubyGems gives the file: name, version and perhaps a platform. */
const FILE_NAME = /^(.+)-(\d[^-]*)(?:-([\w-]+))?\.gemspec$/;
const FILE_NAME_LIMIT = 255;

/** Catalogs installed gems. A `Gemfile.lock` says what is wanted, not what is installed. */
export const gem: Cataloger = { name: 'gem', version: 1, alone: true, wants, parse };

function wants(path: string): boolean {
  return path.endsWith('.gemspec') && INSTALLED.test(path);
}

function parse({ path, content }: CatalogedFile): readonly FoundPackage[] {
  const text = readText(content, SIZE_LIMIT);
  const assigned = assignments(text);
  const { name, version, platform } = identity(text, assigned, path);
  const found = bounded({
    type: 'gem',
    name,
    version,
    licenses: uniqueTexts([assigned.get('licenses'), assigned.get('license')]),
    origin: uniqueTexts([assigned.get('authors'), assigned.get('author')]).join(', ') || undefined,
    qualifiers: qualifiers({ platform: platform === 'ruby' ? undefined : platform }),
  });
  return found === undefined ? [] : [found];
}

type Assignments = ReadonlyMap<string, readonly string[]>;

/**
 * The stub, as RubyGems lists gems by it; else what is assigned. What takes running Ruby to know,
 * such as a version that is a constant, is told by the file's name.
 */
function identity(text: string, assigned: Assignments, path: string): Identity {
  const stub = STUB.exec(text);
  if (stub !== null) {
    return { name: stub[1] ?? '', version: stub[2] ?? '', platform: stub[3] };
  }
  const file = path.slice(path.lastIndexOf('/') + 1);
  const named = file.length <= FILE_NAME_LIMIT && text.includes('Gem::Specification.new')
    ? FILE_NAME.exec(file)
    : null;
  return {
    name: assigned.get('name')?.[0] ?? named?.[1] ?? '',
    version: assigned.get('version')?.[0] ?? named?.[2] ?? '',
    platform: assigned.get('platform')?.[0] ?? named?.[3],
  };
}

interface Identity {
  readonly name: string;
  readonly version: string;
  readonly platform?: string | undefined;
}

/** The strings first assigned to each attribute; none for one whose value is no literal. */
function assignments(text: string): Assignments {
  const found = new Map<string, readonly string[]>();
  for (const match of text.matchAll(ASSIGNMENT)) {
    const attribute = match[1] ?? '';
    if (!found.has(attribute)) {
      found.set(attribute, stringsAt(text, match.index + match[0].length));
    }
  }
  return found;
}

function uniqueTexts(lists: readonly (readonly string[] | undefined)[]): readonly string[] {
  const texts = lists.flatMap((list) => list ?? []).map((item) => item.trim());
  return [...new Set(texts.filter(Boolean))];
}
