/**
 * How long it takes to judge an image: a bundle with many rules, and one with thousands of exceptions,
 * over an image with many packages and findings.
 *
 *     npm run bench:evaluate
 *
 * Times are of the policy engine alone, warm; exits 1 where an aim is missed by a factor of two.
 *
 * @module
 */
import process from 'node:process';
import type { Rule, WhitelistItem } from '../../core/policy/bundle.ts';
import type { ImageFacts, PackageFact, VulnerabilityFact } from '../../core/policy/facts.ts';
import { SEVERITIES } from '../../core/policy/facts.ts';
import { validateBundle } from '../../core/policy/index.ts';
import {
  bundleOf,
  evaluate,
  factsOf,
  NOW,
  paramsOf,
  withWhitelist,
} from '../core/policy/samples.ts';
import { median } from './table.ts';

const PACKAGES = 2000;
const FINDINGS = 500;
const FILES = 20_000;
const EXCEPTIONS = 5000;
const ROUNDS = 200;
const DAY_MS = 86_400_000;
const MOST_RULES_MS = 20;
const MOST_EXCEPTIONS_MS = 50;
const FAILS_AT = 2;

const TYPES = ['deb', 'npm', 'pypi', 'maven', 'gem'] as const;
const LICENCES = ['MIT', 'GPL-2.0-only', 'Apache-2.0', 'BSD-3-Clause', 'LGPL-2.1-or-later'];

const packages = Array.from({ length: PACKAGES }, (_, at): PackageFact => ({
  type: TYPES[at % TYPES.length] ?? 'deb',
  name: `package-${at}`,
  version: `${at % 9}.${at % 31}.${at % 7}-${at % 3}`,
  licenses: [LICENCES[at % LICENCES.length] ?? 'MIT'],
  location: `/usr/lib/package-${at}/metadata`,
}));

const findings = Array.from({ length: FINDINGS }, (_, at): VulnerabilityFact => {
  const found = packages[at * 3] ?? packages[0];
  if (found === undefined) throw new Error('There is no package.');
  return {
    id: `CVE-2025-${10_000 + at}`,
    aliases: [`GHSA-${at}`],
    severity: SEVERITIES[at % SEVERITIES.length] ?? 'unknown',
    package: found,
    isOs: found.type === 'deb',
    fixes: at % 2 === 0 ? [`${at % 9}.99`] : [],
    willNotFix: at % 11 === 0,
    url: `https://example.org/CVE-2025-${10_000 + at}`,
    nvd: [{ base: at % 10, exploitability: at % 4, impact: at % 6 }],
    vendor: [],
    detectedAt: new Date(NOW.getTime() - (at % 90) * DAY_MS),
    fixSeenAt: at % 2 === 0 ? new Date(NOW.getTime() - (at % 60) * DAY_MS) : undefined,
  };
});

const facts: ImageFacts = factsOf({
  packages,
  vulnerabilities: findings,
  dockerfile: {
    mode: 'Actual',
    text: 'FROM debian:12\nRUN apt-get update\nEXPOSE 8080 22\nUSER root\nADD . /srv\n',
  },
  files: Array.from({ length: FILES }, (_, at) => ({
    path: `/usr/share/data/${at % 200}/file-${at}.txt`,
    mode: at % 500 === 0 ? 0o104755 : 0o100644,
    sha256: at.toString(16).padStart(64, '0'),
  })),
  matches: [],
  retrieved: [],
  verification: [],
});

function rule(
  gate: string,
  trigger: string,
  action: string,
  params: Readonly<Record<string, string>> = {},
) {
  return { gate, trigger, action, params: paramsOf(params) };
}

