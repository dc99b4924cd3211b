/**
 * What the path of a Java archive tells: `NAME-VERSION[-CLASSIFIER].EXTENSION` (Maven repository
 * layout), and the folders around it where it lies in a repository.
 *
 * @module
 */

/** Coordinates as far as a path tells them. */
export interface FileIdentity {
  readonly group?: string | undefined;
  readonly artifact: string;
  /** Undefined where the file name has none. */
  readonly version?: string | undefined;
}

/** Words that stand in versions. Digits may follow. */
const QUALIFIER =
  /^(?:alpha|beta|a|b|rc|cr|m|milestone|ga|final|release|snapshot|sp|pre|preview|ea|dev|build|patch|incubating|jre|android|java|hadoop|redhat|atlassian|jbossorg|fuse|cdh|jdbc|rev|r|v)[\d._]*$/i;

/** Words that stand behind versions: they tell artifacts of one version apart. */
const CLASSIFIER = new RegExp(
  '-(?:' + [
    'all|shaded|shadow|uber|fat|standalone|exec|boot|dist|bin|bundle|nodep|nodeps',
    '(?:jar-)?with-dependencies',
    '(?:test-)?sources?|javadoc|tests?|test-fixtures|plain|classes|client|core|main',
    'nolog|noop|no_aop|indy|jdk\\d+|jakarta',
    '(?:natives-)?(?:linux|osx|macos|mac|darwin|windows|win)(?:[-_.]\\w+)*',
  ].join('|') + ')$',
  'i',
);

/** Versions that begin with a letter: `r09`, `v1-rev20210127-1.31.0`. */
const LETTERED = /^(?:r\d+$|v\d\w*-rev\d)/;
/** Bundles as OSGi frameworks unpack them: `a.b.c_1.2.3.v2021`. */
const BUNDLE = /^(.+)_(\d+\.\d+\.\d+(?:\.[\w-]+)?)$/;
/** Folders that repositories begin in. */
const REPOSITORY_ROOTS: ReadonlySet<string> = new Set([
  'repository',
  'repo',
  'maven-repo',
  'maven2',
  'system',
]);
const TOP_LEVEL: ReadonlySet<string> = new Set(['com', 'org', 'net', 'io', 'dev', 'de', 'edu']);
/** Characters of a name that are looked at: file systems allow no more. */
const STEM_LIMIT = 255;

/** The file name of a path without its extension. */
export function stemOf(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1);
  const dot = file.lastIndexOf('.');
  return dot <= 0 ? file : file.slice(0, dot);
}

/**
 * Name and version of a file name. Versions that the archive itself tells help to find where the
 * name ends, and where the version does.
 */
export function splitStem(stem: string, hints: readonly string[]): FileIdentity {
  if (stem.length > STEM_LIMIT) return { artifact: stem };
  for (const hint of hints) {
    if (!/^\d+\.\d/.test(hint)) continue;
    if (stem.endsWith(`-${hint}`)) return at(stem, stem.length - hint.length - 1);
    const found = stem.indexOf(`-${hint}-`);
    const rest = stem.slice(found + hint.length + 2);
    if (found > 0 && /^[a-z]/i.test(rest) && !QUALIFIER.test(rest.split('-', 1)[0] ?? '')) {
      return { artifact: stem.slice(0, found), version: hint };
    }
  }
  const bundle = BUNDLE.exec(stem);
  if (bundle?.[1] !== undefined) return { artifact: bundle[1], version: bundle[2] };
  const plain = stem.replace(CLASSIFIER, '');
  const split = versionStart(plain);
  return split === -1 ? { artifact: stem } : at(plain, split);
}

function at(stem: string, hyphen: number): FileIdentity {
  return { artifact: stem.slice(0, hyphen), version: stem.slice(hyphen + 1) };
}

/**
 * The hyphen that a version follows: the first, unless a word that no version has stands between
 * it and another such number (`log4j-1.2-api-2.14.1`). -1 where there is none.
 */
function versionStart(stem: string): number {
  const words = stem.split('-');
  let position = words[0]?.length ?? 0;
  let start = -1;
  let broken = false;
  for (const word of words.slice(1)) {
    if (start === -1 ? begins(word, stem.slice(position + 1)) : broken && /^\d+\.\d/.test(word)) {
      start = position;
      broken = false;
    } else if (start !== -1 && !/^\d/.test(word) && !QUALIFIER.test(word)) {
      broken = true;
    }
    position += 1 + word.length;
  }
  return start <= 0 ? -1 : start;
}

function begins(word: string, rest: string): boolean {
  return /^\d/.test(word) || LETTERED.test(rest);
}

/**
 * Coordinates from the folders of a Maven repository (`…/GROUP/NAME/VERSION/NAME-VERSION.jar`, a
 * folder for each part of the group) or of Gradle's cache (`…/GROUP/NAME/VERSION/HASH/FILE`).
 */
export function repositoryIdentity(path: string): FileIdentity | undefined {
  const folders = path.split('/').slice(0, -1);
  const stem = stemOf(path);
  const cached = folders.slice(-4);
  if (folders.at(-5) === 'files-2.1' && stem.startsWith(`${cached[1]}-${cached[2]}`)) {
    return { group: cached[0], artifact: cached[1] ?? '', version: cached[2] };
  }
  const [artifact = '', version = ''] = folders.slice(-2);
  if (!/\d/.test(version) || !stem.startsWith(`${artifact}-`)) return undefined;
  const rest = stem.slice(artifact.length + 1);
  // Files of snapshots have the time of the build in place of that word.
  const isVersion = rest.startsWith(version) ||
    (version.endsWith('-SNAPSHOT') && rest.startsWith(version.slice(0, -'SNAPSHOT'.length)));
  if (!isVersion) return undefined;
  return { group: groupOf(folders.slice(0, -2)), artifact, version };
}

function groupOf(folders: readonly string[]): string | undefined {
  const root = folders.findLastIndex((folder) => REPOSITORY_ROOTS.has(folder)) + 1;
  const first = root > 0 ? root : folders.findIndex((folder) => TOP_LEVEL.has(folder));
  return first === -1 ? undefined : folders.slice(first).join('.') || undefined;
}
