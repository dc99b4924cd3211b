/**
 * Which of the verdicts on one vulnerability in one package count, and why none of them may.
 *
 * @module
 */
import { isNotice, isOfOwnDatabase } from './heads.ts';
import type { Suppression } from './types.ts';
import type { Subject } from './subjects.ts';
import type { Verdict } from './verdicts.ts';

/** What came of the verdicts on one vulnerability. */
export interface Decision {
  /** That find it, the most telling first; none where nothing is found. */
  readonly verdicts: readonly Verdict[];
  /** Those of them that are believed over the others: the ecosystem's own database, or all. */
  readonly decisive: readonly Verdict[];
  readonly suppression: Suppression | undefined;
}

/** Weighs the verdicts that go by one group of names. */
export function decide(subject: Subject, all: readonly Verdict[]): Decision {
  const { type } = subject.package;
  const sorted = all.length < 2
    ? all
    : all.toSorted((a, b) => weight(a, subject) - weight(b, subject) || byName(a, b));
  const verdicts = sorted.filter(({ says }) => says === 'affected');
  const own = sorted.filter(({ head }) => isOfOwnDatabase(head, type));
  const decisive = own.length === 0 ? verdicts : own.filter(({ says }) => says === 'affected');
  const suppression = verdicts.length === 0 ? undefined : denialIn(sorted) ??
    disagreementOf(own) ?? informationalIn(decisive);
  return { verdicts, decisive: decisive.length === 0 ? verdicts : decisive, suppression };
}

function denialIn(all: readonly Verdict[]): Suppression | undefined {
  const denial = all.find(({ says, role }) => says === 'denied' && role === 'own');
  return denial && { reason: 'denied', text: `not affected: ${nameOf(denial)}` };
}

function disagreementOf(own: readonly Verdict[]): Suppression | undefined {
  return own.length === 0 || own.some(({ says }) => says === 'affected') ? undefined : {
    reason: 'disagreement',
    text: `other versions are affected: ${own.map(nameOf).join(', ')}`,
  };
}

/** What is said by all of them to be no vulnerability. */
function informationalIn(verdicts: readonly Verdict[]): Suppression | undefined {
  const kinds = verdicts.map(({ head: { informational } }) => informational);
  return kinds.includes(undefined)
    ? undefined
    : { reason: 'informational', text: `no vulnerability: ${[...new Set(kinds)].join(', ')}` };
}

/** `GO-2023-1234 (go)`. */
function nameOf({ head: { id, feed } }: Verdict): string {
  return `${id} (${feed})`;
}

/** The ecosystem's own database first, then others for ecosystems, then the rest. */
function weight(verdict: Verdict, subject: Subject): number {
  if (verdict.role !== 'own') return 4;
  if (isOfOwnDatabase(verdict.head, subject.package.type)) return 0;
  if (subject.kind === 'system' && isNotice(verdict.head)) return 3;
  return verdict.head.id.startsWith('GHSA-') ? 1 : 2;
}

function byName(a: Verdict, b: Verdict): number {
  const [x, y] = [a, b].map(({ head: { id, feed } }) => `${id} ${feed}`);
  if (x === y || x === undefined || y === undefined) return 0;
  return x < y ? -1 : 1;
}
