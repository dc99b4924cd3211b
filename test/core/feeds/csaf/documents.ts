/**
 * CSAF documents for tests, cut down to what is tested.
 *
 * @module
 */
import type { Advisory, FeedRecord, Statement } from '../../../../core/vulnerabilities/advisory.ts';
import type { FeedFormat } from '../../../../core/feeds/format.ts';
import { fileWith, readAll } from '../../../support/feed-folders.ts';

/** A product of the tree: its id, with a CPE or a package URL. */
export type Product = readonly [id: string, helper?: string];

/** Ids `PLATFORM COMPONENT` by status, as `PLATFORM:COMPONENT` in the document. */
export type Statuses = Readonly<Record<string, readonly string[]>>;

export interface Parts {
  readonly id?: string;
  readonly platforms: readonly Product[];
  readonly components: readonly Product[];
  readonly statuses: Statuses;
  /** More members of the vulnerability; product ids as in `statuses`. */
  readonly vulnerability?: Readonly<Record<string, unknown>>;
  /** More members of the head. */
  readonly head?: Readonly<Record<string, unknown>>;
}

function productOf([id, helper]: Product): unknown {
  const kind = helper?.startsWith('cpe:') === true ? 'cpe' : 'purl';
  return {
    name: id,
    product_id: id,
    ...(helper === undefined ? {} : { product_identification_helper: { [kind]: helper } }),
  };
}

/** The id of a component in a platform. */
export function idOf(pair: string): string {
  return pair.replace(' ', ':');
}

/** A document of one vulnerability. */
export function documentOf(parts: Parts): Record<string, unknown> {
  const { id = 'CVE-2024-2961', platforms, components, statuses, vulnerability, head } = parts;
  const pairs = new Set(Object.values(statuses).flat());
  return {
    document: {
      category: 'csaf_vex',
      csaf_version: '2.0',
      title: `${id}: something`,
      tracking: {
        id,
        status: 'final',
        initial_release_date: '2024-04-17T00:00:00+00:00',
        current_release_date: '2025-11-21T14:31:32+00:00',
      },
      ...head,
    },
    product_tree: {
      branches: [{
        category: 'vendor',
        name: 'Red Hat',
        branches: [
          ...platforms.map((one) => ({
            category: 'product_family',
            name: 'family',
            branches: [{ category: 'product_name', name: one[0], product: productOf(one) }],
          })),
          ...components.map((one) => ({
            category: 'product_version',
            name: one[0],
            product: productOf(one),
          })),
        ],
      }],
      relationships: Array.from(pairs, (pair) => {
        const [platform, component] = pair.split(' ');
        return {
          category: 'default_component_of',
          full_product_name: { name: pair, product_id: idOf(pair) },
          product_reference: component,
          relates_to_product_reference: platform,
        };
      }),
    },
    vulnerabilities: [{
      cve: id,
      product_status: Object.fromEntries(
        Object.entries(statuses).map(([status, ids]) => [status, ids.map(idOf)]),
      ),
      ...vulnerability,
    }],
  };
}

function isAdvisory(record: FeedRecord): record is Advisory {
  return record.kind === 'advisory';
}

/** The one record of a document. */
export async function recordOf(format: FeedFormat, document: unknown): Promise<Advisory> {
  const { records, notes } = await readAll(format, fileWith('document.json', document));
  const [record] = records.filter(isAdvisory);
  if (record === undefined || notes.length > 0) throw new Error(`no record, but ${notes.join()}`);
  return record;
}

/** The statements of a document's one record. */
export async function statementsOf(
  format: FeedFormat,
  parts: Parts,
): Promise<readonly Statement[]> {
  return (await recordOf(format, documentOf(parts))).statements;
}
