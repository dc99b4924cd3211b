import { describe, expect, it } from 'vitest';
import { compareComposer } from '../../../../core/vulnerabilities/versions/composer.ts';
import { compareGem } from '../../../../core/vulnerabilities/versions/gem.ts';
import { compareGo } from '../../../../core/vulnerabilities/versions/go.ts';
import { compareHex } from '../../../../core/vulnerabilities/versions/hex.ts';
import { compareMaven } from '../../../../core/vulnerabilities/versions/maven.ts';
import { compareNuget } from '../../../../core/vulnerabilities/versions/nuget.ts';
import { comparePep440 } from '../../../../core/vulnerabilities/versions/pep440.ts';
import { comparePlain, plainFirst } from '../../../../core/vulnerabilities/versions/plain.ts';
import { comparePub } from '../../../../core/vulnerabilities/versions/pub.ts';
import { compareSemver } from '../../../../core/vulnerabilities/versions/semver.ts';
import { randomVersions } from './order.ts';

const SCHEMES = {
  compareComposer,
  compareGem,
  compareGo,
  compareHex,
  compareMaven,
  compareNuget,
  comparePep440,
  comparePub,
  compareSemver,
};

describe('plain versions', () => {
  it.each([
    ['1.2.3', '1.2.4', -1],
    ['1.2.10', '1.2.9', 1],
    ['2', '10.0', -1],
    ['1.2.3', '1.2.3', 0],
    ['1.2', '1.2.1', 0],
    ['1.02', '1.1', 0],
    ['1.0', '1.1', -1],
    ['1.2rc1', '1.3', 0],
    ['1.2', '1.3-beta', 0],
    ['1..2', '1.3', 0],
    ['1.2.', '1.3', 0],
    ['.1', '.2', 0],
    ['', '1', 0],
  ])('%s to %s: %i', (a, b, sign) => {
    expect(Math.sign(comparePlain(a, b))).toBe(sign);
    expect(Math.sign(comparePlain(b, a)) + sign).toBe(0);
  });

  it.each(Object.entries(SCHEMES))('are ordered as %s does', (_, compare) => {
    const pieces = ['0', '1', '2', '10', '19', '.', '.', '.', '-', 'rc', 'v', '007'];
    const versions = randomVersions(pieces, 200, 11);
    let decided = 0;
    for (const a of versions) {
      for (const b of versions) {
        const order = comparePlain(a, b);
        if (order === 0) continue;
        decided++;
        expect([a, b, Math.sign(order)]).toEqual([a, b, Math.sign(compare(a, b))]);
      }
    }
    expect(decided).toBeGreaterThan(500);
    expect(plainFirst(compare)('1.0', '1.0.0-rc')).toBe(compare('1.0', '1.0.0-rc'));
  });
});
