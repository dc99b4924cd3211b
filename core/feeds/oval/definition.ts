/**
 * What a definition tells beside its criteria: ids, texts, times, scores, links.
 *
 * @module
 */
import type { Advisory, Score } from '../../vulnerabilities/advisory.ts';
import { childOf, childrenOf, childText, type XmlElement } from '../xml.ts';
import { severityOf } from '../severities.ts';
import { cvesIn, plainLine, plainText, timeOf, urlsOf } from '../xml-fields.ts';

const MAX_CVES = 2000;
const MAX_RELATED = 100;
const MAX_PLATFORMS = 500;
/** Scores and weaknesses of one CVE. */
const MAX_TOLD = 20;
const VECTORS: readonly (readonly [attribute: string, type: Score['type'], form: RegExp])[] = [
  ['cvss4', 'CVSS_V4', /^CVSS:4\.0\/[A-Za-z:/]{20,300}$/],
  ['cvss3', 'CVSS_V3', /^CVSS:3\.[01]\/[A-Z:/]{20,300}$/],
  ['cvss2', 'CVSS_V2', /^AV:[LAN]\/[A-Za-z:/]{15,200}$/],
];
/** Ids of vendors' updates, as references have them. */
const UPDATE = /^(?:EL[SBE]A-\d{4}-\d{1,10}|(?:open)?SUSE-[A-Z]{2}[-:]\d{4}:[\w.-]{1,40})$/;

/** What is told of one CVE. */
interface Told {
  readonly scores: Score[];
  readonly urls: string[];
  readonly cwes: Set<string>;
  /** The vendor's word for how severe it is. */
  impact: string;
}

/** A definition, but for what its criteria say. */
export interface Definition {
  readonly id: string;
  /** `patch` or `vulnerability`, in lower case. */
  readonly class: string;
  readonly title: string;
  /** The names of platforms, for people. */
  readonly platforms: readonly string[];
  /** `true`, `false` or `Not Applicable`: whether Microsoft has a fix. */
  readonly patchable: string;
  readonly criteria: XmlElement | undefined;
  /** What each CVE or, where it names none, its own update is called. */
  readonly ids: readonly string[];
  readonly advisoryOf: (id: string, statements: Advisory['statements']) => Advisory;
}

