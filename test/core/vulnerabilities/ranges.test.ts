import { describe, expect, it } from 'vitest';
import type { Range, Statement } from '../../../core/vulnerabilities/advisory.ts';
import { fixesOf, fixOf } from '../../../core/vulnerabilities/fixes.ts';
import {
  intervalText,
  isPlainlyOutside,
  placeOf,
  prepare,
  type Prepared,
} from '../../../core/vulnerabilities/ranges.ts';
import { type Scheme, schemeOf } from '../../../core/vulnerabilities/schemes.ts';
import { range } from './given.ts';

function scheme(namespace: string): Scheme {
  const found = schemeOf(namespace, 'name');
  if (found === undefined) throw new Error(`no scheme of ${namespace}`);
  return found;
}

function prepared(
  ranges: readonly Range[],
  namespace = 'npm',
  rest: Partial<Pick<Statement, 'versions' | 'fixes'>> = {},
) {
  return prepare({ ranges, versions: [], ...rest }, scheme(namespace));
}

function isOutside({ statement, scheme }: Prepared, version: string): boolean {
  return isPlainlyOutside(statement, scheme, version, scheme.isOrdered(version));
}

/** Which of the versions are in ranges. */
function within(texts: readonly string[], versions: readonly string[], namespace = 'npm') {
  const ready = prepared(texts.map(range), namespace);
  return versions.filter((version) => {
    const isFound = placeOf(ready, version) !== undefined;
    // What is plainly outside must be outside.
    if (isFound) expect(isOutside(ready, version)).toBe(false);
    return isFound;
  });
}

