/**
 * Trigger `package`: vulnerabilities of installed packages, by their severity, scores, fixes and ages.
 *
 * @module
 */
import { compileExpression } from '../../expression.ts';
import { holds } from '../../../vulnerabilities/versions/comparisons.ts';
import { SEVERITIES, type VulnerabilityFact } from '../../facts.ts';
import { LONGEST_SUBJECT } from '../../pattern.ts';
import type { Values } from '../parameters.ts';
import type { Finding, Trigger } from '../types.ts';
import { dayOf, hasPassed, type Limit, momentAfter } from './days.ts';
import {
  fixAvailable,
  maxDaysSinceCreation,
  maxDaysSinceFix,
  nvdChecks,
  packagePathExclude,
  packageType,
  type ScoreCheck,
  severity,
  severityComparison,
  vendorChecks,
  vendorOnly,
} from './parameters.ts';
import { scoreText, textOf, triggerIdsOf } from './texts.ts';

/** A limit of a rule on the age of what was found. */
interface AgeLimit {
  readonly parameter: string;
  readonly limit: Limit;
}

export const packageTrigger: Trigger = {
  name: 'package',
  description:
    'Fires for each vulnerability of an installed package that satisfies all of the rule',
  parameters: [
    packageType,
    severity,
    severityComparison,
    ...parametersOf(nvdChecks),
    ...parametersOf(vendorChecks),
    fixAvailable,
    vendorOnly,
    maxDaysSinceCreation,
    maxDaysSinceFix,
    packagePathExclude,
  ],
  *evaluate(values, { vulnerabilities }, now): Iterable<Finding> {
    const isMeant = selectionOf(values);
    for (const found of vulnerabilities) {
      if (!isMeant(found)) continue;
      const limits = limitsOf(values, found);
      if (!limits.every(({ limit: [since, days] }) => hasPassed(since, days, now))) continue;
      const [triggerId, ...otherTriggerIds] = triggerIdsOf(found);
      const message = textOf(found, {
        nvd: shownScores(nvdChecks, values, found),
        ages: limits.map(({ parameter, limit: [since] }) => `${parameter}=${dayOf(since)}`),
        vendor: shownScores(vendorChecks, values, found),
      });
      yield { message, triggerId, otherTriggerIds };
    }
  },
  changesAt(values, { vulnerabilities }, now) {
    if (values.get(maxDaysSinceCreation) === undefined && daysSinceFix(values) === undefined) {
      return undefined;
    }
    const isMeant = selectionOf(values);
    let next: Date | undefined;
    for (const found of vulnerabilities) {
      if (!isMeant(found)) continue;
      for (const { limit } of limitsOf(values, found)) {
        const moment = momentAfter(limit, now);
        if (moment !== undefined && (next === undefined || moment < next)) next = moment;
      }
    }
    return next;
  },
};

function parametersOf(checks: readonly ScoreCheck[]) {
  return checks.flatMap(({ than, comparison }) => [than, comparison]);
}

/** Whether a rule means a vulnerability, whatever its age. */
function selectionOf(values: Values): (found: VulnerabilityFact) => boolean {
  const type = values.require(packageType);
  const rank = SEVERITIES.indexOf(values.get(severity) ?? 'unknown');
  const comparison = values.get(severityComparison) ?? '>';
  const isVendorOnly = values.get(vendorOnly) ?? true;
  const wantsFix = values.get(fixAvailable);
  const isExcluded = exclusionOf(values);
  const scores = [...nvdChecks, ...vendorChecks].flatMap((check) => comparisonsOf(check, values));
  return (found) =>
    (type === 'all' || found.isOs === (type === 'os')) &&
    holds(comparison, SEVERITIES.indexOf(found.severity) - rank) &&
    !(isVendorOnly && found.willNotFix) &&
    (wantsFix === undefined || found.fixes.length > 0 === wantsFix) &&
    scores.every((isWanted) => isWanted(found)) &&
    (found.isOs || !isExcluded(found.package.location));
}

/** An empty expression, which user interfaces send for none, would exclude everything. */
function exclusionOf(values: Values): (location: string) => boolean {
  const source = values.get(packagePathExclude) ?? '';
  if (source === '') return () => false;
  const expression = compileExpression(source);
  return (location) => location.length <= LONGEST_SUBJECT && expression.matches(location);
}

function comparisonsOf(
  { than, comparison, scoreOf }: ScoreCheck,
  values: Values,
): readonly ((found: VulnerabilityFact) => boolean)[] {
  const wanted = values.get(than);
  if (wanted === undefined) return [];
  const operator = values.get(comparison) ?? '>=';
  return [(found) => holds(operator, scoreOf(found) - wanted)];
}

function limitsOf(values: Values, found: VulnerabilityFact): readonly AgeLimit[] {
  const days = values.get(maxDaysSinceCreation);
  const fixDays = daysSinceFix(values);
  // Of a fix that nobody saw coming is known that it was there when the vulnerability was found.
  const fixSeenAt = found.fixSeenAt ?? found.detectedAt;
  return [
    ...(days === undefined ? [] : [limitOf(maxDaysSinceCreation.name, found.detectedAt, days)]),
    ...(fixDays === undefined ? [] : [limitOf(maxDaysSinceFix.name, fixSeenAt, fixDays)]),
  ];
}

function limitOf(parameter: string, since: Date, days: number): AgeLimit {
  return { parameter, limit: [since, days] };
}

/** Counts only for rules that want a fix. */
function daysSinceFix(values: Values): number | undefined {
  return values.get(fixAvailable) === true ? values.get(maxDaysSinceFix) : undefined;
}

/** The scores that a rule asks for, as texts show them. */
function shownScores(
  checks: readonly ScoreCheck[],
  values: Values,
  found: VulnerabilityFact,
): readonly string[] {
  return checks.flatMap(({ than, scoreOf }) =>
    values.get(than) === undefined ? [] : [`${than.name}=${scoreText(scoreOf(found))}`]
  );
}
