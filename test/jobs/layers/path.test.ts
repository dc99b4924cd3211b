/**
 * Paths of archives.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { binaryPath, displayPath, normalizePath } from '../../../jobs/layers/path.ts';

describe('paths', () => {
  it.each([
    ['a', 'a'],
    ['./a/b', 'a/b'],
    ['/a/b/', 'a/b'],
    ['a//b/./c', 'a/b/c'],
    ['.', ''],
    ['./', ''],
    ['/', ''],
    ['', ''],
    ['a/../b', 'b'],
    ['../../etc/passwd', 'etc/passwd'],
    ['a/../../b', 'b'],
    ['a/..b/.c', 'a/..b/.c'],
    ['././a', 'a'],
    ['.wh.a', '.wh.a'],
    ['...', '...'],
    ['a///', 'a'],
  ])('are cleaned: %j is %j', (raw, clean) => {
    expect(normalizePath(raw)).toBe(clean);
  });

  it.each([
    ['plain', 'plain'],
    [binaryPath('ünï✓'), 'ünï✓'],
    ['caf\xe9', 'café'],
  ])('are shown as UTF-8, or as Latin-1: %j is %j', (binary, text) => {
    expect(displayPath(binary)).toBe(text);
  });
});
