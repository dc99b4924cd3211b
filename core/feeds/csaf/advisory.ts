/**
 * One document as one record: of a vulnerability (VEX documents of Red Hat and SUSE have one each),
 * or of an advisory that fixes several.
 *
 * @module
 */
import { type Advisory, SEVERITIES, type Severity } from '../../vulnerabilities/advisory.ts';
import type { NoteUnreadable } from '../format.ts';
import { instantOf } from '../dates.ts';
import { severityOf } from '../severities.ts';
import { lineOf, proseOf, urlsOf } from '../text.ts';
import { type CsafDocument, keyOfDocument, type Vulnerability } from './document.ts';
import { Products } from './product-tree.ts';
import { RecordClaims } from './record-claims.ts';
import { advisoriesIn, scoresOf } from './remediations.ts';
import { statementsOf } from './statements.ts';
import type { Vendor } from './vendor.ts';

const CVE = /^CVE-\d{4}-\d{4,}$/i;
const CWE = /^CWE-\d{1,6}$/;
const MOST_RELATED = 500;
/** Statuses that say nothing of what an advisory fixes. */
const OF_NO_ADVISORY = ['known_not_affected', 'under_investigation'];

/**
 * The record of a document; undefined for one that is of no vulnerability, or was deleted.
 *
 * @throws SyntaxError where a part of it is not JSON
 */
export function advisoryOf(
  csaf: CsafDocument,
  vendor: Vendor,
  note: NoteUnreadable,
): Advisory | undefined {
  const { head, count } = csaf;
  const { id, status, current_release_date } = head.tracking;
  if (count === 0 || status === 'deleted') return undefined;
  const isOne = count === 1 && CVE.test(id);
  const products = new Products(csaf.tree());
  const summary = summaryOf(csaf.vulnerabilities(), isOne);
  const { vulnerability } = summary;
  const severity = severityOfRecord(head.aggregate_severity?.text, summary.severities);
  const said = new RecordClaims(products, vendor);
  said.add(vulnerability, severity);
  const { unknown, versionless } = said;
  if (unknown.size > 0) note(id, `${unknown.size} of its product ids are not in its product tree`);
  if (versionless > 0) note(id, `${versionless} of its fixed packages have no version`);
  return {
    kind: 'advisory',
    key: keyOfDocument(id),
    id,
    aliases: [],
    modified: instantOf(current_release_date),
    description: descriptionOf(isOne ? vulnerability.notes : head.notes),
    severity,
    ...(isOne ? ofVulnerability(head, vulnerability, vendor) : ofAdvisory(head, summary.cves)),
    statements: statementsOf(said.claims),
  };
}

/** What is kept of a document's vulnerabilities. */
interface Summary {
  /** The only one, or what an advisory says of all of them. */
  readonly vulnerability: Vulnerability;
  readonly cves: readonly string[];
  readonly severities: ReadonlySet<Severity>;
}

/**
 * An advisory's id stands for all that it fixes. Each of its dozens of vulnerabilities lists the same
 * thousands of products, so they are brought together; what one of them does not affect is left out.
 */
function summaryOf(vulnerabilities: Iterable<Vulnerability>, isOne: boolean): Summary {
  const statuses = new Map<string, Set<string>>();
  const cves = new Set<string>();
  const severities = new Set<Severity>();
  for (const vulnerability of vulnerabilities) {
    const { cve, product_status, threats } = vulnerability;
    for (const { category, details } of threats) {
      if (category === 'impact') severities.add(severityOf(details ?? ''));
    }
    if (isOne) return { vulnerability, cves: [], severities };
    if (cve !== undefined && CVE.test(cve)) cves.add(cve);
    for (const [status, ids] of Object.entries(product_status)) {
      if (OF_NO_ADVISORY.includes(status)) continue;
      const all = statuses.get(status) ?? new Set();
      statuses.set(status, all);
      for (const id of ids) all.add(id);
    }
  }
  const lists = Array.from(statuses, ([status, ids]) => [status, [...ids]] as const);
  const affected = lists.flatMap(([status, ids]) => status.endsWith('affected') ? ids : []);
  const vulnerability = {
    notes: [],
    references: [],
    product_status: Object.fromEntries(lists),
    // The advisory itself is the fix.
    remediations: [{ category: 'vendor_fix', product_ids: affected, group_ids: [] }],
    scores: [],
    threats: [],
    flags: [],
  };
  return { vulnerability, cves: [...cves], severities };
}

type Head = CsafDocument['head'];

function ofVulnerability(
  head: Head,
  vulnerability: Vulnerability,
  vendor: Vendor,
): Pick<Advisory, 'published' | 'title' | 'scores' | 'urls' | 'related' | 'cwes'> {
  const { title, cwe, release_date, references, remediations } = vulnerability;
  const fixes = remediations.filter(({ category }) => category === 'vendor_fix');
  const fixed = fixes.flatMap(({ url = '', details = '' }) =>
    advisoriesIn(`${url} ${details}`, vendor.advisory)
  );
  return {
    published: instantOf(release_date) ?? instantOf(head.tracking.initial_release_date),
    // SUSE's titles are the id, with or without words around it.
    title: lineOf([title, head.title].find((text) => text?.includes(head.tracking.id) === false)),
    scores: scoresOf(vulnerability, vendor.name).first,
    urls: urlsOf([
      ...references.filter(isSelf).map(({ url }) => url),
      ...fixes.map(({ url }) => url),
      ...references.map(({ url }) => url),
      ...head.references.map(({ url }) => url),
    ]),
    related: [...new Set(fixed)].slice(0, MOST_RELATED),
    ...(cwe !== undefined && CWE.test(cwe.id) ? { cwes: [cwe.id] } : {}),
  };
}

function ofAdvisory(
  { title, tracking, references }: Head,
  cves: readonly string[],
): Pick<Advisory, 'published' | 'title' | 'scores' | 'urls' | 'related'> {
  const pages = references.filter(({ url }) => !url.endsWith('.json'));
  return {
    published: instantOf(tracking.initial_release_date),
    title: lineOf(title),
    // They are of single vulnerabilities.
    scores: [],
    urls: urlsOf([...pages.filter(isSelf), ...pages].map(({ url }) => url)),
    related: cves.slice(0, MOST_RELATED),
  };
}

function isSelf({ category }: { readonly category?: string | undefined }): boolean {
  return category === 'self';
}

/** The document's own word, or else the worst that it says of a product. */
function severityOfRecord(
  aggregate: string | undefined,
  severities: ReadonlySet<Severity>,
): Severity | undefined {
  const own = severityOf(aggregate ?? '');
  if (own !== 'unknown') return own;
  return SEVERITIES.findLast((severity) => severity !== 'unknown' && severities.has(severity));
}

function descriptionOf(notes: Vulnerability['notes']): string | undefined {
  for (const category of ['description', 'details', 'general', 'summary']) {
    const found = notes.find((one) => one.category === category);
    if (found !== undefined) return proseOf(found.text);
  }
  return undefined;
}
