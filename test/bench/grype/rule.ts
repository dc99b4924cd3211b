/**
 * What OSV's own rule says of a difference, by the records as they stand in the archives.
 *
 * @module
 */
import { ecosystemOf } from '../../../core/feeds/ecosystems.ts';
import { normalizePackageName } from '../../../core/vulnerabilities/package-names.ts';
import { schemeOf } from '../../../core/vulnerabilities/schemes.ts';
import { type Affected, isAffected } from '../../corpus/osv-rule.ts';
import type { Difference } from './compare.ts';
import type { Read } from './ends.ts';

/** The installed version as advisories write it. */
function versionOf({ package: { type, name, version } }: Difference): string {
  return type === 'golang' && name !== 'stdlib' ? version.replace(/^v(?=\d)/, '') : version;
}

/** The entries of all copies of the records that are about the package, copy by copy. */
export function copiesOf(
  { statements }: Difference,
  { records }: Read,
): readonly (readonly Affected[])[] {
  const ids = new Set(statements.map(({ head }) => head.id));
  const keys = new Set(
    statements.map(({ statement }) => `${statement.namespace}\n${statement.package}`),
  );
  return [...ids].flatMap((id) => records.get(id) ?? []).map(({ affected }) =>
    (affected ?? []).filter(({ package: { ecosystem, name } }) => {
      const { namespace } = ecosystemOf(ecosystem);
      return keys.has(`${namespace}\n${normalizePackageName(namespace, name)}`);
    })
  ).filter((entries) => entries.length > 0);
}

/** Whether entries affect the installed version, by the order of its ecosystem. */
export function affects(difference: Difference, entries: readonly Affected[]): boolean {
  const version = versionOf(difference);
  return entries.some(({ package: { ecosystem, name }, ...said }) => {
    const scheme = schemeOf(ecosystemOf(ecosystem).namespace, name);
    return scheme !== undefined &&
      isAffected(version, { package: { ecosystem, name }, ...said }, scheme.compare);
  });
}
