/**
 * Haskell packages that an application's lock file pins: `stack.yaml.lock` (Stack documentation,
 * "Lock files": YAML in block style, read by a small parser of just that) and
 * `cabal.project.freeze` (Cabal User Guide, "cabal freeze").
 *
 * @module
 */
import { bounded } from './bounded.ts';
import { outline } from './outline.ts';
import { qualifiers } from './qualifiers.ts';
import { lines, readText } from './text.ts';
import type { CatalogedFile, Cataloger, FoundPackage } from './types.ts';

const STACK = 'stack.yaml.lock';
const CABAL = 'cabal.project.freeze';
const SIZE_LIMIT = 16 * 1024 * 1024;
/** Sources of dependencies, whose lock files their tools do not read. */
const BUILD_DIRECTORY = /(?:^|\/)(?:\.stack-work|dist-newstyle)\//;
const CONSTRAINT = /^(?:any\.)?([A-Za-z0-9][A-Za-z0-9-]*) *== *([0-9]+(?:\.[0-9]+)*)$/;
/** `NAME-VERSION@HASH`, or `@rev:` and a number, behind it. */
const HACKAGE = /^([A-Za-z0-9][A-Za-z0-9-]*)-([0-9]+(?:\.[0-9]+)*)(?:@|$)/;

/** Catalogs packages that Stack or Cabal pins. Those of a Stack snapshot are not listed there. */
export const haskell: Cataloger = { name: 'haskell', version: 1, alone: true, wants, parse };

function wants(path: string): boolean {
  const last = path.at(-1);
  if (last !== 'k' && last !== 'e') {
    return false;
  }
  const name = path.slice(path.lastIndexOf('/') + 1);
  return (name === STACK || name === CABAL) && !BUILD_DIRECTORY.test(path);
}

function parse({ path, content }: CatalogedFile): readonly FoundPackage[] {
  const text = readText(content, SIZE_LIMIT);
  return path.endsWith(STACK) ? [...stackPackages(text)] : [...cabalPackages(text)];
}

/** Constraints stand in one list that goes over many lines; those on flags have no version. */
function* cabalPackages(text: string): Generator<FoundPackage> {
  let inConstraints = false;
  for (const line of lines(text)) {
    const field = /^[a-z][a-z-]*:/.exec(line)?.[0];
    inConstraints = field === undefined ? inConstraints : field === 'constraints:';
    if (!inConstraints || line.trimStart().startsWith('--')) {
      continue;
    }
    for (const item of line.slice(field?.length ?? 0).split(',')) {
      const [, name = '', version = ''] = CONSTRAINT.exec(item.trim()) ?? [];
      const found = bounded({ type: 'hackage', name, version, licenses: [] });
      if (found !== undefined) {
        yield found;
      }
    }
  }
}

/** Each item of `packages` has what was asked for and, as `completed`, what that led to. */
function* stackPackages(text: string): Generator<FoundPackage> {
  let section = '';
  let part = '';
  let completed = new Map<string, string>();
  for (const { depth, isItem, key, value } of outline(text)) {
    if (depth === 0 || (depth === 1 && isItem)) {
      yield* stackPackage(completed);
      completed = new Map();
    }
    section = depth === 0 ? key : section;
    part = depth === 1 ? key : part;
    if (section === 'packages' && part === 'completed' && depth === 2) {
      completed.set(key, value);
    }
  }
  yield* stackPackage(completed);
}

function* stackPackage(completed: ReadonlyMap<string, string>): Generator<FoundPackage> {
  const hackage = HACKAGE.exec(completed.get('hackage') ?? '');
  const git = completed.get('git');
  const found = bounded({
    type: 'hackage',
    name: hackage?.[1] ?? completed.get('name') ?? '',
    version: hackage?.[2] ?? completed.get('version') ?? '',
    licenses: [],
    qualifiers: qualifiers({
      download_url: completed.get('url'),
      vcs_url: git === undefined ? undefined : `git+${git}@${completed.get('commit') ?? ''}`,
    }),
  });
  if (found !== undefined) {
    yield found;
  }
}
