/**
 * Until when a distribution's release is cared for, by what endoflife.date says of its cycles. Pure.
 *
 * @module
 */
import type { Distribution } from '../../jobs/contract/index.ts';
import type { Lifecycle } from './advisory.ts';
import { debianRelease } from './debian-releases.ts';

interface Product {
  /** As endoflife.date names it, in its older addresses too. */
  readonly names: readonly string[];
  /** The part of a version that names a cycle. */
  readonly cycle: RegExp;
  /** Whether volunteers go on with statements in the same feed after the regular end. */
  readonly extended?: true;
}

const MAJOR = /^\d+/;
const MINOR = /^\d+\.\d+/;

/** By the id of os-release. */
const PRODUCTS: ReadonlyMap<string, Product> = new Map<string, Product>([
  ['almalinux', { names: ['almalinux'], cycle: MAJOR }],
  ['alpine', { names: ['alpine-linux', 'alpine'], cycle: MINOR }],
  ['amzn', { names: ['amazon-linux'], cycle: /^\d+(?:\.\d+)?/ }],
  ['azurelinux', { names: ['azure-linux'], cycle: MINOR }],
  ['centos', { names: ['centos'], cycle: MAJOR }],
  ['debian', { names: ['debian'], cycle: MAJOR, extended: true }],
  ['fedora', { names: ['fedora'], cycle: MAJOR }],
  ['mageia', { names: ['mageia'], cycle: MAJOR }],
  ['ol', { names: ['oracle-linux'], cycle: MAJOR }],
  ['opensuse-leap', { names: ['opensuse'], cycle: MINOR }],
  ['photon', { names: ['vmware-photon', 'photon'], cycle: MINOR }],
  ['rhel', { names: ['rhel'], cycle: MAJOR }],
  ['rocky', { names: ['rocky-linux'], cycle: MAJOR }],
  ['sles', { names: ['sles'], cycle: /^\d+(?:\.\d+)?/ }],
  ['ubuntu', { names: ['ubuntu'], cycle: MINOR }],
]);

/** The product and cycle that a release is of; undefined for one that nobody tells of. */
export function cycleOf(
  distribution: Distribution | null,
): { readonly products: readonly string[]; readonly cycle: string } | undefined {
  const product = distribution === null ? undefined : PRODUCTS.get(distribution.id);
  if (distribution === null || product === undefined) return undefined;
  const version = distribution.id === 'debian'
    ? debianRelease(distribution.version)
    : distribution.version.replace(/^v/, '');
  const cycle = product.cycle.exec(version)?.[0];
  return cycle === undefined ? undefined : { products: product.names, cycle };
}

/** Whether a release of a distribution is past its end on a day. */
export function hasEnded(
  distribution: Distribution,
  { ends, extendedEnds }: Pick<Lifecycle, 'ends' | 'extendedEnds'>,
  now: Date,
): boolean {
  const isExtended = PRODUCTS.get(distribution.id)?.extended === true;
  const last = isExtended && extendedEnds !== undefined ? extendedEnds : ends;
  if (typeof last !== 'string') return last === true;
  return now.getTime() >= Date.parse(last) + 86_400_000;
}
