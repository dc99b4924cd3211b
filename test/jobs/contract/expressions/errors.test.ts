import { describe, expect, it } from 'vitest';
import {
  compileExpression,
  compileTextExpression,
  ExpressionError,
} from '../../../../jobs/contract/expressions/index.ts';
import { seeded } from '../../../support/kills.ts';

function errorOf(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('an expression that is none', () => {
  it.each<[string, number, string]>([
    ['ab(c', 2, "The group lacks the ')' that closes it (at position 2)."],
    ['abc)', 3, "A ')' closes nothing (at position 3)."],
    ['a[bc', 1, "The class lacks the ']' that closes it (at position 1)."],
    ['ab**', 3, 'A quantifier follows another one (at position 3).'],
    ['a|*b', 2, 'There is nothing to repeat before the quantifier (at position 2).'],
    ['a{3,2}', 2, 'The fewest repetitions are more than the most (at position 2).'],
    ['a\\q', 1, "There is no escape '\\q' (at position 1)."],
    ['ab\\', 2, 'The expression ends with a backslash that escapes nothing (at position 2).'],
    ['(a)\\2', 3, 'There is no group 2 to refer to (at position 3).'],
    ['x(?<=a+)', 1, 'A look-behind must have a fixed width (at position 1).'],
    [
      'a(?i)',
      1,
      'Flags for all of the expression must stand at its beginning (at position 1).',
    ],
    ['é(', 2, "The group lacks the ')' that closes it (at position 2)."],
  ])('%j is told with its place %d', (pattern, position, message) => {
    const error = errorOf(() => compileExpression(pattern));
    expect(error).toBeInstanceOf(ExpressionError);
    expect(error).toMatchObject({ code: 'invalid_expression', position, message });
  });

  it('has its flags checked', () => {
    expect(() => compileExpression('a', 'z')).toThrow("There is no flag 'z'");
    expect(() => compileExpression('a', 'u')).toThrow('does not go with a byte pattern');
    expect(() => compileTextExpression('(?a)a', 'u')).toThrow('Only one of the flags');
    expect(compileExpression(' A ', 'ix').match(Buffer.from('a'), 0, 1)).toBe(true);
  });
});

describe('an expression', () => {
  it('has no more than 4,096 characters', () => {
    expect(() => compileExpression('a'.repeat(4096))).not.toThrow();
    expect(() => compileExpression('a'.repeat(4097))).toThrow(ExpressionError);
  });

  it('has groups 100 deep at most', () => {
    const nested = (depth: number) => '('.repeat(depth) + 'a' + ')'.repeat(depth);
    expect(() => compileExpression(nested(100))).not.toThrow();
    expect(() => compileExpression(nested(101))).toThrow('more than 100 deep');
    expect(() => compileExpression('(?:x'.repeat(99) + 'a' + '+b)+'.repeat(99))).not.toThrow();
  });

  it.each(['a{10000}', '(?:a{100}){100}', '((a{20}){20}){20}', '(?:){20000}', '(a{4000}){0,3}'])(
    'that grows beyond 10,000 states is refused: %s',
    (pattern) => {
      expect(() => compileExpression(pattern)).toThrow('more than 10000 states');
    },
  );

  it('of few states is taken', () => {
    expect(compileExpression('a{1000}').match(Buffer.from('a'.repeat(1000)), 0, 1000)).toBe(true);
    expect(compileExpression('a{1000}').match(Buffer.from('a'.repeat(999)), 0, 999)).toBe(false);
  });

  it('made of anything is compiled and run, or refused in words', () => {
    const random = seeded(7);
    const pieces = ['(', ')', '[', ']', '{', '}', '?', '*', '+', '|', '\\', '^', '$', '.', '-'];
    pieces.push('(?', '(?P<a>', '(?P=a)', '(?<=', '(?!', '(?(1)', '(?#', 'i', 'x', '1', ',', ':');
    pieces.push('=', '>', 'a', 'b', '{1,2}', '\\1', '\\b', '\\w', '[^', '\n', 'é', '\ud800', '0');
    let compiled = 0;
    for (let turn = 0; turn < 5000; turn += 1) {
      const length = Math.floor(random() * 12);
      const pattern = Array.from(
        { length },
        () => pieces[Math.floor(random() * pieces.length)] ?? '',
      ).join('');
      for (const kind of ['bytes', 'text'] as const) {
        const error = errorOf(() => {
          if (kind === 'text') compileTextExpression(pattern).searchText('ab1\né');
          else compileExpression(pattern).search(Buffer.from('ab1\né'), 0, 6);
        });
        if (error === undefined) compiled += 1;
        else expect(error, pattern).toBeInstanceOf(ExpressionError);
      }
    }
    expect(compiled).toBeGreaterThan(500);
  });
});
