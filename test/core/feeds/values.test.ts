import { describe, expect, it } from 'vitest';
import { lineOf, proseOf, severityOf, timeOf, urlsOf } from '../../../core/feeds/values.ts';

describe('a time', () => {
  it.each([
    ['2026-08-04T19:54:43+00:00', '2026-08-04T19:54:43Z'],
    ['2023-01-08T18:02:03.647787998-06:00', '2023-01-09T00:02:03.647Z'],
    ['2024-07-26T03:43:57Z', '2024-07-26T03:43:57Z'],
    ['2024-07-26t03:43:57z', '2024-07-26T03:43:57Z'],
    ['2024-01-01', '2024-01-01T00:00:00Z'],
    ['2024-01-01 10:20', '2024-01-01T10:20:00Z'],
    ['2024-01-01T10:20:30', '2024-01-01T10:20:30Z'],
    ['2024-01-01T10:20:30,5+0530', '2024-01-01T04:50:30.500Z'],
    [' 2024-01-01T10:20:30.000 ', '2024-01-01T10:20:30Z'],
  ])('%s is %s', (text, time) => {
    expect(timeOf(text)).toBe(time);
  });

  it.each([
    undefined,
    '',
    'now',
    '2024-02-30',
    '2024-13-01',
    '2024-01-01T25:00:00Z',
    '24-01-01',
    '2024-01-01T10:20:30+99:99',
    `2024-01-01T10:20:30.${'1'.repeat(1000)}`,
  ])('is not in %j', (text) => {
    expect(timeOf(text)).toBeUndefined();
  });
});

describe('a text', () => {
  it('is one line', () => {
    expect(lineOf(' a\r\n\tb\u0000c\u009b ')).toBe('a b c');
    expect(lineOf('x'.repeat(5000))).toHaveLength(300);
    expect(lineOf('abcdef', 3)).toBe('abc');
    expect(lineOf(' \n ')).toBeUndefined();
    expect(lineOf(undefined)).toBeUndefined();
  });

  it('keeps its lines as prose', () => {
    expect(proseOf(' a\r\nb\tc\u0007\u001b[1m ')).toBe('a\nb\tc[1m');
    expect(proseOf('x'.repeat(5000))).toHaveLength(4000);
    expect(proseOf('\u0000')).toBeUndefined();
  });
});

describe('addresses', () => {
  it('are of the web, each once, ten at most', () => {
    expect(urlsOf([
      'https://a.example/x',
      undefined,
      'javascript:alert(1)',
      'ftp://a.example',
      'nonsense',
      `https://a.example/${'x'.repeat(3000)}`,
      ' https://a.example/x ',
      'HTTP://b.example',
    ])).toEqual(['https://a.example/x', 'http://b.example/']);
    const many = Array.from({ length: 20 }, (_, at) => `https://a.example/${at}`);
    expect(urlsOf(many)).toEqual(many.slice(0, 10));
  });
});

describe('a severity', () => {
  it.each([
    ['Critical', 'critical'],
    ['Important', 'high'],
    ['HIGH', 'high'],
    [' moderate ', 'medium'],
    ['medium', 'medium'],
    ['Low', 'low'],
    ['none', 'unknown'],
    ['constructor', 'unknown'],
    ['', 'unknown'],
  ])('%j is %s', (word, severity) => {
    expect(severityOf(word)).toBe(severity);
  });
});
