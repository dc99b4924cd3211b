/**
 * Packages of security databases as Alpine publishes them (secdb), and as others do who build with
 * its tools: `packages[].pkg {name, secfixes {VERSION: [ids]}}`, a version being the fixed one.
 *
 * @module
 */
import { z } from 'zod';
import { type Advisory, EVERY_VERSION, type Statement } from '../vulnerabilities/advisory.ts';
import type { FeedFile, NoteUnreadable } from './format.ts';
import { EACH, jsonParts, type Place } from './json-parts.ts';
import { idsOf } from './secdb-ids.ts';
import { isWord, lineOf, NOTE_LIMIT } from './text.ts';

/** The version that says of ids that the package never had them. */
const NEVER = '0';

/** What a hyphen stands for within numbers, as in `1.11-20-r0`: a dot. */
const HYPHENATED = /-(?=\d+-r)/g;
/** What stands for the `-r` of a build, as in `0.8.21.r2`, `1.18.-r2`, `2.15.r-r1`, `2.7.16-33`. */
const MISSPELT_BUILD = /(?:\.r?-r|\.r|-)(?=\d+$)/;

const Entry = z.looseObject({
  pkg: z.looseObject({
    name: z.string(),
    secfixes: z.record(z.string(), z.unknown()).optional().catch(undefined),
  }),
});

/** What a file tells of itself. */
export interface SecdbHead {
  /** `v3.18`, `edge`; undefined in databases without branches. */
  readonly branch: string | undefined;
  /** Names of its packages. */
  readonly names: readonly string[];
}

/** A package's fixes: ids by version, in the file's order. */
export interface SecdbPackage {
  readonly name: string;
  readonly fixes: readonly (readonly [version: string, lines: readonly string[]])[];
}

/** Reads a file for what concerns all of it. @throws TidewaiterError `feed_malformed` */
export async function headOf(file: FeedFile): Promise<SecdbHead> {
  let branch: string | undefined;
  const names: string[] = [];
  const places: readonly Place[] = [['distroversion'], ['packages', EACH]];
  for await (const { path, value } of jsonParts(file, { places, note: () => {} })) {
    if (path.length === 1) branch = lineOf(value);
    else {
      const entry = Entry.safeParse(value);
      if (entry.success) names.push(entry.data.pkg.name);
    }
  }
  return { branch, names };
}

/**
 * The packages of a file as it lists them.
 *
 * @param note is told of packages that cannot be read
 * @param noteVersion is told of versions in those that can
 * @throws TidewaiterError `feed_malformed`
 */
export async function* packagesOf(
  file: FeedFile,
  note: NoteUnreadable,
  noteVersion: NoteUnreadable,
): AsyncGenerator<SecdbPackage> {
  for await (const { path, value } of jsonParts(file, { places: [['packages', EACH]], note })) {
    const entry = Entry.safeParse(value);
    const name = entry.data?.pkg.name ?? '';
    if (!isWord(name)) {
      note(lineOf(name, NOTE_LIMIT) ?? path.join('/'), 'it is no package with a name');
      continue;
    }
    const fixes: [string, readonly string[]][] = [];
    for (const [key, lines] of Object.entries(entry.data?.pkg.secfixes ?? {})) {
      const version = key.trim();
      if (!isWord(version)) noteVersion(`${name} ${lineOf(key, 50) ?? ''}`, 'it is no version');
      else if (Array.isArray(lines)) {
        fixes.push([mended(version), lines.filter((line) => typeof line === 'string')]);
      }
    }
    yield { name, fixes };
  }
}

/** Misspelt versions in the one way that apk can read them: as they are, every other is newer. */
function mended(version: string): string {
  return version.replace(HYPHENATED, '.').replace(MISSPELT_BUILD, '-r');
}

/** What a database is about. */
export interface SecdbScope {
  readonly namespace: string;
  /** Page of an id, where there is one. */
  readonly pageOf: (id: string) => string | undefined;
}

/** One advisory for each id of a package, from all of its entries. */
export function advisoriesOf(
  { name, fixes }: SecdbPackage,
  { namespace, pageOf }: SecdbScope,
): readonly Advisory[] {
  const versionsOf = new Map<string, Set<string>>();
  const companions = new Map<string, Set<string>>();
  for (const [version, lines] of fixes) {
    for (const ids of lines.map(idsOf)) {
      for (const id of ids) {
        added(versionsOf, id).add(version);
        for (const other of ids) if (other !== id) added(companions, id).add(other);
      }
    }
  }
  return [...versionsOf].map(([id, versions]): Advisory => {
    const beside = [...companions.get(id) ?? []];
    const aliases = beside.filter((other) => isPair(id, other, companions));
    const page = pageOf(id);
    return {
      kind: 'advisory',
      key: `${name}/${id}`,
      id,
      aliases,
      related: beside.filter((other) => !aliases.includes(other)),
      scores: [],
      urls: page === undefined ? [] : [page],
      statements: [statementOf(namespace, name, versions)],
    };
  });
}

/**
 * Whether two ids in one line are names of the same vulnerability: a CVE and another id, neither of
 * which goes with a third. An advisory of several CVEs is none of them.
 */
function isPair(
  id: string,
  other: string,
  companions: ReadonlyMap<string, ReadonlySet<string>>,
): boolean {
  return id.startsWith('CVE-') !== other.startsWith('CVE-') &&
    companions.get(id)?.size === 1 && companions.get(other)?.size === 1;
}

function statementOf(
  namespace: string,
  name: string,
  versions: ReadonlySet<string>,
): Statement {
  const about = { namespace, package: name, names: 'source', versions: [] } as const;
  // Who names a fixed version too has been affected.
  const fixed = [...versions].filter((version) => version !== NEVER);
  if (fixed.length === 0) {
    return { ...about, affected: false, ranges: [EVERY_VERSION], state: 'unknown' };
  }
  return {
    ...about,
    affected: true,
    ranges: fixed.map((version) => [['>=', '0'], ['<', version]]),
    state: 'fixed',
  };
}

function added(sets: Map<string, Set<string>>, key: string): Set<string> {
  const set = sets.get(key) ?? new Set();
  sets.set(key, set);
  return set;
}
