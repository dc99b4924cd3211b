import { describe, expect, it } from 'vitest';
import { compileExpression } from '../../../../jobs/contract/expressions/index.ts';
import { factorPattern, factorsOf } from '../../../../jobs/inspectors/search/factors.ts';
import { seeded } from '../../../support/kills.ts';

/** The factors as texts, in lower case where case does not matter. */
function literalsOf(source: string): readonly string[] | undefined {
  return factorsOf(compileExpression(source).tree)?.map((factor) =>
    factor.map((set) => String.fromCharCode(set.at(-1) ?? 0)).join('')
  );
}

describe('the factors of an expression', () => {
  it.each<[string, readonly string[] | undefined]>([
    ['(?i).*aws_access_key_id( *=+ *).*', ['aws_access_key_id']],
    ['(?i)-+BEGIN(.*)PRIVATE KEY-+', ['private key-']],
    ['(?i).*"auth": *".+"', ['"auth":']],
    ['(?i).*api(-|_)key', ['api_key']],
    ['foo(bar|baz)+qux', ['foo']],
    ['.*(hello|world)', ['hello', 'world']],
    ['.*(hello|.*)', undefined],
    ['.*(hello|x)', undefined],
    ['(hello)?.', undefined],
    ['(hello){0}.', undefined],
    ['(hello)+.', ['hello']],
    ['x*(?:ab){3}cdef', ['abcdef']],
    ['a(?=b)bcd', ['abcd']],
    ['(?=hello).*', undefined],
    ['(?!hello)goodbye', ['goodbye']],
    ['(hello)\\1', ['hello']],
    ['(?>hello)?(?P<n>world)', ['world']],
    ['(x)?(?(1)hello|world)', undefined],
    ['[0-9]+abc', ['abc']],
    ['ab', undefined],
    ['.*', undefined],
    ['a[^b]c', undefined],
    [`${'abcdefgh'.repeat(8)}`, ['abcdefgh'.repeat(4)]],
  ])('%s are %j', (source, literals) => {
    expect(literalsOf(source)).toEqual(literals);
  });

  it('are found quickly in an expression of nested repetitions', () => {
    expect(literalsOf('(?:xyz'.repeat(90) + 'a' + '+b)+'.repeat(90))).toBeDefined();
  });

  it('are in every text that the expression matches', () => {
    const random = seeded(11);
    const pick = (items: readonly string[]): string =>
      items[Math.floor(random() * items.length)] ?? '';
    const piece = (depth: number): string => {
      const open = depth > 0 && random() < 0.4 ? pick(['(', '(?:', '(?=']) : '';
      const inner = open === '' ? pick(['a', 'b', 'ab', 'ba', '[ab]', '.']) : sequence(depth - 1);
      return (open === '' ? `(?:${inner})` : `${open}${inner})`) +
        pick(['', '', '', '+', '*', '{2}', '{1,2}']);
    };
    const sequence = (depth: number): string =>
      Array.from({ length: 1 + Math.floor(random() * 4) }, () => piece(depth)).join('') +
      (random() < 0.2 ? `|${piece(0)}${piece(0)}${piece(0)}` : '');
    let useful = 0;
    for (let turn = 0; turn < 3000; turn += 1) {
      const source = sequence(2);
      const expression = compileExpression(source);
      const factors = factorsOf(expression.tree);
      if (factors === undefined) continue;
      const text = Array.from({ length: 14 }, () => pick(['a', 'b'])).join('');
      if (!expression.search(Buffer.from(text), 0, text.length)) continue;
      useful += 1;
      expect(text.search(factorPattern(factors)), `${source} on ${text}`).not.toBe(-1);
    }
    expect(useful).toBeGreaterThan(200);
  });
});
