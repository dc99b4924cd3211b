/**
 * Products of Red Hat as OSV's ecosystems name them: CPEs without `cpe:/o:redhat:` (OSV schema 1.7,
 * "Defined ecosystems").
 *
 * @module
 */
import type { Statement } from '../vulnerabilities/advisory.ts';

/** The distribution itself and its streams of longer support. */
const DISTRIBUTION: ReadonlySet<string> = new Set([
  'enterprise_linux',
  'rhel',
  'rhel_aus',
  'rhel_e4s',
  'rhel_els',
  'rhel_eus',
  'rhel_eus_long_life',
  'rhel_mission_critical',
  'rhel_tus',
]);

/** Repositories of the distribution whose CPEs name an operating system, and no application. */
const OPERATING_SYSTEM: ReadonlySet<string> = new Set([
  '',
  'baseos',
  'client',
  'client_workstation',
  'computenode',
  'fastdatapath',
  'hypervisor',
  'server',
  'workstation',
]);

/** Release that a product is built for: `openshift:4.14::el9`. */
const BUILT_FOR = /^el([0-9]+)/;

/**
 * The release of the distribution and the product's CPE: `enterprise_linux:9::baseos` is of `rhel:9`
 * and `cpe:/o:redhat:enterprise_linux:9::baseos`. A product that names no release is of `rhel`.
 */
export function redHatProduct(text: string): Pick<Statement, 'namespace' | 'cpes'> {
  if (text === '') return { namespace: 'rhel' };
  const [product = '', version = '', , edition = ''] = text.split(':');
  const isDistribution = DISTRIBUTION.has(product);
  const release = isDistribution ? /^[0-9]+/.exec(version)?.[0] : BUILT_FOR.exec(edition)?.[1];
  const part = isDistribution && OPERATING_SYSTEM.has(edition) ? 'o' : 'a';
  return {
    namespace: release === undefined ? 'rhel' : `rhel:${release}`,
    cpes: [`cpe:/${part}:redhat:${text}`],
  };
}
