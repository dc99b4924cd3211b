/**
 * Versions to ask about: around those at which something begins or ends, in the spellings of the
 * ecosystem, chosen by chance that is the same each time.
 *
 * @module
 */

/** How versions are written. */
export type Spelling = 'apk' | 'composer' | 'deb' | 'gem' | 'maven' | 'python' | 'rpm' | 'semver';

/** What is before a release, behind it. */
const BEFORE: Readonly<Record<Spelling, string>> = {
  apk: '_rc1',
  composer: '-RC1',
  deb: '~rc1',
  gem: '.rc1',
  maven: '-rc-1',
  python: 'rc1',
  rpm: '~rc1',
  semver: '-rc.1',
};
/** What is a little newer. */
const BEHIND: Readonly<Record<Spelling, string>> = {
  apk: '',
  composer: '',
  deb: '+b1',
  gem: '.1',
  maven: '.1',
  python: '.post1',
  rpm: '.1',
  semver: '',
};
/** Versions below and above all that is real. */
const LOWEST: Readonly<Record<Spelling, string>> = {
  apk: '0.0.1-r0',
  composer: '0.0.1',
  deb: '0.0.1-1',
  gem: '0.0.1',
  maven: '0.0.1',
  python: '0.0.1',
  rpm: '0.0.1-1.el1',
  semver: '0.0.1',
};
const HIGHEST: Readonly<Record<Spelling, string>> = {
  apk: '99999.0.0-r0',
  composer: '99999.0.0',
  deb: '99999.0.0-1',
  gem: '99999.0.0',
  maven: '99999.0.0',
  python: '99999.0.0',
  rpm: '99999.0.0-1.el1',
  semver: '99999.0.0',
};
/** A plain release, which alone may be followed by another word. */
const PLAIN = /^(?:\d+:)?[\d.]+$/;

/** apk-package(5), and a number behind the letter, as Alpine had it (`9.9p1`): no package has another. */
const APK_VERSION =
  /^\d+(?:\.\d+)*(?:[a-z]\d*)?(?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*(?:~[0-9a-f]+)?(?:-r\d+)?$/;

/** An even choice from 0 to 1, the same for the same text (mulberry32 over FNV-1a). */
export function chanceOf(text: string): () => number {
  let state = 0x811c9dc5;
  for (const character of text) {
    state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Up to so many of the items. */
export function chosen<T>(items: readonly T[], most: number, chance: () => number): readonly T[] {
  return items.map((item) => ({ item, order: chance() })).sort((a, b) => a.order - b.order)
    .slice(0, most).map(({ item }) => item);
}

/** Right before a version, it itself, and right behind it. */
function around(version: string, spelling: Spelling): readonly string[] {
  const last = /\d+(?=\D*$)/.exec(version);
  const moved = last === null ? [] : [-1, 1].flatMap((step) => {
    const value = Number(last[0]) + step;
    // A number that is no count, such as the letters of a commit, has no neighbours.
    if (value < 0 || last[0].length > 9 || (last[0].length > 1 && last[0].startsWith('0'))) {
      return [];
    }
    return [version.slice(0, last.index) + value + version.slice(last.index + last[0].length)];
  });
  const isPackaged = spelling === 'apk' || spelling === 'deb' || spelling === 'rpm';
  const isPlain = PLAIN.test(version);
  return [
    version,
    ...moved,
    ...(isPlain || (isPackaged && spelling !== 'apk') ? [version + BEFORE[spelling]] : []),
    ...(isPlain || isPackaged ? [version + BEHIND[spelling]] : []),
  ];
}

/** Versions to ask about of one package, at most so many. */
export function askedVersions(
  ends: ReadonlySet<string>,
  spelling: Spelling,
  most: number,
  chance: () => number,
): readonly string[] {
  const near = [...new Set([...ends].flatMap((version) => around(version, spelling)))]
    .filter((version) => spelling !== 'apk' || APK_VERSION.test(version));
  return [
    ...new Set([
      LOWEST[spelling],
      HIGHEST[spelling],
      ...chosen(near, most - 2, chance),
    ]),
  ];
}
