/**
 * `oracle-oval`: Oracle Linux's errata, all releases in one file of patches (ELSA).
 *
 * Userspace builds for Ksplice and builds for FIPS have versions of their own, which are no newer
 * and no older than the ordinary ones: they are channels.
 *
 * @module
 */
import type { Bound } from '../../vulnerabilities/advisory.ts';
import { malformed } from '../bytes.ts';
import type { FeedFile, FeedFiles, FeedFormat } from '../format.ts';
import { looseFiles } from '../loose-files.ts';
import { rootOf } from '../xml.ts';
import { ROOT } from './catalogue.ts';
import type { Clause } from './clauses.ts';
import { alternativesOf } from './criteria.ts';
import { readOval, type Vendor } from './reader.ts';
import type { State } from './states.ts';

const GROUP = 'ol';
const FILE = 'com.oracle.elsa-all.xml.bz2';
const RELEASE = 'oraclelinux-release';

function platformOf(version: string): Clause {
  return { platforms: [{ namespace: `ol:${version}` }] };
}

/** The release package tells the version (`^8`) or the machine (`x86_64`). */
function ofTest(name: string, states: readonly State[]): Clause | undefined {
  if (name !== RELEASE) return undefined;
  const version = states.flatMap((state) => state.version ?? [])[0];
  const major = version === undefined ? undefined : /^\^?(\d{1,2})(?!\d)/.exec(version.value)?.[1];
  if (major !== undefined) return platformOf(major);
  const arch = states.flatMap((state) => state.arch ?? [])[0];
  const machines = arch === undefined ? undefined : alternativesOf(arch);
  return machines === undefined ? {} : { machines };
}

function ofComment(comment: string): Clause | undefined {
  const version = /^Oracle Linux (\d{1,2}) is installed$/.exec(comment)?.[1];
  if (version !== undefined) return platformOf(version);
  const machine = /^Oracle Linux arch is ([\w-]{1,20})$/.exec(comment)?.[1];
  if (machine !== undefined) return { machines: [machine] };
  const module = /^Module ([\w.+-]{1,100}:[\w.+-]{1,100}) is enabled$/.exec(comment)?.[1];
  return module === undefined ? undefined : { module };
}

/** The kind of a build, by its release: `1.1.1g-15.ksplice1.el8_3`, `1.1.1k-12.el8_9_fips`. */
function channelOf(bounds: readonly Bound[]): string | undefined {
  const releases = bounds.map(([, version]) => version);
  if (releases.some((release) => /\.ksplice\d/.test(release))) return 'ksplice';
  return releases.some((release) => /_fips(?:$|[^a-z])/.test(release)) ? 'fips' : undefined;
}

const ORACLE: Vendor = {
  names: 'built',
  module: '',
  ofTest,
  ofComment,
  channelOf,
  platformsOf: ({ platforms }) =>
    platforms.flatMap((name) => ofComment(`${name} is installed`)?.platforms ?? []),
  verdictOf: () => 'affected',
};

/** The one file: by its name upstream, or else the first that is OVAL. */
async function fileOf(files: FeedFiles): Promise<FeedFile> {
  const known = files.single ?? await files.open(FILE);
  if (known !== undefined) return known;
  const isXml = (path: string) => /\.xml(?:\.\w{1,4})?$/i.test(path);
  for await (const { file } of looseFiles(files, isXml)) {
    if (await rootOf(file) === ROOT) return file;
  }
  throw malformed({ name: FILE }, 'neither it nor any other OVAL is there');
}

export const oracleOval: FeedFormat = {
  name: 'oracle-oval',
  url: 'https://linux.oracle.com/security/oval/com.oracle.elsa-all.xml.bz2',
  groups: async (files) => {
    await fileOf(files);
    return [GROUP];
  },
  watched: (_, { single }) => [single?.name ?? FILE],
  read: async function* (_, files, note) {
    yield* readOval(await fileOf(files), ORACLE, note);
  },
};
