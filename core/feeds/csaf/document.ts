/**
 * The shape of documents of the Common Security Advisory Framework 2.0 (OASIS CSAF 2.0, section 3),
 * as far as it is read. All but the id is optional, and what has a wrong shape is left out alone.
 *
 * @module
 */
import { z } from 'zod';
import { isArray, isObject, itemsOf, membersOf, valueOf, wholeOf } from './json-places.ts';

/** A text that is there, or is not. */
const text = z.string().optional().catch(undefined);

/** The items of a list that have the wanted shape; none where it is no list. */
function list<T>(item: z.ZodType<T>) {
  return z.unknown().optional().transform((value): readonly T[] =>
    listed(value).flatMap((candidate) => {
      const { success, data } = item.safeParse(candidate);
      return success ? [data] : [];
    })
  );
}

/** Ids, without a schema's work and a copy for each of tens of thousands. */
const ids = z.unknown().optional().transform((value): readonly string[] => {
  const items = listed(value);
  return items.every(isText) ? items : items.filter(isText);
});

function listed(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

const Reference = z.object({ category: text, url: z.string() });
const Note = z.object({ category: text, title: text, text: z.string() });

/** A product (3.1.3): a version of a component, or what components are part of. */
const Product = z.object({
  name: text,
  product_id: z.string(),
  product_identification_helper: z.object({ cpe: text, purl: text }).optional().catch(undefined),
});
export type Product = z.infer<typeof Product>;

/** A branch (3.1.2); what is below it is read step by step, for it may be endlessly deep. */
export const Branch = z.object({
  category: text,
  name: text,
  product: Product.optional().catch(undefined),
  branches: z.unknown().optional().transform(listed),
});

/** A product as a part of another (3.2.2.4). */
const Relationship = z.object({
  product_reference: z.string(),
  relates_to_product_reference: z.string(),
  full_product_name: z.object({ product_id: z.string() }),
});

const Cvss = z.object({
  vectorString: z.string(),
  baseScore: z.number().optional().catch(undefined),
}).optional().catch(undefined);

/** A vulnerability (3.2.3) and the products that something is said of. */
const Vulnerability = z.object({
  cve: text,
  title: text,
  cwe: z.object({ id: z.string() }).optional().catch(undefined),
  release_date: text,
  notes: list(Note),
  references: list(Reference),
  product_status: z.record(z.string(), ids).catch({}),
  remediations: list(z.object({
    category: text,
    details: text,
    url: text,
    product_ids: ids,
    group_ids: ids,
  })),
  scores: list(z.object({ products: ids, cvss_v2: Cvss, cvss_v3: Cvss, cvss_v4: Cvss })),
  threats: list(z.object({ category: text, details: text, product_ids: ids, group_ids: ids })),
  flags: list(z.object({ label: text, product_ids: ids, group_ids: ids })),
});
export type Vulnerability = z.infer<typeof Vulnerability>;

const Head = z.object({
  title: text,
  aggregate_severity: z.object({ text }).optional().catch(undefined),
  notes: list(Note),
  references: list(Reference),
  tracking: z.object({
    id: z.string().trim().min(1).max(200),
    status: text,
    initial_release_date: text,
    current_release_date: text,
  }),
});

const Tree = z.object({
  branches: z.unknown().optional().transform(listed),
  full_product_names: list(Product),
  relationships: list(Relationship),
  product_groups: list(z.object({ group_id: z.string(), product_ids: ids })),
});
export type ProductTree = z.infer<typeof Tree>;

/** A document. The two large parts of it are values only as long as they are looked at. */
export interface CsafDocument {
  readonly head: z.infer<typeof Head>;
  /** @throws SyntaxError */
  readonly tree: () => ProductTree | undefined;
  /** How many vulnerabilities there are. */
  readonly count: number;
  /** @throws SyntaxError */
  readonly vulnerabilities: () => Generator<Vulnerability>;
}

/**
 * The key of a document: the name of its file, which is its id in lower case with a `_` for what is
 * no letter, digit, `+` or `-` (OASIS CSAF 2.0, section 5.1).
 */
export function keyOfDocument(id: string): string {
  return id.toLowerCase().replaceAll(/[^a-z0-9+-]+/g, '_');
}

/** Reads a document; undefined where it is none. @throws SyntaxError where it is not JSON */
export function parseCsaf(json: Buffer): CsafDocument | undefined {
  const whole = wholeOf(json);
  if (!isObject(json, whole)) return undefined;
  const parts = new Map(membersOf(json, whole).map((member) => [member.key, member]));
  const headPart = parts.get('document');
  const head = Head.safeParse(headPart === undefined ? undefined : valueOf(json, headPart));
  if (!head.success) return undefined;
  const treePart = parts.get('product_tree');
  const listPart = parts.get('vulnerabilities');
  const items = listPart === undefined || !isArray(json, listPart) ? [] : itemsOf(json, listPart);
  return {
    head: head.data,
    tree: () => treePart === undefined ? undefined : Tree.safeParse(valueOf(json, treePart)).data,
    count: items.length,
    *vulnerabilities() {
      for (const item of items) {
        const { success, data } = Vulnerability.safeParse(valueOf(json, item));
        if (success) yield data;
      }
    },
  };
}
