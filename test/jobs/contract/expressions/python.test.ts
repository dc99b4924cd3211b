import { describe, expect, it } from 'vitest';
import {
  compileExpression,
  compileTextExpression,
  ExpressionError,
} from '../../../../jobs/contract/expressions/index.ts';
import { ANSWERS, REFUSED } from './python.ts';

describe('an expression', () => {
  it.each(ANSWERS)('of %s: %j on %j is answered as by Python', (kind, pattern, text, ...answer) => {
    if (kind === 'text') {
      const expression = compileTextExpression(pattern);
      expect([expression.matchText(text), expression.searchText(text)]).toEqual(answer);
      return;
    }
    const expression = compileExpression(pattern);
    const bytes = Buffer.from(text, 'latin1');
    const { length } = bytes;
    expect([expression.match(bytes, 0, length), expression.search(bytes, 0, length)])
      .toEqual(answer);
    // In the middle of other bytes, it sees none of them.
    const embedded = Buffer.concat([Buffer.from('a1\n'), bytes, Buffer.from('\nb1')]);
    expect([
      expression.match(embedded, 3, 3 + length),
      expression.search(embedded, 3, 3 + length),
    ]).toEqual(answer);
  });

  it.each(REFUSED)('of %s: %j is refused as by Python', (kind, pattern) => {
    const compile = kind === 'text' ? compileTextExpression : compileExpression;
    expect(() => compile(pattern)).toThrow(ExpressionError);
  });
});
