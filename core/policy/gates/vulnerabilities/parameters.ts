/**
 * Parameters of the gate `vulnerabilities`.
 *
 * @module
 */
import { type CvssScores, SEVERITIES, type Severity, type VulnerabilityFact } from '../../facts.ts';
import {
  anyString,
  booleanString,
  commaDelimitedStringList,
  enumString,
  floatString,
  integerString,
  type Parameter,
} from '../parameters.ts';

const COMPARISONS = ['=', '!=', '<', '>', '<=', '>='] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** What a finding has where nobody has scored it. */
const UNSCORED = -1;

export const packageType: Parameter<'all' | 'os' | 'non-os'> = {
  name: 'package_type',
  description: 'Packages of the distribution (os), of languages and others (non-os), or all',
  example: 'all',
  required: true,
  validator: enumString(['all', 'os', 'non-os']),
};

export const severity: Parameter<Severity> = {
  name: 'severity',
  description: 'Severity to compare that of a vulnerability with; unknown by default',
  example: 'high',
  required: false,
  validator: enumString(SEVERITIES),
};

export const severityComparison: Parameter<Comparison> = comparisonOf(
  'severity_comparison',
  'How to compare the severity, unknown being the lowest; > by default',
  '>',
);

export const fixAvailable: Parameter<boolean> = {
  name: 'fix_available',
  description: 'Only vulnerabilities with a version that fixes them (true), or without (false)',
  example: 'true',
  required: false,
  validator: booleanString,
};

export const vendorOnly: Parameter<boolean> = {
  name: 'vendor_only',
  description: 'Leave out what whoever makes the package will not fix; true by default',
  example: 'true',
  required: false,
  validator: booleanString,
};

export const maxDaysSinceCreation: Parameter<number> = {
  name: 'max_days_since_creation',
  description: 'Only vulnerabilities found in the image more than so many days ago',
  example: '7',
  required: false,
  validator: integerString,
};

export const maxDaysSinceFix: Parameter<number> = {
  name: 'max_days_since_fix',
  description: 'Together with fix_available true: only those whose fix is older than so many days',
  example: '30',
  required: false,
  validator: integerString,
};

export const packagePathExclude: Parameter<string> = {
  name: 'package_path_exclude',
  description: 'Expression on the location of packages that are not of the distribution: left out',
  example: '.*/test/.*',
  required: false,
  validator: anyString,
};

export const vulnerabilityIds: Parameter<readonly string[]> = {
  name: 'vulnerability_ids',
  description: 'Ids of vulnerabilities, by any of their names',
  example: 'CVE-2019-1234,GHSA-jfh8-c2jp-5v3q',
  required: true,
  validator: commaDelimitedStringList,
};

/** A rule on one of the scores that a source gives. */
export interface ScoreCheck {
  readonly than: Parameter<number>;
  readonly comparison: Parameter<Comparison>;
  /** The highest that a vulnerability has. */
  readonly scoreOf: (found: VulnerabilityFact) => number;
}

/** Scores of the National Vulnerability Database. */
export const nvdChecks: readonly ScoreCheck[] = scoreChecks(
  'cvss_v3',
  'the National Vulnerability Database',
  ({ nvd }) => nvd,
);

/** Scores of whoever makes the package. */
export const vendorChecks: readonly ScoreCheck[] = scoreChecks(
  'vendor_cvss_v3',
  'whoever makes the package',
  ({ vendor }) => vendor,
);

function scoreChecks(
  prefix: string,
  source: string,
  scoresOf: (found: VulnerabilityFact) => readonly CvssScores[],
): readonly ScoreCheck[] {
  return (['base', 'exploitability', 'impact'] as const).map((kind) => ({
    than: {
      name: `${prefix}_${kind}_score`,
      description: `CVSS v3 ${kind} score to compare the highest by ${source} with; none is -1`,
      example: '7.5',
      required: false,
      validator: floatString,
    },
    comparison: comparisonOf(
      `${prefix}_${kind}_score_comparison`,
      `How to compare the ${kind} score by ${source}; >= by default`,
      '>=',
    ),
    scoreOf: (found) => Math.max(UNSCORED, ...scoresOf(found).map((scores) => scores[kind])),
  }));
}

function comparisonOf(name: string, description: string, example: Comparison) {
  return { name, description, example, required: false, validator: enumString(COMPARISONS) };
}
