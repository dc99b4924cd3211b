/**
 * A finding, made of all verdicts that find one vulnerability in one package.
 *
 * @module
 */
import type { FixState, Statement } from '../advisory.ts';
import { namesOf, type Preference, preferredId } from '../groups.ts';
import { ratingOf, scoresOf } from './severity.ts';
import type { Subject } from './subjects.ts';
import type { Finding, RecordHead } from './types.ts';
import type { Hit, Verdict } from './verdicts.ts';

const MOST_URLS = 10;
/** So many texts are compared sooner than put into a set. */
const FEW = 16;
/** From what tells most of a vulnerability that has no fix. */
const UNFIXED: readonly FixState[] = ['wont-fix', 'not-fixed', 'unknown'];
/** Maven versions of vendors who repair what they build: `2.9.10.redhat-00001`. */
const VENDOR_BUILD = /[.-](?<vendor>redhat|jbossorg|fuse|cgr)[.-]?\d*/i;

/** What a finding is made of. */
export interface Evidence {
  readonly subject: Subject;
  /** That find it, the most telling first; not empty. */
  readonly verdicts: readonly Verdict[];
  /** Those of them whose ranges and fixes count. */
  readonly decisive: readonly Verdict[];
  /** All ids of the vulnerability. */
  readonly names: readonly string[];
  /** Notices that stand for it among others. */
  readonly notices: readonly RecordHead[];
  /** Records of the same vulnerability that are about no package here. */
  readonly others: readonly RecordHead[];
  /** Further remarks. */
  readonly notes: readonly string[];
}

/** Puts together what records say of one vulnerability in one package. */
export function findingOf(evidence: Evidence, preferCve: boolean): Finding {
  const { subject, verdicts, decisive, names, notices, others } = evidence;
  const heads = verdicts.map(({ head }) => head);
  const records = [...heads, ...others];
  const ids = unique(heads.map((head) => head.id));
  const all = unique([...ids, ...names, ...heads.flatMap(namesOf)]);
  // Names that the group was cut from are another vulnerability's.
  const id = preferredId([...ids, ...names], preference(subject, preferCve));
  const hits = decisive.flatMap((verdict) => verdict.hits);
  const fix = fixOf(hits);
  const { severity, source } = ratingOf(subject, verdicts, others);
  return {
    package: subject.package,
    id,
    aliases: all.filter((name) => name !== id).toSorted(),
    ids,
    related: unique([
      ...heads.flatMap((head) => head.related),
      ...notices.map((head) => head.id),
    ]).filter((name) => !all.includes(name)),
    feeds: unique(heads.map((head) => head.feed)),
    groups: [...new Set(heads.flatMap(({ group }) => group ?? []))],
    namespaces: unique(hits.map(({ statement }) => statement.namespace)),
    severity,
    severitySource: source,
    urgency: heads.find(({ urgency }) => urgency !== undefined)?.urgency,
    scores: scoresOf(verdicts, others),
    state: fix === undefined ? stateOf(hits) : 'fixed',
    fix,
    fixes: unique(hits.flatMap((hit) => hit.fixes)),
    urls: unique([...heads, ...notices, ...others].flatMap((head) => head.urls))
      .slice(0, MOST_URLS),
    title: records.find(({ title }) => title !== undefined)?.title,
    published: records.find(({ published }) => published !== undefined)?.published,
    modified: records.find(({ modified }) => modified !== undefined)?.modified,
    malicious: heads.some((head) => head.malicious === true),
    // A record may come from several sources.
    why: unique(verdicts.map(whyOf)).join('; '),
    notes: notesOf(evidence, hits),
  };
}

/** Packages of a language are known by GitHub's ids, all else by its CVE. */
function preference({ kind }: Subject, preferCve: boolean): Preference {
  return { first: kind === 'language' && !preferCve ? 'ghsa' : 'cve' };
}

/** What leaves every range: the highest of the lowest fixes, as far as they have one scheme. */
function fixOf(hits: readonly Hit[]): string | undefined {
  const fixed = hits.filter(({ fix, state }) => fix !== undefined && state === 'fixed');
  return fixed.reduce<Hit | undefined>(
    (highest, hit) =>
      highest?.fix === undefined ||
        hit.identity.scheme.compare(hit.fix ?? '', highest.fix) > 0
        ? hit
        : highest,
    undefined,
  )?.fix;
}

function stateOf(hits: readonly Hit[]): FixState {
  return UNFIXED.find((state) => hits.some((hit) => hit.state === state)) ?? 'unknown';
}

/** `GHSA-x: 1.2.3 in >=1.0.0 <1.2.4 (semver)`; a source package is named where it is another. */
function whyOf({ head: { id }, hits }: Verdict): string {
  const [first] = hits;
  if (first === undefined) return id;
  const { identity: { version, name, isBuilt, scheme } } = first;
  const ranges = unique(hits.map(({ range }) => range)).join(' or ');
  const installed = isBuilt ? version : `source ${name} ${version}`;
  return `${id}: ${installed} in ${ranges} (${scheme.name})`;
}

function notesOf({ subject, notes }: Evidence, hits: readonly Hit[]): readonly string[] {
  const { type, version } = subject.package;
  const vendor = type === 'maven' ? VENDOR_BUILD.exec(version)?.groups?.['vendor'] : undefined;
  return unique([
    ...hits.flatMap(({ statement }: { readonly statement: Statement }) => statement.note ?? []),
    ...notes,
    ...(vendor === undefined ? [] : [`a build of ${vendor}, which may have repaired it`]),
  ]);
}

function unique(texts: readonly string[]): readonly string[] {
  if (texts.length < 2) return texts;
  return texts.length < FEW
    ? texts.filter((text, at) => texts.indexOf(text) === at)
    : [...new Set(texts)];
}
