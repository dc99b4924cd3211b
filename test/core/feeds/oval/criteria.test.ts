import { describe, expect, it } from 'vitest';
import { azurelinuxOval, oracleOval } from '../../../../core/feeds/oval/index.ts';
import type { Range, Statement } from '../../../../core/vulnerabilities/advisory.ts';
import { and, criterion, or, ovalOf, type ShortTest } from '../../../support/oval.ts';
import { readFile } from '../../../support/written-feed.ts';

type Field = readonly [field: string, operation: string, value: string];

async function read(criteria: string, tests: Readonly<Record<string, ShortTest>>) {
  const document = ovalOf([{ class: 'vulnerability', criteria }], tests);
  const { records, notes } = await readFile(azurelinuxOval, 'azurelinux-3.0-oval.xml', document);
  const [record] = records;
  const statements: readonly Statement[] = record?.kind === 'advisory' ? record.statements : [];
  return { statements, notes };
}

function ranges(statements: readonly Statement[]): (readonly [string, Range | undefined])[] {
  return statements.map(({ package: name, ranges: all }) => [name, all[0]]);
}

const EVERY: Range = [['>=', '0']];

describe('a test of a package', () => {
  it.each<[string, readonly Field[], Range, string]>([
    ['less than', [['evr', 'less than', '0:1-2']], [['>=', '0'], ['<', '0:1-2']], 'fixed'],
    [
      'up to',
      [['evr', 'less than or equal', '0:1-2']],
      [['>=', '0'], ['<=', '0:1-2']],
      'not-fixed',
    ],
    ['greater than', [['evr', 'greater than', '0:1-2']], [['>', '0:1-2']], 'not-fixed'],
    ['from', [['evr', 'greater than or equal', '0:1-2']], [['>=', '0:1-2']], 'not-fixed'],
    ['equal', [['evr', 'equals', '0:1-2']], [['>=', '0:1-2'], ['<=', '0:1-2']], 'unknown'],
    ['greater than nothing', [['evr', 'greater than', '0:0-0']], EVERY, 'not-fixed'],
    ['any', [], EVERY, 'not-fixed'],
    [
      'both in one state',
      [['evr', 'less than', '0:3-1'], ['version', 'greater than or equal', '2']],
      [['<', '0:3-1'], ['>=', '2']],
      'fixed',
    ],
    // All releases of a version are that version.
    [
      'a version less than',
      [['version', 'less than', '1.2']],
      [['>=', '0'], ['<', '1.2']],
      'fixed',
    ],
    [
      'a version up to',
      [['version', 'less than or equal', '1']],
      [['>=', '0'], ['<=', '1^']],
      'not-fixed',
    ],
    ['a version greater than', [['version', 'greater than', '1']], [['>=', '1^']], 'not-fixed'],
    ['a version', [['version', 'equals', '1']], [['>=', '1'], ['<=', '1^']], 'not-fixed'],
  ])('is a range: %s', async (_, state, range, fix) => {
    const { statements, notes } = await read(and(criterion('t')), { t: { object: 'p', state } });
    expect(notes).toEqual([]);
    expect(statements).toMatchObject([{ package: 'p', ranges: [range], state: fix }]);
  });

  it.each<[string, readonly Field[]]>([
    ['evr', [['evr', 'pattern match', '^1']]],
    ['evr that is not', [['evr', 'not equal', '0:1-2']]],
    ['version', [['version', 'pattern match', '^1']]],
    ['release', [['release', 'pattern match', 'el8']]],
  ])('is noted where it compares otherwise: %s', async (_, state) => {
    const tests = { t: { object: 'p', state } };
    expect(await read(and(criterion('t')), tests)).toEqual({
      statements: [],
      notes: ['oval:org.example:def:1: it compares in a way that is not known'],
    });
  });

  it.each<[string, Field, readonly string[] | undefined]>([
    ['one', ['arch', 'equals', 'x86_64'], ['x86_64']],
    ['a pattern of one', ['arch', 'pattern match', 'x86_64'], ['x86_64']],
    ['a list', ['arch', 'pattern match', '(x86_64|aarch64)'], ['aarch64', 'x86_64']],
    ['a list with anchors', ['arch', 'pattern match', '^(x86_64|aarch64)$'], ['aarch64', 'x86_64']],
    ['a list without brackets', ['arch', 'pattern match', 'i586|x86_64'], ['i586', 'x86_64']],
    ['another pattern', ['arch', 'pattern match', 'i[3456]86'], undefined],
  ])('is about architectures: %s', async (_, arch, expected) => {
    const state: readonly Field[] = [arch, ['evr', 'less than', '0:1-2']];
    const { statements } = await read(and(criterion('t')), { t: { object: 'p', state } });
    expect(statements[0]?.architectures).toEqual(expected);
  });
});

