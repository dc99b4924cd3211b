/**
 * Why the two matchers differ: each class has a rule that is held against the records.
 *
 * @module
 */
import { isPep440 } from '../../../core/vulnerabilities/versions/pep440.ts';
import { isModular } from '../../../core/vulnerabilities/matching/builds.ts';
import { isNotice } from '../../../core/vulnerabilities/matching/heads.ts';
import type { Affected } from '../../corpus/osv-rule.ts';
import { namedIn } from '../../corpus/osv-rule.ts';
import type { Difference } from './compare.ts';
import type { Read } from './ends.ts';
import { affects, copiesOf } from './rule.ts';

export interface Class {
  readonly name: string;
  /** Whose answer is right. */
  readonly right: 'Tidewaiter' | 'Grype' | 'either';
  readonly why: string;
  readonly explains: (difference: Difference, read: Read) => boolean;
}

const APK_PRERELEASE = /_(?:alpha|beta|pre|rc)/;
/** Ids as databases give them. */
const ID = /^[A-Za-z]{2,}(?:-[A-Za-z0-9]+)+$/;
const CVE = /^(?:CVE[-_])?(\d{4})-(\d{3,})/;
/** Namespaces whose records have no place in Grype's database. */
const LEFT_OUT = /^(?:debian:[1-6](?:\.|$)|rhel:|rocky:|ubuntu-pro:)/;

/** Whether the rule gives the matcher's answer, and the package is of OSV at all. */
function isRuled(difference: Difference, read: Read): boolean {
  const copies = copiesOf(difference, read);
  return copies.length > 0 &&
    affects(difference, copies.flat()) === (difference.side === 'own');
}

/** Versions that records name, and the installed one. */
function versionsIn(difference: Difference, read: Read): readonly string[] {
  return [difference.package.version, ...copiesOf(difference, read).flat().flatMap(namedIn)];
}

/** GitHub's upper bound beside a range that nothing closes. */
function hasLastKnown({ ranges, database_specific: specific }: Affected): boolean {
  return specific?.last_known_affected_version_range !== undefined &&
    (ranges ?? []).some(({ events }) =>
      events.every(({ fixed, last_affected: last }) => fixed === undefined && last === undefined)
    );
}

/** All keys of a branch of secdb for the package, as they are written. */
function writtenVersions({ package: found, distribution }: Difference, { ends }: Read) {
  const release = distribution?.version.replace(/^(\d+\.\d+).*$/, 'v$1') ?? '';
  const names = [found.name, found.source?.name ?? found.name];
  return names.flatMap((name) => [...ends.get(`Alpine:${release}`)?.get(name) ?? []]);
}

function isSuppressed(reason: NonNullable<Difference['suppression']>['reason']) {
  return ({ side, suppression }: Difference) => side === 'peer' && suppression?.reason === reason;
}

