/**
 * Documents of OpenVEX 0.0.1 and 0.2.0 (openvex/spec, OPENVEX-SPEC.md): what somebody says of
 * vulnerabilities in products.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Assessment } from '../vulnerabilities/advisory.ts';
import type { NoteUnreadable } from './format.ts';
import { instantOf } from './dates.ts';
import { lineOf, proseOf } from './text.ts';

const text = z.string().optional().catch(undefined);
const list = z.array(z.unknown()).catch([]);

/** A product, or a part of one; in 0.0.1 a mere string. */
const Component = z.union([
  z.string().transform((id) => ({ '@id': id, subcomponents: [] })),
  z.object({
    '@id': text,
    identifiers: z.object({ purl: text }).optional().catch(undefined),
    hashes: z.object({ 'sha-256': text }).optional().catch(undefined),
    subcomponents: list,
  }),
]);
/** In 0.0.1 a mere string. */
const Vulnerability = z.union([
  z.string().transform((name) => ({ name, aliases: [] })),
  z.object({ '@id': text, name: text, aliases: list }),
]);
const Statement = z.object({
  vulnerability: Vulnerability,
  status: z.enum(['not_affected', 'affected', 'fixed', 'under_investigation']),
  products: list,
  /** Of 0.0.1: parts of all products. */
  subcomponents: list,
  justification: text,
  impact_statement: text,
  action_statement: text,
  status_notes: text,
  timestamp: text,
});
type Statement = z.infer<typeof Statement>;
const Document = z.object({
  '@context': z.string().includes('openvex'),
  '@id': z.string().min(1).max(2000),
  author: text,
  timestamp: text,
  last_updated: text,
  statements: z.array(z.unknown()),
});

const JUSTIFICATIONS = [
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
];
const LONGEST_PURL = 2000;
const PURL = /^pkg:[A-Za-z][A-Za-z0-9.+-]*\/\S+$/;
const SHA256 = /^[0-9a-f]{64}$/i;
/** An id of a vulnerability; addresses, which aliases of Canonical's are, are none. */
const ID = /^[A-Za-z][\w.:+-]{2,99}$/;
const UNKNOWN_AUTHOR = 'unknown';

/** Products, and the parts of them that are meant; none where they are meant themselves. */
interface Subject {
  readonly products: readonly string[];
  readonly subcomponents: readonly string[];
}

export interface OpenVexOptions {
  /** What stands before each key: the path of the document, or its id. */
  readonly prefix?: string | undefined;
  /** Which products the document may speak of; all where it is not given. */
  readonly maySpeakOf?: ((product: string) => boolean) | undefined;
  readonly note: NoteUnreadable;
}

/** Why statements are left out or are doubtful, with how many there are. */
class Doubts {
  readonly #counts = new Map<string, number>();

  add(reason: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  note(record: string, note: NoteUnreadable): void {
    for (const [reason, count] of this.#counts) {
      note(record, `${count} of its statements ${reason}`);
    }
  }
}

/**
 * What a document says, each statement once for the products whose parts are the same; undefined
 * where it is no document. Of what it says twice of the same products the latest remains.
 */
export function assessmentsOf(
  json: string,
  { prefix, maySpeakOf = () => true, note }: OpenVexOptions,
): readonly Assessment[] | undefined {
  const document = Document.safeParse(parsed(json)).data;
  if (document === undefined) return undefined;
  const doubts = new Doubts();
  const found = new Map<string, Assessment>();
  const documentTime = instantOf(document.timestamp) ?? instantOf(document.last_updated);
  for (const candidate of document.statements) {
    const statement = Statement.safeParse(candidate).data;
    const id = statement === undefined ? undefined : idOf(statement.vulnerability);
    if (statement === undefined || id === undefined) {
      doubts.add('have no vulnerability with a status');
      continue;
    }
    const time = instantOf(statement.timestamp) ?? documentTime;
    if (time === undefined) {
      doubts.add('have no time');
      continue;
    }
    const common = {
      kind: 'assessment',
      document: document['@id'],
      author: lineOf(document.author) ?? UNKNOWN_AUTHOR,
      time,
      id,
      aliases: aliasesOf(statement.vulnerability, id),
      status: statement.status,
      ...wordsOf(statement, doubts),
    } as const;
    const subjects = subjectsOf(statement, maySpeakOf);
    if (subjects.length === 0) doubts.add('name no product that can be used');
    for (const subject of subjects) {
      const key = `${prefix ?? document['@id']}#${digestOf(id, subject)}`;
      const earlier = found.get(key);
      if (earlier === undefined || earlier.time <= time) {
        found.set(key, { ...common, key, ...subject });
      }
    }
  }
  doubts.note(prefix ?? document['@id'], note);
  return [...found.values()];
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json.startsWith('\ufeff') ? json.slice(1) : json);
  } catch {
    return undefined;
  }
}

