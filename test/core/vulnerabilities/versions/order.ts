/**
 * What every version order must hold to, checked over versions made from a scheme's own pieces.
 *
 * @module
 */

import { expect } from 'vitest';

/** A comparator as all version schemes export it. */
export type Compare = (a: string, b: string) => number;

/** A row of a table: two versions and the sign between them. */
export type OrderRow = readonly [a: string, sign: '<' | '=' | '>', b: string];

/** The sign of a comparison; fails where the opposite comparison does not mirror it. */
export function signOf(compare: Compare, a: string, b: string): '<' | '=' | '>' {
  const forth = compare(a, b);
  expect(Math.sign(compare(b, a)) + Math.sign(forth)).toBe(0);
  if (forth === 0) return '=';
  return forth < 0 ? '<' : '>';
}

/** Versions of up to eight pieces, the same ones for the same seed. */
export function randomVersions(pieces: readonly string[], count: number, seed: number): string[] {
  const next = seededNumbers(seed);
  return Array.from({ length: count }, () => {
    const length = Math.floor(next() * 9);
    return Array.from({ length }, () => pieces[Math.floor(next() * pieces.length)] ?? '').join('');
  });
}

/** Fails unless `compare` is reflexive, mirrors its arguments and never contradicts itself. */
export function expectTotalOrder(compare: Compare, versions: readonly string[]): void {
  const sorted = versions.toSorted(compare);
  for (const [i, a] of sorted.entries()) {
    expect(compare(a, a)).toBe(0);
    for (const b of sorted.slice(i + 1)) {
      // In a total order a sorted list has no pair the wrong way round, however far apart.
      if (compare(a, b) > 0 || Math.sign(compare(a, b)) + Math.sign(compare(b, a)) !== 0) {
        expect.fail(`${JSON.stringify(a)} and ${JSON.stringify(b)} have no consistent order`);
      }
    }
  }
}

/** Pseudo-random numbers from 0 up to 1 (the generator known as mulberry32). */
function seededNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