describe('a range', () => {
  const versions = ['0.9.0', '1.0.0', '1.5.0', '2.0.0', '2.5.0', '3.0.0', '4.0.0'];

  it.each([
    ['>=0', versions],
    ['>=0 <2.0.0', ['0.9.0', '1.0.0', '1.5.0']],
    ['<2.0.0 >=0', ['0.9.0', '1.0.0', '1.5.0']],
    ['>=0 <=2.0.0', ['0.9.0', '1.0.0', '1.5.0', '2.0.0']],
    ['>=1.0.0 <2.0.0', ['1.0.0', '1.5.0']],
    ['>1.0.0 <=2.0.0', ['1.5.0', '2.0.0']],
    ['>=2.0.0', ['2.0.0', '2.5.0', '3.0.0', '4.0.0']],
    ['>2.0.0', ['2.5.0', '3.0.0', '4.0.0']],
    ['<2.0.0', []],
    ['>=0 <1.0.0 >=2.0.0 <3.0.0', ['0.9.0', '2.0.0', '2.5.0']],
    ['<3.0.0 >=2.0.0 <1.0.0 >=0', ['0.9.0', '2.0.0', '2.5.0']],
    ['>=0 <1.0.0 >=2.0.0', ['0.9.0', '2.0.0', '2.5.0', '3.0.0', '4.0.0']],
    ['>=0 >=1.0.0 <2.0.0', ['0.9.0', '1.0.0', '1.5.0']],
    ['>=0 <2.0.0 <3.0.0', ['0.9.0', '1.0.0', '1.5.0']],
    ['>=2.0.0 <1.0.0', ['2.0.0', '2.5.0', '3.0.0', '4.0.0']],
  ])('%s', (text, expected) => {
    expect(within([text], versions)).toEqual(expected);
  });

  it.each([
    ['ends before it begins anew', '>=0 <2.0.0 >=2.0.0 <3.0.0', [
      '0.9.0',
      '1.0.0',
      '1.5.0',
      '2.0.0',
      '2.5.0',
    ]],
    ['ends with what it begins anew with', '>=0 <=2.0.0 >=2.0.0 <3.0.0', [
      '0.9.0',
      '1.0.0',
      '1.5.0',
      '2.0.0',
      '2.5.0',
    ]],
    ['leaves a hole of one version', '>=0 <2.0.0 >2.0.0 <3.0.0', [
      '0.9.0',
      '1.0.0',
      '1.5.0',
      '2.5.0',
    ]],
    ['begins before it ends', '>=2.0.0 <=2.0.0', ['2.0.0']],
    ['is empty', '>=2.0.0 <2.0.0', []],
    ['is empty in both ways', '>2.0.0 <=2.0.0', []],
    ['is empty behind another', '>=0 <1.0.0 >=2.0.0 <2.0.0', ['0.9.0']],
    ['is said twice', '>=0 <1.0.0 >=2.0.0 <3.0.0 >=2.0.0 <3.0.0', ['0.9.0', '2.0.0', '2.5.0']],
  ])('with bounds of one version %s, in any order', (_, text, expected) => {
    for (const order of permutations(text.split(' ')).slice(0, 200)) {
      expect([order, within([order.join(' ')], versions)]).toEqual([order, expected]);
    }
  });

  it('of the NVD is a pair that must both hold', () => {
    expect(within(['>=2.0.0 <1.0.0'], versions, 'cpe')).toEqual([]);
    expect(within(['>1.0.0 <=2.0.0'], versions, 'cpe')).toEqual(['1.5.0', '2.0.0']);
    expect(within(['>=0 <1.0.0'], versions, 'cpe')).toEqual(['0.9.0']);
    expect(within(['>=3.0.0'], versions, 'cpe')).toEqual(['3.0.0', '4.0.0']);
  });

  it('joins others', () => {
    expect(within(['>=0 <1.0.0', '>=3.0.0'], versions)).toEqual(['0.9.0', '3.0.0', '4.0.0']);
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  return items.length < 2
    ? [[...items]]
    : items.flatMap((item, at) =>
      permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest])
    );
}

describe('what is plainly outside', () => {
  it.each([
    ['>=0 <1.0.0', '1.0.0', true],
    ['>=0 <=1.0.0', '1.0.1', true],
    ['>=0 <1.0.0 >=2.0.0 <3.0.0', '1.5.0', true],
    ['>=1.0.0 <2.0.0', '0.9.0', true],
    ['>=2.0.0 <3.0.0 >=0 <1.0.0', '1.5.0', false],
    ['>=0 <1.0.0', '0.9.0', false],
    ['>=0 <1.0.0', 'latest', false],
  ])('of %s is %s: %s', (text, version, expected) => {
    expect(isOutside(prepared([range(text)]), version)).toBe(expected);
  });

  it('is in no list', () => {
    const ranges = [range('>=0 <1.0.0')];
    expect(isOutside(prepared(ranges, 'npm', { versions: ['1.5.0'] }), '1.5.0')).toBe(false);
    expect(isOutside(prepared(ranges, 'npm', { versions: ['1.5.0'] }), '1.6.0')).toBe(true);
    expect(isOutside(prepared([], 'pypi', { versions: ['1.5'] }), '1.5.0')).toBe(false);
  });
});

describe('a statement', () => {
  it('without range and version means nothing', () => {
    expect(placeOf(prepared([]), '1.0.0')).toBeUndefined();
  });

  it('means the versions that it lists, whatever its ranges say', () => {
    const ready = prepared([range('>=0 <1.0.0')], 'npm', { versions: ['1.5.0', '1.6.0+build'] });
    expect(placeOf(ready, '1.5.0')).toEqual({ interval: undefined });
    expect(placeOf(ready, '1.6.0')).toBeUndefined();
    expect(placeOf(ready, '1.6.0+build')).toBeDefined();
  });

  it.each([
    ['pypi', '1.0', '1.0.0', true],
    ['pypi', 'v1.0', '1.0.0', true],
    ['pypi', '1.0rc1', '1.0.rc.1', true],
    ['pypi', '11.0', '1.0', false],
    ['nuget', '1.0', '1.0.0.0', true],
    ['nuget', '1.0.0-Beta', '1.0.0-beta', true],
    ['composer', 'v1.2', '1.2.0', true],
    ['npm', '1.0.0+a', '1.0.0', false],
    ['maven', '1.0', '1.0.0', false],
  ])('of %s without ranges: is %s listed as %s? %s', (namespace, version, listed, isListed) => {
    const ready = prepared([], namespace, { versions: ['9.9.9', listed] });
    expect(placeOf(ready, version) !== undefined).toBe(isListed);
  });

  it('may be asked about a version that nobody can order', () => {
    const ready = prepared([range('>=0 <2'), range('>=3')], 'pypi', { versions: ['2004d'] });
    expect(placeOf(ready, '2004d')).toEqual({ interval: undefined });
    expect(placeOf(ready, '2004e')).toBeUndefined();
    expect(placeOf(prepared([range('>=0')], 'pypi'), '2004e')).toBeDefined();
  });
});

describe('the fix', () => {
  const fix = (texts: readonly string[], version: string, fixes?: readonly string[]) => {
    const ready = prepared(texts.map(range), 'npm', fixes === undefined ? {} : { fixes });
    const place = placeOf(ready, version);
    return place && fixOf(ready, version, place);
  };

  it.each([
    [['>=0 <1.4.2 >=2.0.0 <2.0.5'], '1.0.0', '1.4.2'],
    [['>=0 <1.4.2 >=2.0.0 <2.0.5'], '2.0.1', '2.0.5'],
    [['>=0 <2.0.0 >=2.0.0 <2.11.2'], '1.0.0', '2.11.2'],
    [['>=0 <1.4.2', '>=1.4.0 <1.4.5'], '1.0.0', '1.4.5'],
    [['>=0 <1.4.2', '>=1.4.0'], '1.0.0', undefined],
    [['>=0 <=1.4.2'], '1.0.0', undefined],
    [['>=0'], '1.0.0', undefined],
  ])('of %j is for %s %s', (texts, version, expected) => {
    expect(fix(texts, version)).toBe(expected);
  });

  it('may be told apart from the ranges', () => {
    expect(fix(['>=0 <=1.4.2'], '1.0.0', ['2.0.0', '1.5.0', '0.9.0'])).toBe('1.5.0');
    expect(fix(['>=0 <=1.6.0'], '1.0.0', ['2.0.0', '1.5.0', '0.9.0'])).toBe('2.0.0');
  });

  it('of a version that is only listed is the lowest above it', () => {
    const ready = prepared([range('>=0 <1.0.0 >=2.0.0 <2.5.0')], 'npm', {
      versions: ['1.5.0', '3.0.0'],
    });
    expect(fixOf(ready, '1.5.0', { interval: undefined })).toBe('2.5.0');
    expect(fixOf(ready, '3.0.0', { interval: undefined })).toBeUndefined();
  });

  it('is one of several', () => {
    const ready = prepared([range('>=2 <2.10.0'), range('>=0 <1.9.0 >=2 <2.9.0')], 'npm', {
      fixes: ['3.0.0', '1.9.0'],
    });
    expect(fixesOf(ready)).toEqual(['1.9.0', '2.9.0', '2.10.0', '3.0.0']);
  });
});

describe('the text of an interval', () => {
  it.each([
    [{}, 'every version'],
    [{ high: ['<', '2'] as const }, '<2'],
    [{ low: ['>', '1'] as const }, '>1'],
    [{ low: ['>=', '1'] as const, high: ['<=', '2'] as const }, '>=1 <=2'],
  ])('%j', (interval, text) => {
    expect(intervalText(interval)).toBe(text);
  });
});