type Named = Statement['vulnerability'];

function idOf(vulnerability: Named): string | undefined {
  const address = '@id' in vulnerability ? vulnerability['@id'] : undefined;
  const name = (vulnerability.name ?? address?.slice(address.lastIndexOf('/') + 1))?.trim();
  return name !== undefined && ID.test(name) ? name : undefined;
}

function aliasesOf({ aliases }: Named, id: string): readonly string[] {
  const ids = aliases.filter((alias) =>
    typeof alias === 'string' && ID.test(alias) && alias !== id
  );
  return [...new Set(ids.map(String))];
}

function wordsOf(
  { status, justification, impact_statement, action_statement, status_notes }: Statement,
  doubts: Doubts,
): Pick<Assessment, 'justification' | 'statement'> {
  const reason = justification !== undefined && JUSTIFICATIONS.includes(justification)
    ? justification
    : undefined;
  const impact = proseOf(impact_statement);
  if (status === 'not_affected' && reason === undefined && impact === undefined) {
    doubts.add('say "not_affected" without a reason, and are kept');
  }
  return {
    justification: reason,
    statement: impact ?? proseOf(action_statement) ?? proseOf(status_notes),
  };
}

/** The products of a statement by the parts that are meant in them. */
function subjectsOf(
  { products, subcomponents }: Statement,
  maySpeakOf: (product: string) => boolean,
): readonly Subject[] {
  const bySubcomponents = new Map<string, { subcomponents: string[]; products: Set<string> }>();
  for (const candidate of products) {
    const product = Component.safeParse(candidate).data;
    if (product === undefined) continue;
    const parts = product.subcomponents.length > 0 ? product.subcomponents : subcomponents;
    const names = [...new Set(parts.flatMap(namesOf))].sort();
    // Parts that nobody can name must not become the product itself.
    if (parts.length > 0 && names.length === 0) continue;
    const key = names.join('\n');
    const subject = bySubcomponents.get(key) ?? { subcomponents: names, products: new Set() };
    bySubcomponents.set(key, subject);
    for (const name of namesOf(candidate).filter(maySpeakOf)) subject.products.add(name);
  }
  return Array.from(bySubcomponents.values(), ({ subcomponents: names, products: found }) => ({
    products: [...found].sort(),
    subcomponents: names,
  })).filter((subject) => subject.products.length > 0);
}

/** The package URLs and the digest of a component. */
function namesOf(candidate: unknown): string[] {
  const component = Component.safeParse(candidate).data;
  if (component === undefined) return [];
  const identifiers = 'identifiers' in component ? component.identifiers : undefined;
  const sha256 = 'hashes' in component ? component.hashes?.['sha-256'] : undefined;
  const purls = [component['@id'], identifiers?.purl].flatMap((name) => name?.trim() ?? [])
    .filter((name) => name.length <= LONGEST_PURL && PURL.test(name));
  const isDigest = sha256 !== undefined && SHA256.test(sha256);
  return [...new Set(purls), ...isDigest ? [`sha256:${sha256.toLowerCase()}`] : []];
}

function digestOf(id: string, { products, subcomponents }: Subject): string {
  const identity = JSON.stringify([id, products, subcomponents]);
  return createHash('sha256').update(identity).digest('hex').slice(0, 24);
}
