/**
 * What a policy may look at: the facts of one image. Pure data; the verdicts' floor fills it from
 * the catalog, a bundle's unit tests from a file.
 *
 * @module
 */
import { TidewaiterError } from '../errors.ts';

/** An installed package as rules see it. */
export interface PackageFact {
  /** Type of the package URL: `deb`, `apk`, `npm`, `pypi`, … */
  readonly type: string;
  readonly name: string;
  /** As the package manager writes it, with epoch and release. */
  readonly version: string;
  readonly licenses: readonly string[];
  /** Absolute path of the file that told of it. */
  readonly location: string;
}

/** From least to worst; a severity that nobody has told is `unknown`, which is not low. */
export const SEVERITIES = ['unknown', 'negligible', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Scores of CVSS version 3; -1 for what is absent. */
export interface CvssScores {
  readonly base: number;
  readonly exploitability: number;
  readonly impact: number;
}

/** A vulnerability of an installed package. */
export interface VulnerabilityFact {
  readonly id: string;
  /** All its other names. */
  readonly aliases: readonly string[];
  readonly severity: Severity;
  readonly package: PackageFact;
  /** Whether the package is one of the distribution. */
  readonly isOs: boolean;
  /** Versions without it; empty where there is none. */
  readonly fixes: readonly string[];
  /** Whether whoever makes the package has decided not to fix it. */
  readonly willNotFix: boolean;
  /** Empty where there is none. */
  readonly url: string;
  /** What the National Vulnerability Database says. */
  readonly nvd: readonly CvssScores[];
  /** What whoever makes the package says. */
  readonly vendor: readonly CvssScores[];
  /** When it was first found in this image. */
  readonly detectedAt: Date;
  /** When a fix was first seen; undefined where there is none, or nobody has noted it. */
  readonly fixSeenAt: Date | undefined;
}

/** The feed that speaks of the packages of the image's distribution. */
export interface FeedFacts {
  /** `debian:12`; undefined without a distribution, and for one that no feed is known for. */
  readonly namespace: string | undefined;
  /** Whether data of the namespace is loaded. */
  readonly hasData: boolean;
  /** When the feed was last found up to date; undefined for never. */
  readonly syncedAt: Date | undefined;
}

/** A path of the image. */
export interface FileFact {
  /** Absolute. */
  readonly path: string;
  /** As `stat` tells it: the type of the file and its permission bits. */
  readonly mode: number;
  /** Hex, of regular files only. */
  readonly sha256?: string | undefined;
}

/** A file in which a search has found an expression. */
export interface MatchFact {
  readonly search: 'secrets' | 'content';
  readonly path: string;
  /** Name of the expression, and the expression. */
  readonly name: string;
  readonly expression: string;
}

/** A file whose content was retrieved. */
export interface RetrievedFact {
  readonly path: string;
  readonly content: string;
}

/** A file that is not what the database of its package says. */
export interface VerificationFact {
  readonly package: string;
  readonly path: string;
  readonly state: 'changed' | 'missing';
  readonly isConfiguration: boolean;
}

/** A finding of a scan for malware. */
export interface MalwareFact {
  readonly scanner: string;
  readonly signature: string;
  readonly path: string;
}

/** All packages that a registry has, with their versions. */
export type OfficialPackages = ReadonlyMap<
  string,
  { readonly latest: string; readonly versions: readonly string[] }
>;

/** Long lists, which are there only where a rule of the bundle looks at them. */
export interface FactParts {
  readonly files: readonly FileFact[];
  readonly matches: readonly MatchFact[];
  readonly retrieved: readonly RetrievedFact[];
  readonly verification: readonly VerificationFact[];
}
export type FactPart = keyof FactParts;

/** Everything a rule can ask about one image. */
export interface ImageFacts extends Partial<FactParts> {
  /** Digest of the manifest. */
  readonly digest: string;
  /** Digest of the configuration without `sha256:`. */
  readonly id: string;
  readonly architecture: string;
  readonly os: string;
  /** Null for images without a distribution. */
  readonly distribution: {
    readonly id: string;
    readonly version: string;
    readonly like: readonly string[];
  } | null;
  /** Bytes of all uncompressed layers. */
  readonly size: number;
  readonly layerCount: number;
  /** Supplied by whoever submitted the image (`Actual`), or guessed from its history. */
  readonly dockerfile: { readonly mode: 'Actual' | 'Guessed'; readonly text: string };
  readonly packages: readonly PackageFact[];
  readonly vulnerabilities: readonly VulnerabilityFact[];
  readonly feeds: FeedFacts;
  /** Undefined where the image was not scanned. */
  readonly malware?: readonly MalwareFact[] | undefined;
  /** Lists of the registries; undefined where there is none. */
  readonly official?: Readonly<Partial<Record<'npm' | 'gem', OfficialPackages>>> | undefined;
}

/** What a rule lacks where a part of the facts is not there. */
const MISSING: Readonly<Record<FactPart, string>> = {
  files: 'the files of the image are not known: have it analysed again',
  matches: 'what the searches found is not known: have the image analysed again',
  retrieved: 'what was retrieved of the image is not known: have it analysed again',
  verification: 'its files were not compared with package databases: set the analyzer to do so ' +
    '(package_verification) and have the image analysed again',
};

/** A part of the facts. Throws where it is not there: a rule on it cannot pass the image. */
export function partOf<P extends FactPart>(facts: ImageFacts, part: P): FactParts[P] {
  const list = facts[part];
  if (list === undefined) throw new TidewaiterError('facts_missing', 409, MISSING[part]);
  return list as FactParts[P];
}
