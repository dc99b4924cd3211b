/**
 * What the matcher takes and what it gives.
 *
 * @module
 */
import type { Distribution, Package } from '../../../jobs/contract/index.ts';
import type { Advisory, Assessment, FixState, Score, Severity, Statement } from '../advisory.ts';

/** A record without what it says of packages. */
export interface RecordHead extends
  Pick<
    Advisory,
    | 'id'
    | 'aliases'
    | 'related'
    | 'withdrawn'
    | 'published'
    | 'modified'
    | 'title'
    | 'severity'
    | 'urgency'
    | 'scores'
    | 'urls'
    | 'malicious'
    | 'informational'
  > {
  /** Name of the source that it comes from. */
  readonly feed: string;
  /** Number of the group of that source, where it is stored. */
  readonly group?: number | undefined;
  /** Number of the record itself, where it is stored. */
  readonly record?: number | undefined;
}

/** What a record says of one package. */
export interface FoundStatement {
  /**
   * Its names and whether it counts are enough where it has its record's number: the record itself
   * completes it.
   */
  readonly head: RecordHead;
  readonly statement: Statement;
}

export interface MatchOptions {
  /** Whether vulnerabilities of the kernel count: a container runs on its host's. */
  readonly kernel?: boolean | undefined;
  /** Whether findings in packages of languages are named by their CVE before their GHSA id. */
  readonly preferCve?: boolean | undefined;
}

/** An image and all that is known of what is in it. */
export interface MatchInput {
  readonly packages: readonly Package[];
  readonly distribution: Distribution | null;
  /** All statements that the pairs of `lookupKeys` lead to, in any order. */
  readonly statements: readonly FoundStatement[];
  /**
   * Heads of records of the same vulnerabilities, found by their ids and aliases: for names,
   * severity, scores and links. Whether they are about any package of the image does not matter.
   */
  readonly records?: readonly RecordHead[] | undefined;
  /** Those whose authors are trusted. */
  readonly assessments?: readonly Assessment[] | undefined;
  /** Namespaces that loaded feeds speak of: a distribution without any of its own has no feed. */
  readonly namespaces: ReadonlySet<string>;
  /** Whether the distribution's release is past its end of life: its feed says nothing new. */
  readonly isEnded?: boolean | undefined;
  /** CPEs of the products that the image's repositories belong to; none where nobody knows. */
  readonly cpes?: readonly string[] | undefined;
  /** Repositories or topics that packages may come from; undefined where nobody knows. */
  readonly channels?: ReadonlySet<string> | undefined;
  /**
   * Those of `packages` that brought one, where they come from several images; by the name of the
   * owner unless given.
   */
  readonly owners?: ((found: Package) => readonly Package[]) | undefined;
  /** Package URLs and digests by which the image itself goes. */
  readonly image?: readonly string[] | undefined;
  readonly options?: MatchOptions | undefined;
}

/** A vulnerability of a package in an image. */
export interface Finding {
  /** As given, by reference. */
  readonly package: Package;
  /** The name it is reported by. */
  readonly id: string;
  /** All its other names. */
  readonly aliases: readonly string[];
  /** Records by which it was found. */
  readonly ids: readonly string[];
  /** Ids that go with it and are not it: CVEs of a notice, notices of a CVE. */
  readonly related: readonly string[];
  /** Sources of the records by which it was found. */
  readonly feeds: readonly string[];
  /** Groups of those sources, where they are stored. */
  readonly groups: readonly number[];
  /** Namespaces of the statements by which it was found. */
  readonly namespaces: readonly string[];
  readonly severity: Severity;
  /** Source of the severity; absent where it is unknown. */
  readonly severitySource?: string | undefined;
  /** The source's own word, where it says more than the severity. */
  readonly urgency?: string | undefined;
  /** All that any record has. */
  readonly scores: readonly Score[];
  readonly state: FixState;
  /** The version to go to: the lowest that leaves every matching range. */
  readonly fix?: string | undefined;
  /** All versions that fix it, of other release lines too, in ascending order. */
  readonly fixes: readonly string[];
  /** The best one first, at most ten. */
  readonly urls: readonly string[];
  readonly title?: string | undefined;
  readonly published?: string | undefined;
  readonly modified?: string | undefined;
  /** The package itself is malicious. */
  readonly malicious: boolean;
  /** Which records, which ranges, compared how. */
  readonly why: string;
  /** Short remarks for people: `end-of-life`, `fixed in 1.2-3+esm1 with Ubuntu Pro`. */
  readonly notes: readonly string[];
}

/**
 * Why a finding does not count: `denied` by a statement of the package's own feed, `disagreement` of
 * the ecosystem's own database, `informational` and no vulnerability, in the `kernel`, `owned` by a
 * package of the distribution, `answered` by the feed of that package, or an `assessment` (VEX).
 */
export type SuppressionReason =
  | 'denied'
  | 'disagreement'
  | 'informational'
  | 'kernel'
  | 'owned'
  | 'answered'
  | 'assessment';

export interface Suppression {
  readonly reason: SuppressionReason;
  /** In words: `owned by python3-requests`. */
  readonly text: string;
  /** Set for an `assessment`. */
  readonly assessment?:
    | Pick<Assessment, 'author' | 'document' | 'justification' | 'statement' | 'status' | 'time'>
    | undefined;
}

export interface SuppressedFinding extends Finding {
  readonly suppression: Suppression;
}

export interface MatchResult {
  /** In the order of the packages, then by id. */
  readonly findings: readonly Finding[];
  /** What would be a finding but for its suppression. */
  readonly suppressed: readonly SuppressedFinding[];
}
