/**
 * The comparators over thousands of recorded comparisons.
 *
 * Needs the folder of shared test material, named by the environment variable TIDEWAITER_SHARED;
 * it is no part of the repository, so the default tests leave this suite out.
 *
 * @module
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { compareApk } from '../../core/vulnerabilities/versions/apk.ts';
import { compareDpkg } from '../../core/vulnerabilities/versions/dpkg.ts';
import { compareRpm } from '../../core/vulnerabilities/versions/rpm.ts';

interface Vector {
  readonly a: string;
  readonly sign: string;
  readonly b: string;
  readonly line: number;
}

/** The comparisons of `vectors/<scheme>.tsv`: a, sign, b and further fields, below a header. */
function readVectors(scheme: string): Vector[] {
  const shared = process.env['TIDEWAITER_SHARED'];
  if (shared === undefined || shared === '') {
    throw new Error(
      'TIDEWAITER_SHARED is not set: name the folder of shared test material, which holds vectors/.',
    );
  }
  const lines = readFileSync(join(shared, 'vectors', `${scheme}.tsv`), 'utf8').split('\n');
  return lines.flatMap((text, index) => {
    const [a, sign, b] = text.split('\t');
    if (index === 0 || a === undefined || sign === undefined || b === undefined) return [];
    return [{ a, sign, b, line: index + 1 }];
  });
}

function signOf(order: number): string {
  if (order === 0) return '=';
  return order < 0 ? '<' : '>';
}

function mirrored(sign: string): string {
  if (sign === '=') return '=';
  return sign === '<' ? '>' : '<';
}

describe.each([
  { scheme: 'dpkg', compare: compareDpkg, atLeast: 7000 },
  { scheme: 'rpm', compare: compareRpm, atLeast: 2000 },
  { scheme: 'apk', compare: compareApk, atLeast: 7000 },
])('the recorded comparisons of $scheme', ({ scheme, compare, atLeast }) => {
  it('all come out as recorded, both ways round', () => {
    const vectors = readVectors(scheme);
    expect(vectors.length).toBeGreaterThan(atLeast);
    const wrong = vectors.filter(({ a, sign, b }) =>
      signOf(compare(a, b)) !== sign || signOf(compare(b, a)) !== mirrored(sign)
    );
    expect(wrong).toEqual([]);
  });
});
