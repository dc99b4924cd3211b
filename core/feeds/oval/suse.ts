/**
 * `suse-oval`: SUSE's and openSUSE's vulnerabilities by product, fixed and unfixed ones.
 *
 * Each product is published in up to three files: with what is affected but not fixed, without it,
 * and by update instead of by vulnerability. The first of them that is there says the most.
 *
 * @module
 */
import { malformed } from '../bytes.ts';
import type { FeedFile, FeedFiles, FeedFormat } from '../format.ts';
import { looseFiles } from '../loose-files.ts';
import { rootOf } from '../xml.ts';
import { ROOT } from './catalogue.ts';
import type { Clause } from './clauses.ts';
import { readOval, type Vendor } from './reader.ts';
import type { State } from './states.ts';
import { productsOfName, productsOfPackage } from './suse-products.ts';

/** Views of a product, the fullest first, and ways to pack them, the cheapest to read first. */
const VIEWS = ['-affected', '', '-patch'] as const;
const ENDINGS = ['.xml.gz', '.xml.bz2', '.xml'] as const;
const FILE = /^((?:opensuse|suse)\.[\w.-]{1,100}?)(?:-affected|-patch)?\.xml(?:\.gz|\.bz2)?$/;
/**
 * Products of which no other file has all: service packs (`15-sp4`, `16.0`) are parts of their
 * release, and so is the server alone but for the releases that had no common file.
 */
const WHOLE =
  /^(?:opensuse\.(?:\d[\d.]*|leap\.(?:micro\.)?\d[\d.]*|tumbleweed)|suse\.linux\.enterprise\.(?:\d+|micro\.\d+\.\d+|server\.(?:9|10))|suse\.linux\.micro\.\d+(?:\.\d+)?)$/;

/** Products of today, where a server does not tell which files it has. */
const PUBLISHED: readonly string[] = [
  'opensuse.leap.15.6',
  'opensuse.leap.16.0',
  'opensuse.tumbleweed',
  'suse.linux.enterprise.12',
  'suse.linux.enterprise.15',
  'suse.linux.enterprise.16',
];

/**
 * The version that a release package must have: `15.3`, or that of `0:20210101-0`. Undefined for
 * other comparisons: `lsb-release` is a package like any other.
 */
function versionOf(states: readonly State[]): string | undefined {
  for (const { version, evr } of states) {
    if (version !== undefined && version.value !== '0') return version.value.replace(/^\^/, '');
    if (evr?.operation === 'equals' || evr?.operation === 'greater than or equal') {
      return /^(?:\d+:)?([^-]{1,40})/.exec(evr.value)?.[1];
    }
  }
  return undefined;
}

function ofTest(name: string, states: readonly State[]): Clause | undefined {
  const version = versionOf(states);
  const platforms = version === undefined ? undefined : productsOfPackage(name, version);
  return platforms === undefined ? undefined : { platforms };
}

function ofComment(comment: string): Clause | undefined {
  const name = /^(.{1,200}) is installed$/.exec(comment)?.[1];
  const platforms = name === undefined ? undefined : productsOfName(name);
  return platforms === undefined ? undefined : { platforms };
}

const SUSE: Vendor = {
  names: 'built',
  module: undefined,
  ofTest,
  ofComment,
  channelOf: () => undefined,
  platformsOf: ({ platforms }) => platforms.flatMap((name) => productsOfName(name) ?? []),
  verdictOf: () => 'affected',
};

/** Files of products by their paths, as far as their folder tells. */
async function* filesOf(files: FeedFiles): AsyncGenerator<FeedFile> {
  const isXml = (path: string) => /\.xml(?:\.\w{1,4})?$/i.test(path) && !FILE.test(path);
  for await (const { file } of looseFiles(files, isXml)) {
    if (await rootOf(file) === ROOT) yield file;
  }
}

function stemOf(name: string): string {
  return FILE.exec(name)?.[1] ?? name.replace(/\.xml(?:\.\w{1,4})?$/i, '');
}

async function groupsOf(files: FeedFiles): Promise<readonly string[]> {
  if (files.single !== undefined) return [stemOf(files.single.name)];
  const names = await files.list('');
  if (names === undefined) return PUBLISHED;
  const products = new Set(names.flatMap((name) => FILE.exec(name)?.[1] ?? []));
  const groups = new Set([...products].filter((product) => WHOLE.test(product)));
  // A folder of somebody's own: whatever is OVAL in it.
  if (groups.size === 0) { for (const product of products) groups.add(product); }
  for await (const { name } of filesOf(files)) groups.add(stemOf(name));
  if (groups.size === 0) throw malformed({ name: 'the folder' }, 'it has no OVAL that is listed');
  return [...groups].sort();
}

function namesOf(group: string): string[] {
  return VIEWS.flatMap((view) => ENDINGS.map((ending) => `${group}${view}${ending}`));
}

async function fileOf(group: string, files: FeedFiles): Promise<FeedFile> {
  if (files.single !== undefined) return files.single;
  const names = await files.list('');
  for (const name of namesOf(group)) {
    const isThere = names === undefined || names.includes(name);
    const file = isThere ? await files.open(name) : undefined;
    if (file !== undefined) return file;
  }
  for await (const file of filesOf(files)) if (stemOf(file.name) === group) return file;
  throw malformed({ name: `${group}.xml.gz` }, 'it is not there');
}

/** Groups are products, as their files are called: `suse.linux.enterprise.15`. */
export const suseOval: FeedFormat = {
  name: 'suse-oval',
  url: 'https://ftp.suse.com/pub/projects/security/oval/',
  groups: groupsOf,
  watched: (group, { single }) => single === undefined ? namesOf(group) : [single.name],
  read: async function* (group, files, note) {
    yield* readOval(await fileOf(group, files), SUSE, note);
  },
};
