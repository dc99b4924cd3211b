/**
 * Security databases of Alpine (one folder for each branch, one file for each of its repositories),
 * Wolfi, Chainguard and MinimOS (one file, as their releases roll). They tell fixes alone: what is
 * affected and not fixed is not in them.
 *
 * @module
 */
import type { FeedRecord } from '../vulnerabilities/advisory.ts';
import { malformed } from './bytes.ts';
import type { FeedFile, FeedFiles, FeedFormat, NoteUnreadable } from './format.ts';
import { listedFiles } from './listing.ts';
import {
  advisoriesOf,
  headOf,
  packagesOf,
  type SecdbPackage,
  type SecdbScope,
} from './secdb-packages.ts';
import { wholeFile } from './whole.ts';

const BRANCH = /^(?:v\d{1,3}\.\d{1,3}|edge)$/;
const EDGE = 'edge';
const REPOSITORIES: readonly string[] = ['main.json', 'community.json'];
/** The branches that are asked for where nobody lists them: `v3.2` and later. */
const FIRST_MINOR = 2;
const LAST_MINOR = 50;
/** After so many that are missing behind one that was there, there is no later one. */
const MISSING_LIMIT = 4;

/** Alpine: the groups are its branches. */
export const secdb: FeedFormat = {
  name: 'secdb',
  url: 'https://secdb.alpinelinux.org',
  async groups(files) {
    if (files.single !== undefined) return [await branchOf(files.single)];
    const listed = await documentsByBranch(files);
    return listed === undefined ? await branchesAt(files) : [...listed.keys()].toSorted();
  },
  watched: (branch, { single }) =>
    single === undefined ? REPOSITORIES.map((name) => `${branch}/${name}`) : [single.name],
  async *read(branch, files, note) {
    const [first, ...others] = await documentsOf(branch, files);
    if (first === undefined) throw malformed({ name: `${branch}/main.json` }, 'there is none');
    yield* recordsOf([first, ...others], note, {
      namespace: `alpine:${branch.replace(/^v/, '')}`,
      pageOf: (id) =>
        id.startsWith('CVE-') ? `https://security.alpinelinux.org/vuln/${id}` : undefined,
    });
  },
};

export const wolfi = rolling('wolfi', 'https://packages.wolfi.dev/os/security.json');
export const chainguard = rolling(
  'chainguard',
  'https://packages.cgr.dev/chainguard/security.json',
);
export const minimos = rolling(
  'minimos',
  'https://packages.mini.dev/advisories/secdb/security.json',
);

/** The format of a distribution whose database is one file, one group named as itself. */
function rolling(name: string, url: string): FeedFormat {
  const file = 'security.json';
  return {
    name,
    url,
    groups: () => Promise.resolve([name]),
    watched: (_group, { single }) => [single?.name ?? file],
    async *read(_group, files, note) {
      const found = files.single ?? await files.open(file);
      const [first, ...others] = found === undefined
        ? await filesAt(files, await jsonFiles(files) ?? [])
        : [found];
      if (first === undefined) throw malformed({ name: file }, 'there is none');
      yield* recordsOf([first, ...others], note, { namespace: name, pageOf: () => undefined });
    },
  };
}

/** Advisories of files that belong together: a package that is in several has its fixes in one. */
async function* recordsOf(
  files: readonly [FeedFile, ...FeedFile[]],
  note: NoteUnreadable,
  scope: SecdbScope,
): AsyncGenerator<FeedRecord> {
  const repeated = await repeatedNames(files);
  yield* wholeFile(files[0], new Set(), note, async function* (noteOwn) {
    const gathered = new Map<string, SecdbPackage>();
    for (const file of files) {
      for await (const found of packagesOf(file, noteOwn, note)) {
        if (!repeated.has(found.name)) yield* advisoriesOf(found, scope);
        else {
          const earlier = gathered.get(found.name)?.fixes ?? [];
          gathered.set(found.name, { ...found, fixes: [...earlier, ...found.fixes] });
        }
      }
    }
    for (const found of gathered.values()) yield* advisoriesOf(found, scope);
  });
}

/** Packages that come more than once: they alone have to be held until the end. */
async function repeatedNames(files: readonly FeedFile[]): Promise<ReadonlySet<string>> {
  const once = new Set<string>();
  const repeated = new Set<string>();
  for (const file of files) {
    for (const name of (await headOf(file)).names) (once.has(name) ? repeated : once).add(name);
  }
  return repeated;
}

async function branchOf(file: FeedFile): Promise<string> {
  const { branch } = await headOf(file);
  if (branch !== undefined && BRANCH.test(branch)) return branch;
  throw malformed(file, 'it tells no branch of Alpine');
}

/** Branches that have a repository, where nobody lists them. */
async function branchesAt(files: FeedFiles): Promise<readonly string[]> {
  const found: string[] = [];
  let missing = 0;
  const ask = async (branch: string) => {
    const isThere = await files.open(`${branch}/${REPOSITORIES[0]}`) !== undefined;
    if (isThere) found.push(branch);
    return isThere;
  };
  for (let minor = FIRST_MINOR; minor <= LAST_MINOR; minor++) {
    missing = await ask(`v3.${minor}`) ? 0 : missing + 1;
    if (found.length > 0 && missing >= MISSING_LIMIT) break;
  }
  await ask(EDGE);
  return found;
}

async function documentsOf(branch: string, files: FeedFiles): Promise<readonly FeedFile[]> {
  if (files.single !== undefined) return [files.single];
  const listed = await documentsByBranch(files);
  const paths = listed === undefined
    ? REPOSITORIES.map((name) => `${branch}/${name}`)
    : listed.get(branch) ?? [];
  return await filesAt(files, paths);
}

/** Paths by branch where they can be listed: by their folder, or else by what they say. */
async function documentsByBranch(
  files: FeedFiles,
): Promise<ReadonlyMap<string, readonly string[]> | undefined> {
  const paths = await jsonFiles(files);
  if (paths === undefined) return undefined;
  const found = new Map<string, string[]>();
  for (const path of paths) {
    const folder = path.split('/').at(-2) ?? '';
    const file = BRANCH.test(folder) ? undefined : await files.open(path);
    const branch = file === undefined ? folder : await branchOf(file);
    found.set(branch, [...found.get(branch) ?? [], path]);
  }
  return found;
}

async function jsonFiles(files: FeedFiles): Promise<readonly string[] | undefined> {
  return (await listedFiles(files))?.filter((path) => /\.json(?:\.gz|\.zst)?$/.test(path));
}

async function filesAt(
  files: FeedFiles,
  paths: readonly string[],
): Promise<readonly FeedFile[]> {
  const found = await Promise.all(paths.map((path) => files.open(path)));
  return found.filter((file) => file !== undefined);
}