const TESTS: Readonly<Record<string, ShortTest>> = {
  a: { object: 'a', state: [['evr', 'less than', '0:1-1']] },
  'a from': { object: 'a', state: [['evr', 'greater than or equal', '0:0.5-1']] },
  b: { object: 'b', state: [['evr', 'less than', '0:2-1']] },
  'b is there': { object: 'b' },
  'b is not there': { object: 'b', check: 'none satisfy' },
  'is constructor': { object: 'constructor', state: [['evr', 'less than', '0:1-1']] },
  'is __proto__': { object: '__proto__', state: [['evr', 'less than', '0:1-1']] },
  'x86_64 only': {
    object: 'a',
    state: [['arch', 'equals', 'x86_64'], ['evr', 'less than', '0:1-1']],
  },
  'aarch64 only': {
    object: 'a',
    state: [['arch', 'equals', 'aarch64'], ['evr', 'less than', '0:1-1']],
  },
};
const A: Range = [['>=', '0'], ['<', '0:1-1']];
const B: Range = [['>=', '0'], ['<', '0:2-1']];

function manyOf(count: number, test: string): string[] {
  return Array.from({ length: count }, () => criterion(test));
}

describe('criteria', () => {
  it.each<[string, string, (readonly [string, Range])[]]>([
    ['one of two', or(criterion('a'), criterion('b')), [['a', A], ['b', B]]],
    ['both ends of one', and(criterion('a'), criterion('a from')), [
      ['a', [['<', '0:1-1'], ['>=', '0:0.5-1']]],
    ]],
    ['one beside another that must be there', and(criterion('a'), criterion('b is there')), [
      ['a', A],
    ]],
    [
      'one beside another that must not be there',
      and(criterion('a'), criterion('b is not there')),
      [
        ['a', A],
      ],
    ],
    ['two at once', and(criterion('a'), criterion('b')), [['a', A], ['b', B]]],
    ['the same twice', or(criterion('a'), and(criterion('a'))), [['a', A]]],
    ['without an operator', `<criteria>${criterion('a')}${criterion('a from')}</criteria>`, [
      ['a', [['<', '0:1-1'], ['>=', '0:0.5-1']]],
    ]],
    ['one or the other', `<criteria operator="XOR">${criterion('a')}${criterion('b')}</criteria>`, [
      ['a', A],
      ['b', B],
    ]],
    ['not less than', and(criterion('a', 'negate="true"')), [['a', [['>=', '0:1-1']]]]],
    [
      'what is not the case',
      or(
        criterion('b'),
        and(criterion('a')).replace('AND"', 'AND" negate="true"'),
      ),
      [['b', B]],
    ],
    ['names that objects have', or(criterion('is constructor'), criterion('is __proto__')), [
      ['constructor', A],
      ['__proto__', A],
    ]],
    ['nothing', and(), []],
    [
      'another definition',
      '<criteria operator="AND"><extend_definition definition_ref="x"/></criteria>',
      [],
    ],
  ])('hold for %s', async (_, criteria, expected) => {
    const { statements, notes } = await read(criteria, TESTS);
    expect(ranges(statements)).toEqual(expected);
    expect(notes).toEqual([]);
  });

  it('merge the architectures of equal ranges, and never hold for two at once', async () => {
    const either = or(criterion('x86_64 only'), criterion('aarch64 only'));
    expect((await read(either, TESTS)).statements).toMatchObject([
      { architectures: ['aarch64', 'x86_64'] },
    ]);
    const all = or(criterion('x86_64 only'), criterion('a'));
    expect((await read(all, TESTS)).statements[0]?.architectures).toBeUndefined();
    const both = and(criterion('x86_64 only'), criterion('aarch64 only'));
    expect((await read(both, TESTS)).statements).toEqual([]);
  });

  it.each<[string, string]>([
    ['choices of choices', and(...Array.from({ length: 2 }, () => or(...manyOf(300, 'a'))))],
    ['choices beside many tests', and(or(...manyOf(5000, 'a')), ...manyOf(500, 'a'))],
    ['many bounds', and(...manyOf(100, 'a'))],
    ['many bounds in choices', or(and(...manyOf(5000, 'a')), criterion('a'))],
    ['many packages', and(...Array.from({ length: 100 }, (_, n) => criterion(`p${n}`)))],
  ])('are noted where they hold in too many ways: %s', async (_, criteria) => {
    const packages = Object.fromEntries(
      Array.from({ length: 100 }, (_, n): [string, ShortTest] => [`p${n}`, { object: `p${n}` }]),
    );
    const { notes } = await read(criteria, { ...TESTS, ...packages });
    expect(notes).toEqual(['oval:org.example:def:1: it holds in too many ways']);
  });

  it('never hold on two releases or in two modules at once', async () => {
    const tests: Readonly<Record<string, ShortTest>> = {
      ...TESTS,
      8: { object: 'oraclelinux-release', state: [['version', 'pattern match', '^8']] },
      9: { object: 'oraclelinux-release', state: [['version', 'pattern match', '^9']] },
      'virt:ol': { object: 'virt', stream: 'ol' },
      'virt:kvm': { object: 'virt', stream: 'kvm' },
    };
    const criteria = and(
      criterion('8'),
      or(
        and(criterion('9'), criterion('a')),
        and(criterion('virt:ol'), criterion('virt:kvm'), criterion('a')),
        and(criterion('8'), criterion('virt:ol'), criterion('b')),
      ),
    );
    const { records } = await readFile(oracleOval, 'x.xml', ovalOf([{ criteria }], tests));
    const [record] = records;
    const statements = record?.kind === 'advisory' ? record.statements : [];
    expect(statements).toMatchObject([{ namespace: 'ol:8', package: 'b', module: 'virt:ol' }]);
    expect(statements).toHaveLength(1);
  });
});
