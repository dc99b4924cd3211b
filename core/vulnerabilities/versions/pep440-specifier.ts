/**
 * Python version specifiers: `~=1.4.2, !=1.4.5`, `==1.*`, `===anything`.
 *
 * Follows "Version specifiers" of the Python packaging user guide (PEP 440). Pre-releases are
 * taken like any other version, because the question is what is installed, not what to install.
 *
 * @module
 */

import { compareNumbers, digitsEnd } from './characters.ts';
import { compareLocals, comparePre, comparePublic, compareReleases } from './pep440.ts';
import { ABSENT, DEVELOPMENT, FINAL, parsePep440, type Pep440Parts } from './pep440-parts.ts';

/** An operator that another begins with comes after it. */
const OPERATORS = ['===', '~=', '==', '!=', '<=', '>=', '<', '>'] as const;
const WILDCARD = '.*';

/**
 * Whether a version meets every clause of a specifier set; an empty set takes everything. False
 * where a clause is not well-formed. A version that PEP 440 does not know meets `===` only.
 */
export function inPep440Specifier(specifier: string, version: string): boolean {
  const parts = parsePep440(version);
  return specifier.split(',').every((clause) => {
    const trimmed = clause.trim();
    return trimmed === '' || meetsClause(trimmed, version, parts);
  });
}

function meetsClause(clause: string, version: string, parts: Pep440Parts | undefined): boolean {
  const operator = OPERATORS.find((candidate) => clause.startsWith(candidate));
  if (operator === undefined) return false;
  const operand = clause.slice(operator.length).trim();
  if (operator === '===') return version.trim().toLowerCase() === operand.toLowerCase();
  if (parts === undefined) return false;
  const equality = operator === '==' || operator === '!=';
  if (equality && operand.endsWith(WILDCARD)) {
    const prefix = parsePep440(operand.slice(0, -WILDCARD.length));
    if (prefix === undefined || prefix.devStart !== ABSENT || hasLocal(prefix)) return false;
    return startsWith(parts, prefix) === (operator === '==');
  }
  const bound = parsePep440(operand);
  if (bound === undefined || (hasLocal(bound) && !equality)) return false;
  switch (operator) {
    case '==':
      return isSame(parts, bound);
    case '!=':
      return !isSame(parts, bound);
    case '<=':
      return comparePublic(parts, bound) <= 0;
    case '>=':
      return comparePublic(parts, bound) >= 0;
    case '<':
      return comparePublic(parts, isPreRelease(bound) ? bound : firstPreRelease(bound)) < 0;
    case '>':
      return comparePublic(parts, bound) > 0 && !isPostOf(parts, bound);
    case '~=':
      return comparePublic(parts, bound) >= 0 && isCompatible(parts, bound);
  }
}

/** Equality; local parts count only where the bound has one. */
function isSame(version: Pep440Parts, bound: Pep440Parts): boolean {
  return comparePublic(version, bound) === 0 &&
    (!hasLocal(bound) || compareLocals(version, bound) === 0);
}

/** The smallest version that counts as a pre-release of a final or post-release. */
function firstPreRelease(bound: Pep440Parts): Pep440Parts {
  const stage = bound.postStart === ABSENT ? DEVELOPMENT : bound.stage;
  return { ...bound, stage, devStart: 0, devEnd: 0 };
}

/** Whether a version is a post-release of a bound that is none and no development release. */
function isPostOf(version: Pep440Parts, bound: Pep440Parts): boolean {
  return bound.postStart === ABSENT && bound.devStart === ABSENT &&
    version.postStart !== ABSENT &&
    compareReleases(version, bound) === 0 && comparePre(version, bound) === 0;
}

/** Whether a version begins with the numbers of a bound up to the one before the last. */
function isCompatible(version: Pep440Parts, bound: Pep440Parts): boolean {
  const lastDot = bound.text.lastIndexOf('.', bound.releaseEnd - 1);
  return lastDot > bound.releaseStart && beginsWithRelease(version, bound, lastDot);
}

/** Prefix matching: as far as the prefix goes, nothing differs but zeros that were left out. */
function startsWith(version: Pep440Parts, prefix: Pep440Parts): boolean {
  if (prefix.stage === FINAL && prefix.postStart === ABSENT) {
    return beginsWithRelease(version, prefix, prefix.releaseEnd);
  }
  if (compareReleases(version, prefix) !== 0 || comparePre(version, prefix) !== 0) return false;
  if (prefix.postStart === ABSENT) return true;
  return version.postStart !== ABSENT && compareNumbers(
        version.text,
        version.postStart,
        version.postEnd,
        prefix.text,
        prefix.postStart,
        prefix.postEnd,
      ) === 0;
}

/** Whether a version has the epoch and the release numbers of `prefix` that stand before `end`. */
function beginsWithRelease(version: Pep440Parts, prefix: Pep440Parts, end: number): boolean {
  const { text: a, releaseEnd } = version;
  const { text: b } = prefix;
  if (
    compareNumbers(
      a,
      version.epochStart,
      version.epochEnd,
      b,
      prefix.epochStart,
      prefix.epochEnd,
    ) !== 0
  ) return false;
  let i = version.releaseStart;
  for (let j = prefix.releaseStart; j < end;) {
    const iEnd = digitsEnd(a, i, releaseEnd);
    const jEnd = digitsEnd(b, j, end);
    if (compareNumbers(a, i, iEnd, b, j, jEnd) !== 0) return false;
    i = iEnd + 1;
    j = jEnd + 1;
  }
  return true;
}

function hasLocal(parts: Pep440Parts): boolean {
  return parts.localStart !== ABSENT;
}

function isPreRelease(parts: Pep440Parts): boolean {
  return parts.stage !== FINAL || parts.devStart !== ABSENT;
}
