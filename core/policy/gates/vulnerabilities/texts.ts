/**
 * What a vulnerability of a package is called and how it is told. Both are part of the interface:
 * whitelists name the ids, and people search for the texts.
 *
 * @module
 */
import type { PackageFact, VulnerabilityFact } from '../../facts.ts';
import { wordOfType } from '../../package-types.ts';

/** What a text tells of the values that the rule asks for, each as `name=value`. */
export interface Shown {
  readonly nvd: readonly string[];
  readonly ages: readonly string[];
  readonly vendor: readonly string[];
}

/** The text of a finding. */
export function textOf(found: VulnerabilityFact, { nvd, ages, vendor }: Shown): string {
  const kind = found.isOs ? 'os' : 'non-os';
  const name = found.isOs ? found.package.name : found.package.location;
  const fixes = found.fixes.length === 0 ? '' : `(fixed in: ${found.fixes.join(', ')})`;
  return `${found.severity.toUpperCase()} Vulnerability found in ${kind} package type ` +
    `(${wordOfType(found.package.type)}) - ${name} ` +
    fixes + group(nvd) + group(ages) + group(vendor) +
    // What is absent was written so.
    `(${found.id} - ${found.url === '' ? 'None' : found.url})`;
}

function group(shown: readonly string[]): string {
  return shown.length === 0 ? '' : `(${shown.join(' ')})`;
}

/** A score with a decimal, as in `10.0` and `-1.0`. */
export function scoreText(score: number): string {
  return Number.isInteger(score) ? score.toFixed(1) : String(score);
}

/** The id of a finding, then one for each other name of the vulnerability. */
export function triggerIdsOf(
  { id, aliases, isOs, package: found }: VulnerabilityFact,
): readonly [string, ...string[]] {
  const name = isOs ? found.name : nameOf(found);
  return [`${id}+${name}`, ...aliases.map((alias) => `${alias}+${name}`)];
}

/** By what of a package that is not of the distribution its findings are named. */
function nameOf({ type, name, version, location }: PackageFact): string {
  const path = location.split('/');
  const part = type === 'maven' || type === 'gem'
    ? path.at(-1)
    : type === 'npm'
    ? path.at(-2)
    : undefined;
  return part || `${name}-${version}`;
}
