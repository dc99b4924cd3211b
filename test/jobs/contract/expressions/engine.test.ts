import { describe, expect, it } from 'vitest';
import {
  compileExpression,
  compileTextExpression,
  ExpressionBudgetError,
  Steps,
} from '../../../../jobs/contract/expressions/index.ts';
import { seeded } from '../../../support/kills.ts';

type Random = () => number;

function oneOf(random: Random, items: readonly string[]): string {
  return items[Math.floor(random() * items.length)] ?? '';
}

const ATOMS = [
  'a',
  'b',
  'c',
  '.',
  '[ab]',
  '[^a]',
  '\\d',
  '\\w',
  '\\W',
  '\\b',
  '\\B',
  '^',
  ' ',
  '1',
];
const GROUPS = ['(', '(?:', '(?:', '(?=', '(?!', '(?<!', '(?<='];
const QUANTIFIERS = ['', '', '', '*', '+', '?', '*?', '+?', '{2}', '{1,3}', '{2,}'];
/** What JavaScript repeats, too. */
const REPEATABLE = /^(?:[abc. 1]|\[.*\]|\\[dwW])$/;

/** A pattern that means the same in Python and in JavaScript. */
function patternOf(random: Random, depth: number): string {
  const pieces = Array.from({ length: 1 + Math.floor(random() * 4) }, () => {
    if (depth > 0 && random() < 0.3) {
      const open = oneOf(random, GROUPS);
      // A look-behind of one width: one branch of one character.
      if (open.startsWith('(?<')) return `${open}${oneOf(random, ['a', '[ab]', '\\w', '1'])})`;
      const isLook = open === '(?=' || open === '(?!';
      return `${open}${patternOf(random, depth - 1)})${isLook ? '' : oneOf(random, QUANTIFIERS)}`;
    }
    const atom = oneOf(random, ATOMS);
    return REPEATABLE.test(atom) ? atom + oneOf(random, QUANTIFIERS) : atom;
  }).join('');
  return random() < 0.2 ? `${pieces}|${oneOf(random, ATOMS)}` : pieces;
}

describe('an expression', () => {
  it('finds what the expressions of JavaScript find', () => {
    const random = seeded(20_261_127);
    const answers = [0, 0];
    for (let turn = 0; turn < 2000; turn += 1) {
      const pattern = patternOf(random, 3);
      const letters = oneOf(random, ['', 'i', 's', 'm']);
      const text = Array.from(
        { length: Math.floor(random() * 12) },
        () => oneOf(random, ['a', 'b', 'c', 'A', '1', ' ', '_', '\n']),
      ).join('');
      // Python finds no place without a boundary in an empty text, JavaScript does.
      if (text === '' && pattern.includes('\\B')) continue;
      const bytes = Buffer.from(text);
      const expression = compileExpression(pattern, letters);
      const said = `${pattern} ${letters} ${JSON.stringify(text)}`;
      const isFound = new RegExp(pattern, letters).test(text);
      expect(expression.search(bytes, 0, bytes.length), said).toBe(isFound);
      expect(compileTextExpression(pattern, letters).searchText(text), said).toBe(isFound);
      const matches = new RegExp(pattern, `${letters}y`).test(text);
      expect(expression.match(bytes, 0, bytes.length), said).toBe(matches);
      answers[isFound ? 1 : 0] = (answers[isFound ? 1 : 0] ?? 0) + 1;
    }
    expect(Math.min(...answers)).toBeGreaterThan(300);
  });

  it('is answered the same by both matchers', () => {
    const random = seeded(5);
    for (let turn = 0; turn < 1000; turn += 1) {
      const pattern = patternOf(random, 2);
      const text = Array.from({ length: 8 }, () => oneOf(random, ['a', 'b', '1', ' '])).join('');
      const bytes = Buffer.from(text);
      const linear = compileExpression(pattern);
      // An atomic group of nothing has all of it tried one way after the other.
      const trying = compileExpression(`(?>)(?:${pattern})`);
      expect([linear.isRegular, trying.isRegular]).toEqual([true, false]);
      expect(trying.match(bytes, 0, 8), `${pattern} on ${text}`).toBe(linear.match(bytes, 0, 8));
    }
  });
});

const LENGTH = 100_000;