/** In this order: the first one that explains a difference has it. */
export const CLASSES: readonly Class[] = [
  {
    name: 'no vulnerability',
    right: 'Tidewaiter',
    why:
      'RustSec marks what is unmaintained, unsound or a notice: it is shown apart, and no finding',
    explains: isSuppressed('informational'),
  },
  {
    name: "the ecosystem's own database",
    right: 'Tidewaiter',
    why: 'GO and RUSTSEC records decide over GHSA where both speak of the package',
    explains: isSuppressed('disagreement'),
  },
  {
    name: 'kernel',
    right: 'Tidewaiter',
    why: 'a container runs on the kernel of its host, and headers hold none; it can be switched on',
    explains: isSuppressed('kernel'),
  },
  {
    name: 'denied',
    right: 'Tidewaiter',
    why: 'the distribution says that the package never had it (secdb `0`, Debian `0`)',
    explains: isSuppressed('denied'),
  },
  {
    name: 'letters of names',
    right: 'Tidewaiter',
    why:
      'Go modules and npm packages are others in other letters; Grype compares names without case',
    explains: ({ side, statements, package: { name }, names }, { records }) =>
      side === 'peer' && statements.length === 0 &&
      names.some((id) =>
        (records.get(id) ?? []).flatMap(({ affected }) => affected ?? []).some((entry) =>
          entry.package.name !== name && entry.package.name.toLowerCase() === name.toLowerCase()
        )
      ),
  },
  {
    name: 'last known affected version',
    right: 'Tidewaiter',
    why:
      'GitHub tells the end of such ranges beside them; the database has them without an end, so all newer releases match',
    explains: (difference, read) =>
      difference.side === 'peer' && copiesOf(difference, read).flat().some(hasLastKnown),
  },
  {
    name: 'copies of one record',
    right: 'either',
    why:
      'two archives have the record with other versions; the database keeps the first, Tidewaiter both',
    explains: (difference, read) => {
      const copies = copiesOf(difference, read);
      const [first = [], ...others] = copies;
      return difference.side === 'own' && !affects(difference, first) &&
        others.some((copy) => affects(difference, copy)) && copies.length > 1 &&
        JSON.stringify(others) !== JSON.stringify(others.map(() => first));
    },
  },
  {
    name: 'versions beyond PEP 440',
    right: 'Tidewaiter',
    why:
      "a version that PEP 440 refuses is affected where a record lists it; ends that it refuses come first, as in OSV's own lists of affected versions. Grype refuses both",
    explains: (difference, read) =>
      difference.package.type === 'pypi' && isRuled(difference, read) &&
      !versionsIn(difference, read).every(isPep440),
  },
  {
    name: 'order of Composer and NuGet',
    right: 'Tidewaiter',
    why:
      'four numbers and the words `-p1`, `-RC1`, `-beta1` have an order of their own there, which vectors of both tell; the database has them as SemVer',
    explains: (difference, read) =>
      ['composer', 'nuget'].includes(difference.package.type) && isRuled(difference, read) &&
      versionsIn(difference, read).some((version) => /[a-z]|(?:\.\d+){3}/i.test(version)),
  },
  {
    name: "Bitnami's pre-releases",
    right: 'Tidewaiter',
    why: '`2.0.0-rc.1` is before `2.0.0` (OSV: SemVer); Grype cuts off all behind the third number',
    explains: (difference, read) =>
      difference.package.type === 'bitnami' && isRuled(difference, read) &&
      /-(?!\d+$)/.test(difference.package.version),
  },
  {
    name: 'builds of AlmaLinux',
    right: 'Tidewaiter',
    why:
      'a record lists one fix as builds for several releases of a module, and whatever is not older than the one for its own release has it; Grype unites them all',
    explains: ({ side, package: { version }, statements }) =>
      side === 'peer' &&
      statements.some(({ statement: { namespace, ranges } }) =>
        namespace.startsWith('almalinux:') &&
        (ranges.length > 1 ||
          (isModular(version) && ranges.flat().some(([, bound]) => isModular(bound))))
      ),
  },
  {
    name: 'misspelt ids',
    right: 'Tidewaiter',
    why: '`CVE_2019-2426` and `CVE-2017-17434-1` are the CVEs; Grype has them as ids of their own',
    explains: ({ side, names, peerIds, reported, matches }) => {
      const meant = (id: string) => {
        const [, year, number] = CVE.exec(id) ?? [];
        return year === undefined ? id : `CVE-${year}-${number}`;
      };
      return side === 'own'
        ? [...peerIds].some((id) => meant(id) !== id && names.includes(meant(id)))
        : matches.every(({ id }) => meant(id) !== id && reported.has(meant(id)));
    },
  },
  {
    name: 'words that are no ids',
    right: 'Tidewaiter',
    why: 'packagers write remarks beside ids; the database takes each word for a vulnerability',
    explains: ({ side, matches }) =>
      side === 'peer' &&
      matches.every(({ id, namespace }) =>
        namespace.startsWith('alpine:') && (!ID.test(id) || !/\d/.test(id))
      ),
  },
  {
    name: 'notices beside their CVEs',
    right: 'Tidewaiter',
    why:
      'an advisory of several CVEs (`XSA-297`) is shown with those that were found, not once more',
    explains: ({ side, statements, reported }) =>
      side === 'peer' && statements.length > 0 &&
      statements.every(({ head }) => isNotice(head) && head.related.some((id) => reported.has(id))),
  },
  {
    name: 'fixes that apk refuses',
    right: 'Tidewaiter',
    why:
      '`0.8.21.r2` and `1.11-20-r0` are meant as `0.8.21-r2` and `1.11.20-r0`; Grype takes them otherwise: it finds builds that have the fix, and misses older ones',
    explains: (difference, read) => {
      const { distribution, statements } = difference;
      if (distribution?.id !== 'alpine') return false;
      const written = new Set(writtenVersions(difference, read));
      const bounds = statements.flatMap(({ statement }) => statement.ranges.flat());
      return bounds.some(([, bound]) => bound !== '0' && !written.has(bound));
    },
  },
  {
    name: 'pre-releases of Alpine',
    right: 'Tidewaiter',
    why:
      "`1.3.0_rc1` is before `1.3.0` (apk's own order); Grype has it behind where no build follows",
    explains: ({ side, package: { type, version }, statements }) =>
      side === 'own' && type === 'apk' && APK_PRERELEASE.test(version) &&
      statements.some(({ statement: { ranges } }) =>
        ranges.flat().some(([, bound]) => bound !== '0' && !/-r\d+$/.test(bound))
      ),
  },
  {
    name: 'sources named like built packages',
    right: 'Tidewaiter',
    why:
      'the record names a source, and the built package of that name comes from another one; Grype compares it with both',
    explains: ({ side, package: { name, source = { name } }, statements }) =>
      side === 'peer' && source.name !== name && statements.length > 0 &&
      statements.every(({ statement }) =>
        statement.names === 'source' && statement.package === name
      ),
  },
  {
    name: 'beginnings that are no versions',
    right: 'either',
    why:
      'such a beginning (`nightly.2026-03-10.0`) has no place in the order: Tidewaiter takes it for one before all versions, to be safe, and the database drops the range',
    explains: (difference, read) =>
      difference.package.type === 'bitnami' && isRuled(difference, read) &&
      difference.statements.every(({ statement: { ranges } }) =>
        ranges.flat().some(([operator, bound]) => operator === '>=' && !/^v?\d/.test(bound))
      ),
  },
  {
    name: 'built packages that are not named',
    right: 'Tidewaiter',
    why:
      'records of Wolfi and Chainguard in OSV name built packages, each one; Grype takes the name for that of a source, too',
    explains: ({ side, package: { name }, statements }) =>
      side === 'peer' && statements.length > 0 &&
      statements.every(({ statement }) =>
        statement.names === 'built' && statement.package !== name
      ),
  },
  {
    name: 'records that the database leaves out',
    right: 'either',
    why: 'it has no place for Red Hat, Rocky Linux, Ubuntu Pro and for Debian before 7',
    explains: ({ side, statements }) =>
      side === 'own' && statements.length > 0 &&
      statements.every(({ statement: { namespace } }) => LEFT_OUT.test(namespace)),
  },
  {
    name: 'records of AlmaLinux for others',
    right: 'Tidewaiter',
    why: "the database has them in Red Hat's place, so that hosts of its other rebuilds match them",
    explains: ({ side, distribution, matches }) =>
      side === 'peer' && distribution?.id !== 'almalinux' &&
      matches.every(({ namespace }) => namespace.startsWith('almalinux:distro:redhat:')),
  },
  {
    name: 'by CPE',
    right: 'Tidewaiter',
    why: 'names guessed from packages that have feeds of their own are no second opinion',
    explains: ({ side, matches }) =>
      side === 'peer' && matches.every(({ types }) => types.includes('cpe-match')),
  },
];

/** The class of a difference; undefined where none explains it. */
export function classOf(difference: Difference, read: Read): Class | undefined {
  return CLASSES.find(({ explains }) => explains(difference, read));
}
