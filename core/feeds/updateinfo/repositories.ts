/**
 * Where the updateinfo of a repository lies: in `repodata/repomd.xml`, which also tells its sum,
 * and where the repositories of a distribution lie.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { malformed, textOf } from '../bytes.ts';
import type { FeedFile, FeedFiles } from '../format.ts';
import { childOf, childText, elementsOf, type XmlElement } from '../xml.ts';

export const REPOMD = 'repodata/repomd.xml';
const MAX_LIST = 64 * 1024;
const MAX_CATALOG = 4 * 1024 * 1024;
const MAX_DATA = 64 * 1024;
const MAX_TOPICS = 500;

/** Names of sums in `repomd.xml`; sha stands for SHA-1, as the first repositories had it. */
const SUMS: Readonly<Record<string, string>> = {
  sha: 'sha1',
  sha1: 'sha1',
  sha224: 'sha224',
  sha256: 'sha256',
  sha384: 'sha384',
  sha512: 'sha512',
};

/** Amazon's folders, relative to its server: a main repository, and what may be beside it. */
const AMAZON = {
  'amzn:2': { main: '2/core/latest', catalog: '2/extras-catalog.json', others: [] },
  'amzn:2023': {
    main: 'al2023/core/mirrors/latest',
    catalog: undefined,
    others: ['al2023/kernel-livepatch/mirrors/latest', 'al2023/nvidia/mirrors/latest'],
  },
} as const;
type AmazonRelease = keyof typeof AMAZON;
const AMAZON_RELEASES: readonly AmazonRelease[] = ['amzn:2', 'amzn:2023'];

const Catalog = z.object({ topics: z.array(z.looseObject({ n: z.string() })).max(MAX_TOPICS) });

function isAmazon(group: string): group is AmazonRelease {
  return Object.hasOwn(AMAZON, group);
}

function mirrorsOf(folder: string): string {
  // The updates of all architectures are listed with those of one.
  return `${folder}/x86_64/mirror.list`;
}

function fedoraOf(version: string): string {
  return `${version}/Everything/x86_64/`;
}

async function sumOf(file: FeedFile, algorithm: string): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(file.path)) hash.update(chunk);
  return hash.digest('hex');
}

/** Whether a path stays in its folder, without tricks of encoding. */
function isBelow(path: string): boolean {
  return /^[\w.+~@=-]+(?:\/[\w.+~@=-]+)*$/.test(path) &&
    !path.split('/').some((part) => part === '.' || part === '..');
}

async function dataOf(repomd: FeedFile): Promise<XmlElement | undefined> {
  const wants = (name: string) => name === 'data';
  const options = { root: 'repomd', wants, limit: MAX_DATA, note: () => {} };
  for await (const data of elementsOf(repomd, options)) {
    if (data.attributes['type'] === 'updateinfo') return data;
  }
  return undefined;
}

/**
 * The updateinfo of a repository; undefined where it has none.
 *
 * @param folder its path with `/` at the end, or `''`
 * @throws TidewaiterError `feed_malformed` where it is not there or does not have its sum
 */
async function updateinfoOf(files: FeedFiles, folder: string): Promise<FeedFile | undefined> {
  const repomd = await files.open(`${folder}${REPOMD}`);
  if (repomd === undefined) throw malformed({ name: `${folder}${REPOMD}` }, 'it is not there');
  const data = await dataOf(repomd);
  if (data === undefined) return undefined;
  const path = childOf(data, 'location')?.attributes['href'] ?? '';
  if (!isBelow(path)) throw malformed(repomd, 'it places its updateinfo outside of itself');
  const file = await files.open(`${folder}${path}`);
  if (file === undefined) throw malformed({ name: `${folder}${path}` }, 'it is not there');
  const type = childOf(data, 'checksum')?.attributes['type']?.toLowerCase() ?? '';
  const algorithm = Object.hasOwn(SUMS, type) ? SUMS[type] : undefined;
  if (algorithm === undefined) throw malformed(repomd, 'it has no sum for its updateinfo');
  if (await sumOf(file, algorithm) !== childText(data, 'checksum').toLowerCase()) {
    throw malformed(file, `it does not have the ${type} that ${REPOMD} tells`);
  }
  return file;
}

