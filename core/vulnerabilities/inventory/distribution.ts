/**
 * The distribution that an inventory tells of, by the words of os-release, as analyses have them.
 *
 * @module
 */
import type { Distribution } from '../../../jobs/contract/index.ts';
import { clean } from '../../../jobs/contract/text.ts';
import type { Purl } from './purl.ts';

/** As long as an analysis keeps them. */
const WORD_LIMIT = 64;
const LIKE_LIMIT = 32;

/** Ids of os-release by names that tools use in their place, and ids with a hyphen within. */
const IDS: ReadonlyMap<string, string> = new Map([
  ['alma', 'almalinux'],
  ['alpine-linux', 'alpine'],
  ['amazon', 'amzn'],
  ['amazon-linux', 'amzn'],
  ['amazonlinux', 'amzn'],
  ['arch-linux', 'arch'],
  ['cbl-mariner', 'mariner'],
  ['centos-linux', 'centos'],
  ['centos-stream', 'centos'],
  ['common-base-linux-mariner', 'mariner'],
  ['debian-gnu-linux', 'debian'],
  ['fedora-linux', 'fedora'],
  ['microsoft-azure-linux', 'azurelinux'],
  ['opensuse-leap', 'opensuse-leap'],
  ['opensuse-tumbleweed', 'opensuse-tumbleweed'],
  ['opensuse.leap', 'opensuse-leap'],
  ['opensuse.tumbleweed', 'opensuse-tumbleweed'],
  ['oracle', 'ol'],
  ['oracle-linux', 'ol'],
  ['oracle-linux-server', 'ol'],
  ['oraclelinux', 'ol'],
  ['red-hat-enterprise-linux', 'rhel'],
  ['redhat', 'rhel'],
  ['rocky-linux', 'rocky'],
  ['rockylinux', 'rocky'],
  ['sl-micro', 'sl-micro'],
  ['sle-micro', 'sle-micro'],
  ['slem', 'sle-micro'],
  ['suse-linux-enterprise-micro', 'sle-micro'],
  ['suse-linux-enterprise-server', 'sles'],
  ['vmware-photon-os', 'photon'],
]);

/**
 * A distribution by its name and version; undefined where the name is none. Of the version the
 * first word counts: `2 (Karoo)` is `2`.
 */
export function distributionOf(
  name: string,
  version: string,
  like: readonly string[] = [],
): Distribution | undefined {
  const id = identifier(name);
  if (id === '') return undefined;
  const [word = ''] = version.trim().slice(0, WORD_LIMIT).split(/[\s(+]/, 1);
  const others = like.map(identifier).filter((other) => other !== '');
  return { id, version: clean(word.replace(/^v(?=\d)/, '')), like: others.slice(0, LIKE_LIMIT) };
}

/**
 * The distribution that a package URL tells of: `distro` is `ID-VERSION` with most tools, `VERSION`
 * alone (Trivy of Alpine) or a codename behind a namespace that is the id; others write `os_name`
 * and `os_version`.
 */
export function distributionOfPurl(purl: Purl): Distribution | undefined {
  const { qualifiers } = purl;
  const distro = qualifiers['distro']?.trim();
  if (distro === undefined || distro === '') {
    return distributionOf(qualifiers['os_name'] ?? '', qualifiers['os_version'] ?? '');
  }
  const [name, version] = divided(distro, purl);
  return distributionOf(name, version);
}

function divided(
  distro: string,
  { type, namespace = '' }: Purl,
): readonly [name: string, version: string] {
  const lower = distro.toLowerCase();
  if (/^v?\d/.test(lower)) return [namespace, distro];
  if (IDS.has(lower) || lower === namespace) return [distro, ''];
  const isOfNamespace = namespace !== '' && lower.startsWith(`${namespace}-`);
  if (isOfNamespace && /\d/.test(lower.charAt(namespace.length + 1))) {
    return [namespace, distro.slice(namespace.length + 1)];
  }
  // Ids may have hyphens, versions begin with a digit; where none does, with the second word.
  const number = distro.search(/-\d/);
  const hyphen = number > 0 ? number : isOfNamespace ? namespace.length : distro.indexOf('-');
  if (hyphen > 0) return [distro.slice(0, hyphen), distro.slice(hyphen + 1)];
  // A word alone is a codename only where distributions have such: `jessie`.
  return type === 'deb' && namespace !== '' ? [namespace, distro] : [distro, ''];
}

/** An id has lower-case letters, digits and `._-` only; anything else becomes a hyphen. */
function identifier(text: string): string {
  const id = text.trim().slice(0, WORD_LIMIT).toLowerCase().replace(/[^a-z0-9._-]+/g, '-');
  return IDS.get(id) ?? id;
}
