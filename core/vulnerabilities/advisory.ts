/**
 * What sources say of vulnerabilities, in the one form that every loader makes and the store keeps.
 *
 * @module
 */

/** From least to worst; a severity that nobody has told is `unknown`, which is not low. */
export const SEVERITIES = ['unknown', 'negligible', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Whether there is a version without the vulnerability, or will be one. */
export type FixState = 'fixed' | 'not-fixed' | 'wont-fix' | 'unknown';

/** A CVSS vector, as its source writes it. */
export interface Score {
  readonly type: 'CVSS_V2' | 'CVSS_V3' | 'CVSS_V4';
  readonly vector: string;
  /** Who has scored, where the record tells: `nvd@nist.gov`, a vendor. */
  readonly source?: string | undefined;
  /** The base score, where the record tells it. */
  readonly base?: number | undefined;
  /** NVD: whether it is the primary one. */
  readonly primary?: boolean | undefined;
}

/** One end of a range. The version `0` after `>=` is before every version. */
export type Bound = readonly [operator: '>=' | '>' | '<' | '<=', version: string];

/**
 * Bounds in any order. Sorted by their versions, `>=` and `>` begin what is affected, `<` and `<=`
 * end it; one range may begin and end several times.
 */
export type Range = readonly Bound[];

/** A range that every version is in. */
export const EVERY_VERSION: Range = [['>=', '0']];

/** What a record says of one package. */
export interface Statement {
  /**
   * Whose package: `ID:VERSION` of a distribution by its os-release (`debian:12`, `alpine:3.18`,
   * `rhel:9`), `ID` alone of one without releases (`wolfi`), else the type of the package URL
   * (`npm`, `pypi`, `maven`, `golang`), or `cpe`.
   */
  readonly namespace: string;
  /**
   * Normalised name: as it is in the package URL with its namespace before a `/` (`:` for maven),
   * in the case that the ecosystem compares. For `cpe`, `vendor:product`.
   */
  readonly package: string;
  /** Whether `package` names source packages (Debian, Ubuntu, Alpine's origin) or built ones. */
  readonly names: 'built' | 'source' | 'either';
  /** False for what denies: such versions are not affected, whatever others say. */
  readonly affected: boolean;
  /** Versions in any of these are meant; with no range and no version the statement is empty. */
  readonly ranges: readonly Range[];
  /** Versions that are meant whatever the ranges say. */
  readonly versions: readonly string[];
  readonly state: FixState;
  /** Versions that fix it where no bound of a range tells them. */
  readonly fixes?: readonly string[] | undefined;
  /** Where it differs from the record's. */
  readonly severity?: Severity | undefined;
  readonly scores?: readonly Score[] | undefined;
  /** `NAME:STREAM` of the module it is about; `''` for what is certainly in none. */
  readonly module?: string | undefined;
  /** As the package manager names them; all if not given. */
  readonly architectures?: readonly string[] | undefined;
  /** Products it is about, as CPE 2.2 URIs or 2.3 strings; one of them must be the image's. */
  readonly cpes?: readonly string[] | undefined;
  /**
   * Repository or topic that its packages come from, where that decides; for `cpe` the target
   * software that it is made for (`wordpress`, `node.js`), where that is not what images run on.
   */
  readonly channel?: string | undefined;
  /** One short text for people: `end-of-life`, `no DSA: minor issue`, `Out of support scope`. */
  readonly note?: string | undefined;
}

/** What one record of a source says. */
export interface Advisory {
  readonly kind: 'advisory';
  /** Unique in its group of the source, the same in each generation. */
  readonly key: string;
  /** The vulnerability as the source names it: `CVE-…`, `GHSA-…`, `DSA-…`. */
  readonly id: string;
  /** Other names of the same vulnerability. */
  readonly aliases: readonly string[];
  /** Ids it goes with: shown, and reached by suppressions, but never the same vulnerability. */
  readonly related: readonly string[];
  /** RFC 3339; a withdrawn record says nothing of packages any more. */
  readonly withdrawn?: string | undefined;
  readonly published?: string | undefined;
  readonly modified?: string | undefined;
  /** One line. */
  readonly title?: string | undefined;
  /** Plain text or Markdown as it came, cut to 4,000 characters. */
  readonly description?: string | undefined;
  readonly severity?: Severity | undefined;
  /** The source's own word behind `severity`, where it says more: Debian's urgency. */
  readonly urgency?: string | undefined;
  readonly scores: readonly Score[];
  /** http(s) only, the best one first, at most ten. */
  readonly urls: readonly string[];
  readonly cwes?: readonly string[] | undefined;
  /** The package itself is malicious. */
  readonly malicious?: true | undefined;
  /** RustSec: `unmaintained`, `unsound`, `notice`: no vulnerability. */
  readonly informational?: string | undefined;
  readonly statements: readonly Statement[];
}

/** A vulnerability that is known to be exploited. */
export interface Exploited {
  readonly kind: 'exploited';
  /** The id. */
  readonly key: string;
  /** YYYY-MM-DD. */
  readonly added: string;
  readonly due?: string | undefined;
  readonly action?: string | undefined;
  readonly title?: string | undefined;
  readonly ransomware: boolean;
}

/** How probable it is that a vulnerability is exploited soon. */
export interface Probability {
  readonly kind: 'probability';
  /** The id. */
  readonly key: string;
  /** From 0 to 1. */
  readonly score: number;
  readonly percentile: number;
}

/** One cycle of a product's life. */
export interface Lifecycle {
  readonly kind: 'lifecycle';
  /** `PRODUCT/CYCLE`. */
  readonly key: string;
  readonly product: string;
  readonly cycle: string;
  readonly codename?: string | undefined;
  /** YYYY-MM-DD. */
  readonly released?: string | undefined;
  /** A date, or whether it has ended on a day that nobody tells. */
  readonly ends?: string | boolean | undefined;
  /** The same for support that has to be bought or comes from volunteers. */
  readonly extendedEnds?: string | boolean | undefined;
  readonly latest?: string | undefined;
}

/** The products that a repository of packages belongs to. */
export interface ProductRepository {
  readonly kind: 'repository';
  /** Its id. */
  readonly key: string;
  readonly cpes: readonly string[];
}

/** What somebody says of a vulnerability in a product (VEX). */
export interface Assessment {
  readonly kind: 'assessment';
  readonly key: string;
  /** Id of the document and who has written it. */
  readonly document: string;
  readonly author: string;
  /** RFC 3339 of the statement, or else of the document. */
  readonly time: string;
  /** The vulnerability and its other names. */
  readonly id: string;
  readonly aliases: readonly string[];
  readonly status: 'not_affected' | 'affected' | 'fixed' | 'under_investigation';
  readonly justification?: string | undefined;
  /** Impact or action, in words. */
  readonly statement?: string | undefined;
  /** Package URLs (or digests `sha256:…`) of what it is about; without a version, of all. */
  readonly products: readonly string[];
  /** Package URLs of parts inside those products; none where the products themselves are meant. */
  readonly subcomponents: readonly string[];
}

/** One record of a feed. */
export type FeedRecord =
  | Advisory
  | Exploited
  | Probability
  | Lifecycle
  | ProductRepository
  | Assessment;
