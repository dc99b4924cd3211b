/**
 * Upper and lower case as Python's `re` ignores it: ASCII letters in byte patterns and under the
 * flag `a`, else every character with one of the same lower or upper case.
 *
 * @module
 */
import { type CharacterSet, has, range, union } from './characters.ts';

export type Cases = 'kept' | 'ascii' | 'unicode';

const CASE_BIT = 0x20;
/** No character above has a case (Unicode 15). */
const HIGHEST_CASED = 0x1ffff;

/** The set with every character that differs from one of its own in case only. */
export function withCases(set: CharacterSet, cases: Cases): CharacterSet {
  if (cases === 'kept') return set;
  if (cases === 'ascii') return withAsciiCases(set);
  if (set.length === 2 && set[0] === set[1]) {
    const family = families().get(set[0] ?? 0);
    return family === undefined ? set : union(family.map((member) => range(member, member)));
  }
  const more: CharacterSet[] = [set];
  for (const [character, family] of families()) {
    if (has(set, character)) more.push(...family.map((member) => range(member, member)));
  }
  return union(more);
}

/** The one character that two are compared by; only the lower case, as back references do it. */
export function lowerCase(character: number, cases: Cases): number {
  if (character < 0x80) {
    return cases !== 'kept' && character >= 0x41 && character <= 0x5a
      ? character | CASE_BIT
      : character;
  }
  return cases === 'unicode' ? simpleLower(character) : character;
}

function withAsciiCases(set: CharacterSet): CharacterSet {
  const more: CharacterSet[] = [set];
  for (let at = 0; at < set.length; at += 2) {
    const first = set[at] ?? 0;
    const last = set[at + 1] ?? 0;
    for (const [low, high] of [[0x41, 0x5a], [0x61, 0x7a]] as const) {
      const from = Math.max(first, low);
      const to = Math.min(last, high);
      if (from <= to) more.push(range(from ^ CASE_BIT, to ^ CASE_BIT));
    }
  }
  return union(more);
}

function simpleLower(character: number): number {
  return String.fromCodePoint(character).toLowerCase().codePointAt(0) ?? character;
}

let known: ReadonlyMap<number, readonly number[]> | undefined;

/** Each character that has a case, with all that are the same but for it, itself included. */
function families(): ReadonlyMap<number, readonly number[]> {
  known ??= readFamilies();
  return known;
}

function readFamilies(): ReadonlyMap<number, readonly number[]> {
  const byCharacter = new Map<number, Set<number>>();
  const byUpper = new Map<string, number>();
  const join = (one: number, other: number): void => {
    const family = byCharacter.get(one) ?? new Set([one]);
    for (const member of byCharacter.get(other) ?? [other]) family.add(member);
    for (const member of family) byCharacter.set(member, family);
  };
  for (let character = 0; character <= HIGHEST_CASED; character += 1) {
    const text = String.fromCodePoint(character);
    const upper = text.toUpperCase();
    const lower = simpleLower(character);
    if (lower !== character) join(character, lower);
    if (upper === text && lower === character) continue;
    const same = byUpper.get(upper);
    if (same === undefined) byUpper.set(upper, character);
    else join(same, character);
  }
  return new Map(Array.from(byCharacter, ([character, family]) => [character, [...family]]));
}
