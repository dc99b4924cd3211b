/**
 * Patterns and regular expressions of bundles.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { compileExpression } from '../../../core/policy/expression.ts';
import { compilePattern, LONGEST_SUBJECT } from '../../../core/policy/pattern.ts';
import { mulberry32 } from './samples.ts';
import { cpuMs } from '../../support/cpu.ts';

describe('wildcards', () => {
  it.each([
    ['*', '', true],
    ['*', 'a/b:c', true],
    ['**', 'a', true],
    ['', '', true],
    ['', 'a', false],
    ['a', 'a', true],
    ['a', 'A', false],
    ['library/*', 'library/a/b', true],
    ['library/*', 'library/', true],
    ['library/*', 'xlibrary/a', false],
    ['*shop', 'library/shop', true],
    ['*shop', 'shops', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['*ab*ab*', 'xabx', false],
    ['1.2', '1x2', false],
    ['v?', 'v1', false],
    ['v?', 'v?', true],
    ['[ab]', 'a', false],
    ['[ab]', '[ab]', true],
  ])('%s on %s is %s', (pattern, subject, expected) => {
    expect(compilePattern(pattern).matches(subject)).toBe(expected);
  });

  it('agree with a search through all possibilities', () => {
    const random = mulberry32(7);
    const text = (length: number, alphabet: string) =>
      Array.from(
        { length: Math.floor(random() * length) },
        () => alphabet[Math.floor(random() * alphabet.length)],
      )
        .join('');
    const slow = (pattern: string, subject: string): boolean => {
      if (pattern === '') return subject === '';
      if (pattern.startsWith('*')) {
        const rest = pattern.slice(1);
        return slow(rest, subject) || (subject !== '' && slow(pattern, subject.slice(1)));
      }
      return pattern[0] === subject[0] && subject !== '' &&
        slow(pattern.slice(1), subject.slice(1));
    };
    for (let round = 0; round < 500; round++) {
      const pattern = text(7, 'ab*');
      const subject = text(9, 'ab');
      expect([pattern, subject, compilePattern(pattern).matches(subject)])
        .toEqual([pattern, subject, slow(pattern, subject)]);
    }
  });

  it('do not slow down on many stars', () => {
    const started = cpuMs();
    expect(compilePattern(`${'a*'.repeat(2000)}b`).matches('a'.repeat(LONGEST_SUBJECT))).toBe(
      false,
    );
    expect(cpuMs() - started).toBeLessThan(500);
  });

  it('match no subject beyond the limit', () => {
    expect(compilePattern('*').matches('a'.repeat(LONGEST_SUBJECT))).toBe(true);
    expect(compilePattern('*').matches('a'.repeat(LONGEST_SUBJECT + 1))).toBe(false);
  });
});

describe('expressions', () => {
  it.each([
    ['regexp:1', '1.2', true],
    ['regexp:shop', 'library/shop', false],
    ['regexp:.*shop', 'library/shop', true],
    ['regexp:a|b', 'b', true],
    ['regexp:b|c', 'ab', false],
    ['regexp:(?i)SHOP', 'shop', true],
    ['regexp:(?i)(?s)A.b', 'a\nB', true],
    ['regexp:(?is)A.b', 'a\nB', true],
    ['regexp:(?u)a', 'a', true],
    ['regexp:(?P<x>a)(?P=x)', 'aa', true],
    ['regexp:(?P<x>a)(?P=x)', 'ab', false],
    ['regexp:shop\\Z', 'shop', true],
    ['regexp:shop\\Z', 'shops', false],
    ['regexp:(?m)shop\\Z', 'shop\n', false],
    ['regexp:\\Ashop', 'shop', true],
    ['regexp:shop(?#comment)s', 'shops', true],
    ['regexp:a{,2}b', 'aab', true],
    ['regexp:a{,2}b', 'aaab', false],
    ['regexp:[]a]+$', ']a]', true],
    ['regexp:[^]a]', ']', false],
    ['regexp:[(?P<]', '<', true],
    ['regexp:a(?<!b)', 'a', true],
    ['regexp:\\\\Z', '\\Z', true],
    ['regexp:', 'anything', true],
    ['regexp:(?x)a b # no blank', 'ab', true],
  ])('%s on %s is %s', (pattern, subject, expected) => {
    expect(compilePattern(pattern).matches(subject)).toBe(expected);
  });

  it('give the same answer when asked again', () => {
    const pattern = compilePattern('regexp:ab');
    expect([pattern.matches('abc'), pattern.matches('abc')]).toEqual([true, true]);
  });

  it.each([
    ['*\\.pem'],
    ['('],
    ['[a'],
    ['[]'],
    ['[a\\'],
    ['a(?#b'],
    ['a\\'],
    ['(?L)a'],
    ['a'.repeat(9000)],
  ])('%.20s is refused with a code', (source) => {
    expect(() => compileExpression(source)).toThrow(
      expect.objectContaining({ code: 'invalid_expression' }),
    );
  });

  it('are read in linear time, also where nothing is closed', () => {
    const started = cpuMs();
    for (const piece of ['[', '(?#', '(?P=', '[\\', '{,1']) {
      for (let round = 0; round < 50; round++) {
        const source = piece.repeat(8000 / piece.length);
        expect(() => compileExpression(`${source}(`)).toThrow();
      }
    }
    expect(cpuMs() - started).toBeLessThan(1500);
  });

  it('never fail with anything but the declared error', () => {
    const random = mulberry32(11);
    const pieces = [
      'a',
      '*',
      '[',
      ']',
      '^',
      '(',
      ')',
      '(?',
      '(?P<',
      '(?P=',
      '\\',
      'Z',
      '{',
      ',',
      '2',
      '}',
    ];
    pieces.push('(?#', '|', '(?i)', '$', '+', '>', '\u{1f600}', '\n');
    for (let round = 0; round < 600; round++) {
      const length = Math.floor(random() * 10);
      const source = Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)])
        .join('');
      try {
        expect(typeof compileExpression(source).matches('aaZ2')).toBe('boolean');
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid_expression' });
      }
    }
  });

  it.each([
    ['(a+)+$', `${'a'.repeat(40)}!`],
    ['(a|aa)+$', `${'a'.repeat(60)}!`],
    ['(.*)*x', 'y'.repeat(8000)],
    ['(x+x+)+y', 'x'.repeat(4000)],
  ])('%s comes to an answer in no time', (source, subject) => {
    const expression = compileExpression(source);
    const start = cpuMs();
    expect(expression.matches(subject)).toBe(false);
    expect(cpuMs() - start).toBeLessThan(2000);
  });

  it('with back-references come to an end with an error, over all subjects together', () => {
    const expression = compileExpression('(a*)*\\1b');
    const start = cpuMs();
    expect(() => {
      for (let turn = 0; turn < 100_000; turn += 1) expression.matches('a'.repeat(40));
    }).toThrow('came to no answer');
    expect(cpuMs() - start).toBeLessThan(5000);
  });

  it.each([
    ['.*a.{4000}c', 1],
    ['.*a.{900}c', 200],
  ])('%s with too many states comes to an end with an error', (source, texts) => {
    const random = mulberry32(5);
    const letters = (length: number) =>
      Array.from({ length }, () => random() < 0.5 ? 'a' : 'b').join('');
    const subjects = Array.from({ length: texts }, () => letters(1_000_000 / texts));
    const expression = compileExpression(source);
    const start = cpuMs();
    expect(() => subjects.filter((subject) => expression.matches(subject)))
      .toThrow('came to no answer');
    expect(cpuMs() - start).toBeLessThan(10_000);
  });

  it('are quick on a hundred thousand paths, long lists of words, too', () => {
    const random = mulberry32(3);
    const word = () =>
      Array.from(
        { length: 3 + Math.floor(random() * 5) },
        () => String.fromCharCode(97 + Math.floor(random() * 26)),
      ).join('');
    const words = Array.from({ length: 2000 }, word);
    const any = () => words[Math.floor(random() * words.length)] ?? '';
    const paths = Array.from({ length: 100_000 }, () => `/usr/${any()}/${any()}/${any()}.so`);
    const sources = ['.*\\.(pem|key)$', '(?i).*/id_[rd]sa$', '/usr/(?!lib)[^/]+/x'];
    for (const source of [...sources, `.*/(${words.slice(0, 400).join('|')})\\.pem$`]) {
      const expression = compileExpression(source);
      const start = cpuMs();
      expect(typeof paths.filter((path) => expression.matches(path)).length).toBe('number');
      expect(cpuMs() - start).toBeLessThan(5000);
    }
  });
});