/** The folder of the first mirror in a list; undefined where there is no list. */
async function mirrorIn(files: FeedFiles, list: string): Promise<string | undefined> {
  const file = await files.open(list);
  if (file === undefined) return undefined;
  for (const line of (await textOf(file, MAX_LIST)).split('\n')) {
    const url = URL.parse(line.trim());
    const path = url?.pathname.replace(/^\/+|\/+$/g, '') ?? '';
    if (isBelow(path)) return `${path}/`;
  }
  throw malformed(file, 'it names no mirror');
}

async function topicsOf(files: FeedFiles, catalog: string): Promise<string[]> {
  const file = await files.open(catalog);
  if (file === undefined) return [];
  const text = await textOf(file, MAX_CATALOG);
  try {
    return Catalog.parse(JSON.parse(text)).topics.map(({ n }) => n).filter(isBelow);
  } catch (error) {
    throw malformed(file, 'it is no catalog of topics', error);
  }
}

async function* amazonFiles(files: FeedFiles, group: AmazonRelease): AsyncGenerator<FeedFile> {
  const { main, catalog, others } = AMAZON[group];
  const topics = catalog === undefined ? [] : await topicsOf(files, catalog);
  const folders = [main, ...others, ...topics.map((topic) => `2/extras/${topic}/latest`)];
  for (const folder of folders) {
    const mirror = await mirrorIn(files, mirrorsOf(folder));
    const file = mirror === undefined ? undefined : await updateinfoOf(files, mirror);
    if (file !== undefined) yield file;
    else if (folder === main) throw malformed({ name: mirrorsOf(main) }, 'it has no updateinfo');
  }
}

/** Distributions of which the source mirrors whole servers; none where it does not. */
export async function mirroredGroups(files: FeedFiles): Promise<string[]> {
  const groups: string[] = [];
  for (const release of AMAZON_RELEASES) {
    const list = await files.open(mirrorsOf(AMAZON[release].main));
    if (list !== undefined) groups.push(release);
  }
  for (const name of await files.list('') ?? []) {
    const version = /^(\d{1,3})\/$/.exec(name)?.[1];
    if (version === undefined) continue;
    const repomd = await files.open(`${fedoraOf(version)}${REPOMD}`);
    if (repomd !== undefined) groups.push(`fedora:${version}`);
  }
  return groups;
}

/** Files that tell whether something of a distribution has changed, wherever it lies. */
export function watchedOf(group: string): string[] {
  if (isAmazon(group)) return [mirrorsOf(AMAZON[group].main), REPOMD];
  const fedora = /^fedora:(\d+)$/.exec(group)?.[1];
  return fedora === undefined ? [REPOMD] : [`${fedoraOf(fedora)}${REPOMD}`, REPOMD];
}

/**
 * The updateinfo files of a distribution, from the mirror of its server or from the one repository
 * that the source is; none where it is neither.
 *
 * @throws TidewaiterError `feed_malformed`
 */
export async function* repositoryFiles(
  files: FeedFiles,
  group: string,
): AsyncGenerator<FeedFile> {
  if (await files.open(REPOMD) !== undefined) {
    const file = await updateinfoOf(files, '');
    if (file === undefined) throw malformed({ name: REPOMD }, 'it names no updateinfo');
    yield file;
  } else if (isAmazon(group)) {
    const list = await files.open(mirrorsOf(AMAZON[group].main));
    if (list !== undefined) yield* amazonFiles(files, group);
  } else {
    const fedora = /^fedora:(\d+)$/.exec(group)?.[1] ?? '';
    const folder = fedoraOf(fedora);
    const repomd = fedora === '' ? undefined : await files.open(`${folder}${REPOMD}`);
    const file = repomd === undefined ? undefined : await updateinfoOf(files, folder);
    if (file !== undefined) yield file;
  }
}