/** `7.8/CVSS:3.1/AV:N/…`: the base score, then the vector. */
function scoresOf(
  { attributes }: XmlElement,
  source: string | undefined,
): Score[] {
  return VECTORS.flatMap(([attribute, type, form]): Score[] => {
    const text = (attributes[attribute] ?? '').trim();
    const slash = text.indexOf('/');
    const base = Number(text.slice(0, Math.max(slash, 0)) || NaN);
    // Oracle has written some vectors of version 2 with a prefix that there is not.
    const vector = text.slice(slash + 1).replace(/^CVSS:2\//, '');
    if (!form.test(vector)) return [];
    const isScore = base >= 0 && base <= 10;
    return [{ type, vector, source, ...(isScore ? { base } : {}) }];
  });
}

/** Who has scored: SUSE gives its own scores and those of the NVD side by side. */
function scorerOf(text: string, href: string): string | undefined {
  if (/ at NVD$/.test(text) || href.startsWith('https://nvd.nist.gov/')) return 'NVD';
  return / at SUSE$/.test(text) || href.startsWith('https://www.suse.com/') ? 'SUSE' : undefined;
}

function toldOf(metadata: XmlElement | undefined): Map<string, Told> {
  const all = new Map<string, Told>();
  const of = (cve: string) => {
    const known = all.get(cve) ?? { scores: [], urls: [], cwes: new Set<string>(), impact: '' };
    all.set(cve, known);
    return known;
  };
  for (const element of childrenOf(childOf(metadata, 'advisory'), 'cve')) {
    const text = element.text.trim();
    const { href = '', impact = '', cwe = '' } = element.attributes;
    const scorer = scorerOf(text, href.trim());
    for (const cve of cvesIn(text.slice(0, 200))) {
      const told = of(cve);
      if (scorer !== 'NVD' && told.impact === '') told.impact = impact;
      told.scores.push(...scoresOf(element, scorer));
      told.urls.push(href);
      for (const [id] of cwe.slice(0, 200).matchAll(/CWE-\d{1,5}/g)) told.cwes.add(id);
    }
  }
  for (const { attributes } of childrenOf(metadata, 'reference')) {
    for (const cve of cvesIn((attributes['ref_id'] ?? '').slice(0, 200))) {
      of(cve).urls.push(attributes['ref_url'] ?? '');
    }
  }
  return all;
}

function datesOf(metadata: XmlElement | undefined): Pick<Advisory, 'published' | 'modified'> {
  const advisory = childOf(metadata, 'advisory');
  const issued = childOf(advisory, 'issued')?.attributes['date'];
  return {
    published: timeOf(issued ?? childText(metadata, 'advisory_date')),
    modified: timeOf(childOf(advisory, 'updated')?.attributes['date'] ?? ''),
  };
}

/** The vendor's updates that a definition is of, or that fix what it is about. */
function updatesOf(metadata: XmlElement | undefined): { ids: string[]; urls: string[] } {
  const references = childrenOf(metadata, 'reference').map(({ attributes }) => attributes)
    .filter(({ ref_id: id = '' }) => UPDATE.test(id.trim()));
  return {
    ids: [...new Set(references.map(({ ref_id: id = '' }) => id.trim()))].slice(0, MAX_RELATED),
    urls: references.map(({ ref_url: url = '' }) => url),
  };
}

/** Reads a `definition` element; a text tells why it cannot be read. */
export function definitionOf(element: XmlElement): Definition | string {
  const { id = '', class: kind = '' } = element.attributes;
  if (!/^oval:[\w.-]{1,100}:def: ?\d{1,20}$/.test(id)) return 'it has no id';
  const metadata = childOf(element, 'metadata');
  const advisory = childOf(metadata, 'advisory');
  const title = plainLine(childText(metadata, 'title')) ?? '';
  const description = plainText(childText(metadata, 'description'));
  const told = toldOf(metadata);
  const updates = updatesOf(metadata);
  const cves = told.size > 0 ? [...told.keys()] : cvesIn(title);
  const ids = cves.length > 0 ? cves.slice(0, MAX_CVES) : updates.ids.slice(0, 1);
  if (ids.length === 0) return 'it names neither a CVE nor an update';
  const bugs = childrenOf(advisory, 'bugzilla').map(({ attributes }) => attributes['href'] ?? '');
  const isPatch = kind.toLowerCase() === 'patch';
  const word = childText(advisory, 'severity') || childText(metadata, 'severity');
  const dates = datesOf(metadata);
  return {
    id,
    class: kind.toLowerCase(),
    title,
    platforms: childrenOf(childOf(metadata, 'affected'), 'platform').slice(0, MAX_PLATFORMS)
      .map(({ text }) => text.trim()),
    patchable: childText(metadata, 'patchable'),
    criteria: childOf(element, 'criteria'),
    ids,
    advisoryOf: (name, statements) => {
      const { scores = [], urls = [], cwes = new Set<string>(), impact = '' } = told.get(name) ??
        {};
      return {
        kind: 'advisory',
        key: isPatch || ids.length > 1 ? `${id}/${name}` : id,
        id: name,
        aliases: [],
        related: updates.ids.filter((update) => update !== name),
        ...dates,
        title: title === name || title === '' ? undefined : title,
        description,
        // An update is as severe as the worst that it fixes.
        severity: severityOf(isPatch && impact !== '' ? impact : word),
        scores: [...new Map(scores.map((score) => [JSON.stringify(score), score])).values()]
          .slice(0, MAX_TOLD),
        urls: urlsOf([...urls, ...updates.urls.slice(0, 3), ...bugs, ...updates.urls.slice(3)]),
        ...(cwes.size === 0 ? {} : { cwes: [...cwes].slice(0, MAX_TOLD) }),
        statements,
      };
    },
  };
}
