/**
 * Ranges written as comparisons.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { compareApk } from '../../../../core/vulnerabilities/versions/apk.ts';
import {
  type Compare,
  inConstraint,
  parseConstraint,
} from '../../../../core/vulnerabilities/versions/constraint.ts';
import { compareDpkg } from '../../../../core/vulnerabilities/versions/dpkg.ts';
import { compareRpmKnownEpochs } from '../../../../core/vulnerabilities/versions/rpm.ts';
import { compareSemverLoose } from '../../../../core/vulnerabilities/versions/semver-loose.ts';
import { cpuMs } from '../../../support/cpu.ts';

type Row = readonly [
  constraint: string,
  version: string,
  included: boolean,
  compare?: Compare,
];

const ROWS: readonly Row[] = [
  // Each operator below, at and above its version.
  ...([
    ['<', [true, false, false]],
    ['<=', [true, true, false]],
    ['>', [false, false, true]],
    ['>=', [false, true, true]],
    ['=', [false, true, false]],
    ['==', [false, true, false]],
    ['', [false, true, false]],
    ['!=', [true, false, true]],
  ] as const).flatMap(([operator, included]) =>
    ['1.9.0', '2.0.0', '2.0.1'].map((version, index): Row => [
      `${operator} 2.0`,
      version,
      included[index] ?? false,
    ])
  ),
  // And, or, everything.
  ['>= 1.0, < 1.2', '1.1', true],
  ['>= 1.0, < 1.2', '1.2', false],
  ['>= 1.0, < 1.2', '0.9', false],
  ['>1,<2||>3,<4', '3.5', true],
  ['> 1, < 2 || > 3, < 4', '2.5', false],
  ['< 2, > 3', '2.5', false],
  ['> 1, != 1.5', '1.5', false],
  ['1.0 || 2.0', '2.0.0', true],
  ['', '1', true],
  ['  ', '1', true],
  ['||', '1', true],
  // Written otherwise.
  ['  =   2.3.1', '2.3.1', true],
  ['>=1.0 <2.0', '1.5', true],
  ['>=1.0 <2.0', '2.5', false],
  ['>= 1.0,', '1.5', true],
  ['>= 1.0,', '0.5', false],
  ['>= 2.0 ||', '1.0', false],
  // By the order of other schemes.
  ['< 1:0', '2.0', true, compareDpkg],
  ['<= 1.5.4-2+deb9u1', '0:1.5.4-2+deb9u1', true, compareDpkg],
  ['< 1.0~rc2', '1.0~rc1', true, compareDpkg],
  ['< 1.1_rc1', '1.1_alpha1', true, compareApk],
  ['< 4.19.1-1.el7', '2:4.19.0-1.el7', true, compareRpmKnownEpochs],
  ['< 12:4.19.1-1.el7', '2:4.20.0-1.el7', true, compareRpmKnownEpochs],
];

/** Rows that name no order are of SemVer. */
const CASES = ROWS.map((
  [constraint, version, included, compare = compareSemverLoose],
): Required<Row> => [constraint, version, included, compare]);

describe('inConstraint', () => {
  it.each(CASES)('%j has %j: %s', (constraint, version, included, compare) => {
    expect(inConstraint(constraint, version, compare)).toBe(included);
    expect(inConstraint(parseConstraint(constraint), version, compare)).toBe(included);
  });
});

describe('parseConstraint', () => {
  it('reads alternatives of comparisons', () => {
    expect(parseConstraint('>= 1.0, < 1.2 || == 2.0||3')).toEqual([
      [{ operator: '>=', version: '1.0' }, { operator: '<', version: '1.2' }],
      [{ operator: '=', version: '2.0' }],
      [{ operator: '=', version: '3' }],
    ]);
  });

  it.each(['', ' ', ',', '||', ' , || '])('reads %j as everything', (text) => {
    expect(parseConstraint(text)).toEqual([[]]);
  });

  it.each([
    ['>=', /no version after ">="/],
    ['>= 1, <', /no version after "<"/],
    ['< || > 1', /no version after "<"/],
    ['~> 1.0', /has "~>"/],
    ['^1.2', /has "\^"/],
    ['=< 1', /has "=<"/],
    ['=> 1', /has "=>"/],
    ['1 | 2', /single "\|"/],
  ])('refuses %j', (text, message) => {
    expect(() => parseConstraint(text)).toThrow(message);
    expect(() => parseConstraint(text)).toThrow(
      expect.objectContaining({ code: 'invalid_constraint' }),
    );
  });

  it('shows a long constraint in part', () => {
    expect(() => parseConstraint('>'.repeat(1_000_000))).toThrow(/^.{0,400}…/);
  });

  it.each([['<1'], [','], ['||'], ['1,'], ['1||'], [' '], ['1']])(
    'stays linear over a text of many %j',
    (piece) => {
      const started = cpuMs();
      parseConstraint(piece.repeat(300_000));
      expect(cpuMs() - started).toBeLessThan(2000);
    },
  );
});
