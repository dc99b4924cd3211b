import { describe, expect, it } from 'vitest';
import { isWord, lineOf, proseOf, urlsOf } from '../../../core/feeds/text.ts';

describe('words of feeds', () => {
  it.each<[unknown, string | undefined]>([
    ['a  b\n\tc', 'a b c'],
    ['\u0000a\u007f\u0085b\u0000', 'a b'],
    ['x'.repeat(1000), 'x'.repeat(300)],
    [`${'x'.repeat(299)}🜁`, 'x'.repeat(299)],
    ['a\ud800b', 'a\ufffdb'],
    [' \n ', undefined],
    [7, undefined],
    [undefined, undefined],
  ])('%j is one line', (value, line) => {
    expect(lineOf(value)).toBe(line);
  });

  it.each<[unknown, string | undefined]>([
    ['a\n\tb \r\n', 'a\n\tb'],
    ['a\u0000b', 'ab'],
    ['x'.repeat(5000), 'x'.repeat(4000)],
    ['', undefined],
    [{}, undefined],
  ])('%j is prose', (value, text) => {
    expect(proseOf(value)).toBe(text);
  });

  it('keeps links to the web alone, ten of them', () => {
    const good = ['https://a.example/x?y=1#z', 'http://b.example'];
    const bad = ['ftp://a.example', 'javascript:alert(1)', 'https://', 'https://a b', 'x', '', 7];
    expect(urlsOf([...bad, ...good, ...good, `https://a.example/${'x'.repeat(3000)}`])).toEqual(
      good,
    );
    expect(urlsOf(Array.from({ length: 20 }, (_, at) => `https://a.example/${at}`)))
      .toHaveLength(10);
  });

  it.each([
    ['1:2.3-4~deb12u1', true],
    ['日本', true],
    ['a b', false],
    ['', false],
    ['a\u0000', false],
    ['a\ud800', false],
    ['x'.repeat(301), false],
  ])('%j as a word: %s', (text, expected) => {
    expect(isWord(text)).toBe(expected);
  });
});
