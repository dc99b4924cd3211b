/**
 * Sets of characters: bytes, or code points of Unicode.
 *
 * @module
 */

/** First and last character of each range in turn, both included, ascending and never touching. */
export type CharacterSet = readonly number[];

export const EMPTY: CharacterSet = [];

export function range(first: number, last: number): CharacterSet {
  return [first, last];
}

/** The set of all characters of a text. */
export function charactersOf(text: string): CharacterSet {
  return union(Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return range(code, code);
  }));
}

export function union(sets: readonly CharacterSet[]): CharacterSet {
  const [only] = sets;
  if (sets.length === 1 && only !== undefined) return only;
  const ranges: (readonly [number, number])[] = [];
  for (const set of sets) {
    for (let at = 0; at < set.length; at += 2) ranges.push([set[at] ?? 0, set[at + 1] ?? 0]);
  }
  ranges.sort(([a], [b]) => a - b);
  const joined: number[] = [];
  for (const [first, last] of ranges) {
    const end = joined.at(-1);
    if (end !== undefined && first <= end + 1) joined[joined.length - 1] = Math.max(end, last);
    else joined.push(first, last);
  }
  return joined;
}

/** Everything from 0 to `highest` that is not in the set. */
export function complement(set: CharacterSet, highest: number): CharacterSet {
  const rest: number[] = [];
  let next = 0;
  for (let at = 0; at < set.length; at += 2) {
    const first = set[at] ?? 0;
    if (first > next) rest.push(next, first - 1);
    next = (set[at + 1] ?? 0) + 1;
  }
  if (next <= highest) rest.push(next, highest);
  return rest;
}

export function has(set: CharacterSet, character: number): boolean {
  let low = 0;
  let high = set.length / 2;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (character > (set[2 * middle + 1] ?? 0)) low = middle + 1;
    else high = middle;
  }
  return 2 * low < set.length && character >= (set[2 * low] ?? 0);
}

export function sizeOf(set: CharacterSet): number {
  let size = 0;
  for (let at = 0; at < set.length; at += 2) size += (set[at + 1] ?? 0) - (set[at] ?? 0) + 1;
  return size;
}

/** The characters of a set one by one; for small sets. */
export function membersOf(set: CharacterSet): readonly number[] {
  const members: number[] = [];
  for (let at = 0; at < set.length; at += 2) {
    const last = set[at + 1] ?? 0;
    for (let character = set[at] ?? 0; character <= last; character += 1) members.push(character);
  }
  return members;
}
