/**
 * `azurelinux-oval`: Microsoft's vulnerabilities of Azure Linux and of CBL-Mariner before it, fixed
 * and unfixed ones, by source package.
 *
 * No test tells the release: the builds that are compared with do (`azl3`, `cm2`), or else the
 * name of the file.
 *
 * @module
 */
import type { Bound } from '../../vulnerabilities/advisory.ts';
import { malformed } from '../bytes.ts';
import type { FeedFile, FeedFiles, FeedFormat } from '../format.ts';
import { looseFiles } from '../loose-files.ts';
import { rootOf } from '../xml.ts';
import { ROOT } from './catalogue.ts';
import type { Definition } from './definition.ts';
import { readOval, type Vendor } from './reader.ts';
import type { Verdict } from './statements.ts';

const FILE = /(?:^|\/)(?:cbl-)?(azurelinux|mariner)-(\d{1,2}\.\d{1,2})-oval\.xml(?:\.\w{1,4})?$/i;
/** What is asked for where a folder cannot be listed. */
const KNOWN = ['azurelinux-3.0', 'azurelinux-4.0', 'cbl-mariner-2.0', 'cbl-mariner-1.0'] as const;
const ENDINGS = ['.xml', '.xml.gz'] as const;
const BUILDS: Readonly<Record<string, string>> = { azl: 'azurelinux', cm: 'mariner' };

function groupOf(path: string): string | undefined {
  const found = FILE.exec(path);
  return found === null ? undefined : `${found[1]?.toLowerCase()}:${found[2]}`;
}

/** The release that versions are built for: `0:2.6.7-3.azl3`. */
function releaseOf(bounds: readonly Bound[]): string | undefined {
  for (const [, version] of bounds) {
    const [, build = '', major = ''] = /\.(azl|cm)(\d{1,2})$/.exec(version) ?? [];
    const distribution = BUILDS[build];
    if (distribution !== undefined) return `${distribution}:${major}.0`;
  }
  return undefined;
}

function verdictOf({ patchable }: Definition): Verdict {
  switch (patchable.toLowerCase()) {
    case 'not applicable':
      return 'not-affected';
    case 'false':
      return 'not-fixed';
    default:
      return 'affected';
  }
}

const AZURE_LINUX: Vendor = {
  // Tests name what is installed; Microsoft writes the names of its source packages there.
  names: 'either',
  module: undefined,
  ofTest: () => undefined,
  ofComment: () => undefined,
  channelOf: () => undefined,
  platformsOf: (_, bounds, { name }) => {
    const namespace = releaseOf(bounds) ?? groupOf(name);
    return namespace === undefined ? [] : [{ namespace }];
  },
  verdictOf,
};

/** The files of a source with their groups. */
async function* filesOf(files: FeedFiles): AsyncGenerator<[group: string, file: FeedFile]> {
  if (files.single !== undefined) {
    yield [groupOf(files.single.name) ?? files.single.name, files.single];
  } else if (await files.list('') === undefined) {
    for (const name of KNOWN.flatMap((stem) => ENDINGS.map((ending) => `${stem}-oval${ending}`))) {
      const file = await files.open(name);
      if (file !== undefined) yield [groupOf(name) ?? name, file];
    }
  } else {
    const isXml = (path: string) => /\.xml(?:\.\w{1,4})?$/i.test(path);
    for await (const { path, file } of looseFiles(files, isXml)) {
      if (await rootOf(file) === ROOT) yield [groupOf(path) ?? path, file];
    }
  }
}

async function groupsOf(files: FeedFiles): Promise<readonly string[]> {
  const groups = new Set<string>();
  for await (const [group] of filesOf(files)) groups.add(group);
  if (groups.size === 0) throw malformed({ name: `${KNOWN[0]}-oval.xml` }, 'it is not there');
  return [...groups].sort();
}

function watchedOf(group: string): string[] {
  return KNOWN.flatMap((stem) => ENDINGS.map((ending) => `${stem}-oval${ending}`))
    .filter((name) => groupOf(name) === group);
}

/** Groups are releases, as namespaces: `azurelinux:3.0`. */
export const azurelinuxOval: FeedFormat = {
  name: 'azurelinux-oval',
  url: 'https://raw.githubusercontent.com/microsoft/AzureLinuxVulnerabilityData/main/',
  groups: groupsOf,
  watched: (group, { single }) => single === undefined ? watchedOf(group) : [single.name],
  read: async function* (group, files, note) {
    for await (const [name, file] of filesOf(files)) {
      if (name !== group) continue;
      yield* readOval(file, AZURE_LINUX, note);
      return;
    }
    throw malformed({ name: group }, 'it is not there');
  },
};
