/**
 * The order of Go module versions, and the versions of toolchains.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { compareGo, goToolchainVersion } from '../../../../core/vulnerabilities/versions/go.ts';
import { expectTotalOrder, type OrderRow, randomVersions, signOf } from './order.ts';
import { cpuMs } from '../../../support/cpu.ts';

const ROWS: readonly OrderRow[] = [
  ['v1.9.0', '<', 'v1.10.0'],
  ['v1.2.3-pre.1', '<', 'v1.2.3'],
  ['v1', '=', 'v1.0.0'],
  ['v1.2', '=', 'v1.2.0'],
  // Advisories leave the v out.
  ['v1.2.3', '=', '1.2.3'],
  ['1.2.2', '<', 'v1.2.3'],
  ['v0.17.0', '<', '0.23.0'],
  // Build metadata.
  ['v2.0.0+incompatible', '=', 'v2.0.0'],
  ['v2.0.1+incompatible', '>', '2.0.0'],
  ['v1.2.3+dirty', '=', 'v1.2.3'],
  // Pseudo-versions: without a tag before, after a release, after a pre-release.
  ['v0.0.0-20220722155217-630584e8d5aa', '<', 'v0.0.0'],
  ['v0.0.0-20220722155217-630584e8d5aa', '<', 'v0.0.1'],
  ['v0.0.0-20220722155217-630584e8d5aa', '<', 'v0.0.0-20220722155218-0000584e8d5a'],
  ['v1.2.4-0.20200102150405-abcdefabcdef', '>', 'v1.2.3'],
  ['v1.2.4-0.20200102150405-abcdefabcdef', '<', 'v1.2.4'],
  ['v1.2.3-rc.1.0.20200102150405-abcdefabcdef', '>', 'v1.2.3-rc.1'],
  ['v1.2.3-rc.1.0.20200102150405-abcdefabcdef', '<', 'v1.2.3-rc.2'],
  ['v2.0.1-0.20200102150405-abcdefabcdef+incompatible', '>', 'v2.0.0+incompatible'],
  ['v0.0.0-20060102150405-hash', '>', 'v0.0.0-0'],
  ['1.20.0-0', '<', '1.20.0-rc.1'],
  // What is no version.
  ['(devel)', '<', 'v0.0.0-0'],
  ['', '<', 'v0.0.0-0'],
];

const PIECES = [
  '0',
  '1',
  '2',
  '10',
  '.',
  '.',
  '-',
  '+',
  'v',
  'a',
  'rc',
  '20200102150405',
  '(',
  ' ',
];

describe('compareGo', () => {
  it.each(ROWS)('%j %s %j', (a, sign, b) => {
    expect(signOf(compareGo, a, b)).toBe(sign);
  });

  it.each([1, 2, 3])('is a total order over whatever it is given (seed %i)', (seed) => {
    const versions = randomVersions(PIECES, 100, seed);
    expectTotalOrder(compareGo, [...versions, ...versions.map((version) => `v1${version}`)]);
  });
});

describe('goToolchainVersion', () => {
  it.each([
    // Releases and pre-releases.
    ['go1.20.4', '1.20.4'],
    ['go1.20', '1.20.0'],
    ['go1', '1.0.0'],
    ['go1.21rc2', '1.21.0-rc.2'],
    ['go1.18beta1', '1.18.0-beta.1'],
    ['go1.9.2rc2', '1.9.2-rc.2'],
    // Marks of experiments and vendors.
    ['go1.20.4 X:boringcrypto', '1.20.4'],
    ['go1.21rc2 X:loopvar,rangefunc', '1.21.0-rc.2'],
    ['go1.21.3-bigcorp', '1.21.3'],
    ['go1.21.5 (Red Hat 1.21.5-1.el9)', '1.21.5'],
    ['go1.17.7b7', '1.17.7'],
    ['go1.22.0-1', '1.22.0'],
    // Builds of the development tree.
    ['devel go1.22-5e1e3a0 Tue Oct 10 12:00:00 2023 +0000', '1.22.0-0'],
    ['go1.26-devel_e35fd2a Mon May 5 10:00:00 2025 -0700', '1.26.0-0'],
    // As package lists write it.
    ['1.20.4', '1.20.4'],
    ['v1.20.4', '1.20.4'],
    ['1.21.0-rc.2', '1.21.0-rc.2'],
  ])('%j is %j', (name, version) => {
    expect(goToolchainVersion(name)).toBe(version);
  });

  it.each(['', 'go', 'devel +b7e53038b8 Fri Jun 9 2017', 'gcc 12', 'unknown'])(
    '%j tells no version',
    (name) => expect(goToolchainVersion(name)).toBeUndefined(),
  );

  it('is in the order of releases', () => {
    const names = ['go1.20.14', 'go1.21-devel_1', 'go1.21rc2', 'go1.21rc10', 'go1.21', 'go1.21.1'];
    const versions = names.map((name) => goToolchainVersion(name) ?? '');
    expect(versions.toReversed().sort(compareGo)).toEqual(versions);
  });

  it('lies among the bounds of the vulnerability database', () => {
    expect(signOf(compareGo, goToolchainVersion('go1.21rc2') ?? '', '1.21.0-rc.4')).toBe('<');
    expect(signOf(compareGo, goToolchainVersion('go1.21rc2') ?? '', '1.21.0-0')).toBe('>');
  });

  it('stays linear', () => {
    const started = cpuMs();
    goToolchainVersion(`go${'1'.repeat(500_000)}.${'1'.repeat(500_000)}`);
    goToolchainVersion('devel '.repeat(500_000));
    expect(cpuMs() - started).toBeLessThan(2000);
  });
});