describe('a regular expression that others fail on', () => {
  it.each<[string, string, boolean]>([
    ['(a+)+$', 'a'.repeat(LENGTH) + 'b', false],
    ['(a|a)*b', 'a'.repeat(LENGTH), false],
    ['(.*)*x', 'a'.repeat(LENGTH), false],
    ['(.*)*x', 'a'.repeat(LENGTH) + 'x', true],
    ['(a?){50}a{50}', 'a'.repeat(LENGTH), true],
    ['(a?){50}a{50}$', 'a'.repeat(LENGTH), false],
    ['(a*)*(a*)*(a*)*$', 'a'.repeat(LENGTH) + 'b', false],
    ['(?=(a+)+$)a', 'a'.repeat(LENGTH) + 'b', false],
    ['.*(?<![A-Z])[A-Z]{20}(?![A-Z])', 'AB'.repeat(LENGTH / 2), false],
    ['(?:.*(?!b)(?=.*c))*d', 'a'.repeat(LENGTH), false],
    ['.*(?:a.{12}b)+c', 'ab'.repeat(LENGTH / 2), false],
  ])('%s takes few steps for each character', (pattern, text, expected) => {
    const bytes = Buffer.from(text);
    const steps = new Steps();
    expect(compileExpression(pattern).match(bytes, 0, bytes.length, steps)).toBe(expected);
    expect(steps.count).toBeLessThan(8 * bytes.length);
  });

  it('takes no more than its states for each character where no state comes again', () => {
    const random = seeded(3);
    const bytes = Buffer.from(Array.from({ length: LENGTH }, () => random() < 0.5 ? 97 : 98));
    const steps = new Steps();
    expect(compileExpression('.*a.{14}c').match(bytes, 0, LENGTH, steps)).toBe(false);
    expect(steps.count).toBeGreaterThan(2 * LENGTH);
    expect(steps.count).toBeLessThan(30 * LENGTH);
  });

  it('ends where it learns more than is allowed, and goes on with what is left of others', () => {
    const random = seeded(3);
    const bytes = Buffer.from(Array.from({ length: LENGTH }, () => random() < 0.5 ? 97 : 98));
    const expression = compileExpression('.*a.{14}c');
    const steps = new Steps(undefined, LENGTH);
    expect(() => expression.match(bytes, 0, LENGTH, steps)).toThrow(ExpressionBudgetError);
    expect(steps.count).toBeLessThan(LENGTH + 100);
    expect(expression.match(bytes, 0, LENGTH)).toBe(false);
  });

  it('may run over any length of text once it has learned', () => {
    const bytes = Buffer.from('ab'.repeat(LENGTH / 2));
    const steps = new Steps(undefined, 100);
    expect(compileExpression('(?:ab)+c').match(bytes, 0, LENGTH, steps)).toBe(false);
    expect(steps.count).toBeGreaterThan(LENGTH);
  });

  it('needs twice the steps for twice the text', () => {
    const count = (length: number): number => {
      const steps = new Steps();
      compileExpression('(?:(a|ab)(b?c)*)+$').search(
        Buffer.from('abc'.repeat(length) + 'x'),
        0,
        3 * length + 1,
        steps,
      );
      return steps.count;
    };
    expect(count(20_000) / count(10_000)).toBeCloseTo(2, 1);
  });

  it('forgets what it learned of too many contexts, and stays right', () => {
    const random = seeded(13);
    const distances = Array.from({ length: 12 }, (_, distance) => distance);
    const hops = distances.map((distance) => `(?=.{${distance}}a).{${distance + 1}}`);
    const expression = compileExpression(`(?:${hops.join('|')})*$`);
    const answers = new Set<boolean>();
    for (let turn = 0; turn < 300; turn += 1) {
      const text = Array.from({ length: 60 }, () => random() < 0.25 ? 'a' : 'b').join('');
      const reached = [true];
      for (let at = 0; at < text.length; at += 1) {
        for (const distance of distances) {
          const end = at + distance;
          if (reached[at] === true && text[end] === 'a') reached[end + 1] = true;
        }
      }
      const expected = reached[text.length] === true;
      answers.add(expected);
      expect(expression.match(Buffer.from(text), 0, text.length), text).toBe(expected);
    }
    expect(answers.size).toBe(2);
  });

  it('with more look-arounds than there are bits is tried in turn', () => {
    const pattern = Array.from({ length: 40 }, (_, index) => `(?!b{${index + 1}}c)`).join('');
    const expression = compileExpression(`(?:${pattern}.)*$`);
    expect(expression.isRegular).toBe(false);
    expect(expression.match(Buffer.from('bbabb'), 0, 5)).toBe(true);
    expect(expression.match(Buffer.from('bbabbc'), 0, 6)).toBe(false);
  });
});

describe('an expression that is not regular', () => {
  it.each(['(a+)+\\1b', '(?:a|a)*(?>)b', '((?:.*)*)\\1x', '(?(1)a|(a*)*)*b'])(
    '%s ends within its steps',
    (pattern) => {
      const bytes = Buffer.from('a'.repeat(LENGTH));
      const steps = new Steps(200_000);
      const expression = compileExpression(pattern);
      expect(expression.isRegular).toBe(false);
      expect(() => expression.match(bytes, 0, LENGTH, steps)).toThrow(ExpressionBudgetError);
      expect(steps.count).toBe(200_001);
      expect(() => expression.search(bytes, 0, LENGTH)).toThrow('within 1000000 steps');
    },
  );

  it('goes as far as its text without a stack that overflows', () => {
    const bytes = Buffer.from('ab'.repeat(LENGTH / 2));
    const expression = compileExpression('(?:(a)(b))*(?(1)|c)$');
    expect(expression.match(bytes, 0, LENGTH, new Steps(10_000_000))).toBe(true);
  });
});
