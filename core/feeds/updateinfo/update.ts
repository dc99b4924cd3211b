/**
 * One update of an updateinfo document: what its packages fix, as advisories.
 *
 * @module
 */
import type { Advisory, Statement } from '../../vulnerabilities/advisory.ts';
import { childOf, childrenOf, childText, type XmlElement } from '../xml.ts';
import { severityOf } from '../severities.ts';
import { cvesIn, plainLine, plainText, timeOf, urlsOf } from '../xml-fields.ts';
import { type Distribution, distributionOf, pageOf } from './distributions.ts';

/** Builds that are looked at for the release they are for. */
const LOOKED_AT = 50;
const MAX_CVES = 2000;
const MAX_REFERENCES = 5000;
/** Characters of a package's name and version; longer ones are none. */
const NAME_LENGTH = 500;
/** Characters in which the part about one CVE is looked for. */
const SEARCHED = 256 * 1024;

/** A reference of an update, with the ids of CVEs that it names. */
interface Reference {
  readonly href: string;
  readonly cves: readonly string[];
}

/** What one update says of the packages of one distribution. */
export interface Update {
  readonly id: string;
  readonly namespace: string;
  readonly statements: readonly Statement[];
  /** Ids of what it fixes; its own where it names no CVE. */
  readonly fixes: readonly string[];
  readonly advisoryOf: (fix: string, key: string) => Advisory;
}

/** What cannot be read of an update, in short. */
export type Unreadable = string;

function referencesOf(update: XmlElement): Reference[] {
  const references = childrenOf(childOf(update, 'references'), 'reference');
  return references.slice(0, MAX_REFERENCES).map(({ attributes }) => {
    const { id = '', title = '', href = '' } = attributes;
    return { href, cves: cvesIn(`${id} ${title} ${href}`.slice(0, 4000)) };
  });
}

/** The versions that a collection brings, each once with all of its architectures. */
function statementsOf(collection: XmlElement, distribution: Distribution): Statement[] {
  const module = moduleOf(collection, distribution);
  const { namespace, channel } = distribution;
  const architectures = new Map<string, Set<string>>();
  const statements = new Map<string, Statement>();
  for (const { attributes } of childrenOf(collection, 'package')) {
    const { name = '', epoch = '', version = '', release = '', arch = '' } = attributes;
    // Nobody installs source packages; what they are built into is listed beside them.
    if (name === '' || version === '' || arch === 'src' || arch === 'nosrc') continue;
    const evr = `${/^\d+$/.test(epoch) ? `${epoch}:` : ''}${version}${
      release === '' ? '' : `-${release}`
    }`;
    if (name.length + evr.length > NAME_LENGTH) continue;
    const key = `${name} ${evr}`;
    const known = architectures.get(key) ?? new Set();
    architectures.set(key, known.add(arch));
    statements.set(key, {
      namespace,
      package: name,
      names: 'built',
      affected: true,
      ranges: [[['>=', '0'], ['<', evr]]],
      versions: [],
      state: 'fixed',
      module: module ?? (isOfModule(release) || !distribution.isModular ? undefined : ''),
      channel,
    });
  }
  return Array.from(statements, ([key, statement]) => {
    const known = [...architectures.get(key) ?? []].filter((arch) => arch !== '').sort();
    return known.length === 0 ? statement : { ...statement, architectures: known };
  });
}

/** Whether a build is one of a module, also where the update does not say of which. */
function isOfModule(release: string): boolean {
  return /(?:^|[._])module/.test(release);
}

function moduleOf(collection: XmlElement, { isModular }: Distribution): string | undefined {
  const { name = '', stream = '' } = childOf(collection, 'module')?.attributes ?? {};
  const isNamed = name !== '' && stream !== '' && name.length + stream.length <= NAME_LENGTH;
  return isModular && isNamed ? `${name}:${stream}` : undefined;
}

/** Amazon describes each CVE below its id: the part about one of them, or else all. */
function descriptionOf(description: string, cve: string): string | undefined {
  const start = description.indexOf(`${cve}:`);
  if (start === -1) return plainText(description);
  const from = start + cve.length + 1;
  const next = description.slice(from).search(/^[ \t]*CVE-\d{4}-\d{4,12}:[ \t]*$/m);
  return plainText(description.slice(from, next === -1 ? undefined : from + next));
}

/**
 * What an update says, by distribution: most are about one. A text tells why it cannot be read,
 * undefined stands for an update that fixes no vulnerability.
 */
export function updatesOf(update: XmlElement): readonly Update[] | Unreadable | undefined {
  const id = childText(update, 'id');
  if (!/^[A-Za-z][\w:.+-]{1,120}$/.test(id)) return 'it has no id';
  const { type = '', status = '' } = update.attributes;
  const references = referencesOf(update);
  const title = childText(update, 'title');
  const description = childText(update, 'description').slice(0, SEARCHED);
  const isSecurity = type.toLowerCase() === 'security';
  let cves = [...new Set(references.flatMap((reference) => reference.cves))];
  if (cves.length === 0 && isSecurity) cves = cvesIn(`${title}\n${description}`);
  if ((!isSecurity && cves.length === 0) || status.toLowerCase() === 'retracted') return undefined;

  const collections = childrenOf(childOf(update, 'pkglist'), 'collection');
  const byNamespace = new Map<string, Statement[]>();
  for (const collection of collections) {
    const builds = childrenOf(collection, 'package').slice(0, LOOKED_AT);
    const distribution = distributionOf({
      id,
      title,
      release: childText(update, 'release'),
      short: collection.attributes['short'] ?? '',
      name: childText(collection, 'name'),
      builds: builds.map(({ attributes }) => attributes['release'] ?? ''),
    });
    if (distribution === undefined) return 'its distribution is unknown';
    const statements = byNamespace.get(distribution.namespace) ?? [];
    byNamespace.set(distribution.namespace, statements);
    for (const statement of statementsOf(collection, distribution)) statements.push(statement);
  }
  const named = [...byNamespace].filter(([, statements]) => statements.length > 0);
  if (named.length === 0) return 'it names no packages';
  return named.map(([namespace, statements]): Update => {
    const page = pageOf(id, namespace);
    return {
      id,
      namespace,
      statements,
      fixes: cves.length === 0 ? [id] : cves.slice(0, MAX_CVES),
      advisoryOf: (fix, key) => {
        const own = references.filter((reference) => reference.cves.includes(fix));
        const others = references.filter((reference) => reference.cves.length === 0);
        const hrefs = [...own, ...others].map(({ href }) => href);
        return {
          kind: 'advisory',
          key,
          id: fix,
          aliases: [],
          related: fix === id ? [] : [id],
          published: timeOf(childOf(update, 'issued')?.attributes['date'] ?? ''),
          modified: timeOf(childOf(update, 'updated')?.attributes['date'] ?? ''),
          title: plainLine(title),
          description: descriptionOf(description, fix),
          severity: severityOf(childText(update, 'severity')),
          scores: [],
          urls: urlsOf(page === undefined ? hrefs : [page, ...hrefs]),
          statements,
        };
      },
    };
  });
}