/** Kinds of rules, most of which look at long lists, each several times with other values. */
const kinds: readonly ((turn: number) => ReturnType<typeof rule>)[] = [
  (turn) =>
    rule('vulnerabilities', 'package', 'STOP', {
      package_type: 'all',
      severity_comparison: '>=',
      severity: ['low', 'medium', 'high', 'critical'][turn % 4] ?? 'low',
      fix_available: String(turn % 2 === 0),
    }),
  (turn) =>
    rule('vulnerabilities', 'package', 'WARN', {
      package_type: 'non-os',
      severity_comparison: '=',
      severity: 'unknown',
      max_days_since_fix: String(10 * turn),
    }),
  (turn) =>
    rule('vulnerabilities', 'blacklist', 'STOP', {
      vulnerability_ids: Array.from({ length: 50 }, (_, at) => `CVE-2025-${10_000 + at * turn}`)
        .join(','),
    }),
  (turn) =>
    rule('packages', 'blacklist', 'STOP', {
      name: `package-${turn}`,
      version: `${turn}.1`,
    }),
  (turn) => rule('packages', 'required_package', 'WARN', { name: `missing-${turn}` }),
  (turn) =>
    rule('licenses', turn % 2 === 0 ? 'blacklist_exact_match' : 'blacklist_partial_match', 'WARN', {
      licenses: turn % 2 === 0 ? 'GPL-2.0-only' : 'LGPL*',
    }),
  (turn) =>
    turn === 1
      ? rule('files', 'name_match', 'STOP', { regex: '.*[.](pem|key|p12)$' })
      : rule('packages', 'required_package', 'WARN', { name: `package-${turn}` }),
  () => rule('files', 'suid_or_guid_set', 'WARN'),
  (turn) => rule('dockerfile', 'exposed_ports', 'STOP', { ports: `22,${turn}`, type: 'blacklist' }),
  () => rule('dockerfile', 'effective_user', 'STOP', { users: 'root', type: 'blacklist' }),
];

const rules = Array.from({ length: 50 }, (_, at): Rule => {
  const made = kinds[at % kinds.length]?.(1 + Math.floor(at / kinds.length));
  if (made === undefined) throw new Error('There is no rule.');
  return { id: `rule-${at}`, ...made };
});

const exceptions = Array.from({ length: EXCEPTIONS }, (_, at): WhitelistItem => ({
  id: `item-${at}`,
  gate: 'vulnerabilities',
  // Every tenth one is a pattern, as people write them who accept a package.
  trigger_id: at % 10 === 0
    ? `CVE-2025-1${at}+package-*`
    : `CVE-2025-${10_000 + at}+package-${at * 3}`,
  ...(at % 3 === 0 ? { expires_on: '2027-01-01T00:00:00Z' } : {}),
}));

function timed(work: () => void): { p50: number; most: number } {
  for (let round = 0; round < ROUNDS / 4; round += 1) work();
  const times = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return { p50: median(times), most: times.sort((a, b) => a - b)[Math.floor(ROUNDS * 0.99)] ?? 0 };
}

const plain = bundleOf(rules);
const accepting = withWhitelist(plain, exceptions);
console.log(
  '| bundle | findings of rules | p50 ms | p99 ms | aim |\n| --- | ---: | ---: | ---: | ---: |',
);
for (
  const [name, bundle, aim] of [
    ['50 rules', plain, MOST_RULES_MS],
    [`50 rules, ${EXCEPTIONS} exceptions`, accepting, MOST_EXCEPTIONS_MS],
  ] as const
) {
  const { problems } = validateBundle(bundle);
  const evaluation = evaluate(bundle, facts);
  if (problems.length + evaluation.problems.length > 0) {
    throw new Error(JSON.stringify([...problems, ...evaluation.problems].slice(0, 3)));
  }
  const { p50, most } = timed(() => evaluate(bundle, facts));
  console.log(
    `| ${name} | ${evaluation.rows.length} | ${p50.toFixed(1)} | ${most.toFixed(1)} | ${aim} |`,
  );
  if (p50 > FAILS_AT * aim) process.exitCode = 1;
}
