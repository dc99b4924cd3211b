/**
 * Vulnerabilities that the tests of the gate share.
 *
 * @module
 */
import type {
  CvssScores,
  ImageFacts,
  VulnerabilityFact,
} from '../../../../../core/policy/facts.ts';
import { factsOf, NOW, packageOf } from '../../samples.ts';

const DAY_MS = 86_400_000;

/** So many days before the tests' now, and so many milliseconds later. */
export function daysAgo(days: number, later = 0): Date {
  return new Date(NOW.getTime() - days * DAY_MS + later);
}

export function scores(base: number, exploitability = -1, impact = -1): CvssScores {
  return { base, exploitability, impact };
}

/** One of openssl on Debian, changed as the test wants. */
export function vulnerabilityOf(changes: Partial<VulnerabilityFact> = {}): VulnerabilityFact {
  return {
    id: 'CVE-2021-0001',
    aliases: [],
    severity: 'critical',
    package: packageOf('deb', 'openssl', '1.1.1d-0+deb10u3'),
    isOs: true,
    fixes: ['1.1.1d-0+deb10u5'],
    willNotFix: false,
    url: 'https://security-tracker.debian.org/tracker/CVE-2021-0001',
    nvd: [scores(9.8, 3.9, 5.9)],
    vendor: [],
    detectedAt: daysAgo(10),
    fixSeenAt: daysAgo(5),
    ...changes,
  };
}

/** One of a package that is not of the distribution. */
export function languageOf(
  type: string,
  name: string,
  version: string,
  location: string,
  changes: Partial<VulnerabilityFact> = {},
): VulnerabilityFact {
  const found = { ...packageOf(type, name, version), location };
  return vulnerabilityOf({ package: found, isOs: false, ...changes });
}

export function factsWith(...vulnerabilities: readonly VulnerabilityFact[]): ImageFacts {
  return factsOf({ vulnerabilities });
}
