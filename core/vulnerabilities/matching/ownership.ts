/**
 * Whether the feed of a distribution speaks for a package that one of its packages brought:
 * distributions repair without changing the version that the part itself tells.
 *
 * @module
 */
import type { Package } from '../../../jobs/contract/index.ts';
import type { Coverage } from '../distributions.ts';
import { speaksOf } from './heads.ts';
import type { MatchInput, Suppression } from './types.ts';
import type { Verdict } from './verdicts.ts';

/** Words in the vendor of RPM packages that are the distribution's own, by its id. */
const VENDORS: ReadonlyMap<string, RegExp> = new Map([
  ['almalinux', /almalinux/i],
  ['amzn', /amazon/i],
  ['azurelinux', /microsoft/i],
  ['centos', /centos|red hat/i],
  ['fedora', /fedora/i],
  ['mageia', /mageia/i],
  ['mariner', /microsoft/i],
  ['ol', /oracle/i],
  ['opensuse', /suse/i],
  ['opensuse-leap', /suse/i],
  ['opensuse-leap-micro', /suse/i],
  ['opensuse-tumbleweed', /suse/i],
  ['photon', /vmware|broadcom/i],
  ['rhel', /red hat/i],
  ['rocky', /rocky/i],
  ['sl-micro', /suse/i],
  ['sle-micro', /suse/i],
  ['sle_hpc', /suse/i],
  ['sled', /suse/i],
  ['sles', /suse/i],
  ['sles_sap', /suse/i],
]);

/** An installed package of the distribution, and what records say of it. */
export interface Owner {
  readonly package: Package;
  readonly verdicts: readonly Verdict[];
}

/** The owners of a package: there may be one for each architecture. */
export type OwnersOf = (found: Package) => readonly Owner[];

/** Decides for parts of a distribution's packages. */
export class Ownership {
  readonly #coverage: Coverage | undefined;
  readonly #id: string;
  readonly #hasFeed: boolean;
  readonly #ownersOf: OwnersOf;

  constructor(
    { distribution, namespaces, isEnded = false }: Pick<
      MatchInput,
      'distribution' | 'namespaces' | 'isEnded'
    >,
    coverage: Coverage | undefined,
    ownersOf: OwnersOf,
  ) {
    this.#coverage = coverage;
    this.#id = distribution?.id ?? '';
    this.#hasFeed = !isEnded &&
      (coverage?.scopes.some(({ namespace, role }) =>
        role === 'own' && namespaces.has(namespace)
      ) ?? false);
    this.#ownersOf = ownersOf;
  }

  /** Why a vulnerability with these names is not the part's but its owner's affair. */
  suppressionOf(
    found: Package,
    names: ReadonlySet<string>,
  ): Suppression | undefined {
    const { owner } = found;
    if (owner === undefined || !this.#hasFeed) return undefined;
    const owners = this.#ownersOf(found);
    if (owners.length > 0 && owners.every((one) => this.#isForeign(one.package))) return undefined;
    if (this.#coverage?.answersForParts !== true) {
      return { reason: 'owned', text: `owned by ${owner}` };
    }
    const answer = owners.flatMap(({ verdicts }) => verdicts)
      .find(({ head }) => speaksOf(head, names));
    if (answer === undefined) return undefined;
    const { head: { id, feed }, says } = answer;
    const how = says === 'affected' ? 'reported for it' : 'not in it';
    return { reason: 'answered', text: `owned by ${owner}: ${how} by ${id} (${feed})` };
  }

  /** Packages that others than the distribution have built are none that its feed knows. */
  #isForeign({ type, origin }: Package): boolean {
    const vendor = type === 'rpm' ? VENDORS.get(this.#id) : undefined;
    return vendor !== undefined && origin !== undefined && origin !== '' && !vendor.test(origin);
  }
}
