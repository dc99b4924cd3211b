/**
 * Dart and Flutter packages that an application's `pubspec.lock` pins (Dart documentation,
 * "Package dependencies": pub writes the file as block-style YAML). Read by a small parser of just
 * that style.
 *
 * @module
 */
import { bounded } from './bounded.ts';
import { outline } from './outline.ts';
import { qualifiers } from './qualifiers.ts';
import { readText } from './text.ts';
import type { CatalogedFile, Cataloger, FoundPackage } from './types.ts';

const FILE = 'pubspec.lock';
const SIZE_LIMIT = 16 * 1024 * 1024;
/** Lock files of the packages themselves, which pub does not read. */
const CACHE = '.pub-cache/';
const DEFAULT_HOSTS: ReadonlySet<string> = new Set([
  'https://pub.dev',
  'https://pub.dartlang.org',
]);

/** Catalogs packages that a `pubspec.lock` pins, without the SDK's and the application's own. */
export const dart: Cataloger = { name: 'dart', version: 1, alone: true, wants, parse };

function wants(path: string): boolean {
  return path.endsWith(FILE) && (path.length === FILE.length || path.endsWith(`/${FILE}`)) &&
    !path.includes(CACHE);
}

function parse({ content }: CatalogedFile): readonly FoundPackage[] {
  return [...pins(readText(content, SIZE_LIMIT))].flatMap((pin) => packageOf(pin) ?? []);
}

/** The fields of one package by name, those of its description behind `description.`. */
type Pin = ReadonlyMap<string, string>;

function* pins(text: string): Generator<Pin> {
  let pin = new Map<string, string>();
  let section = '';
  let parent = '';
  for (const { depth, key, value } of outline(text)) {
    if (depth <= 1 && pin.size > 0) {
      yield pin;
      pin = new Map();
    }
    if (depth === 0) {
      section = key;
    } else if (section === 'packages') {
      parent = depth === 2 ? key : parent;
      const field = depth === 1 ? 'name' : depth === 2 ? key : `${parent}.${key}`;
      pin.set(field, depth === 1 ? key : value);
    }
  }
  yield pin;
}

/** Packages with the source `sdk` are part of the SDK, those of a `path` the application's own. */
function packageOf(pin: Pin): FoundPackage | undefined {
  const source = pin.get('source');
  if (source !== 'hosted' && source !== 'git') {
    return undefined;
  }
  const url = pin.get('description.url') ?? '';
  const ref = pin.get('description.resolved-ref') ?? '';
  return bounded({
    type: 'pub',
    name: pin.get('name') ?? '',
    version: pin.get('version') ?? '',
    licenses: [],
    qualifiers: qualifiers({
      repository_url: source === 'git' || DEFAULT_HOSTS.has(url) ? undefined : url,
      vcs_url: source === 'git' && url !== '' ? `git+${url}${ref && `@${ref}`}` : undefined,
    }),
  });
}
