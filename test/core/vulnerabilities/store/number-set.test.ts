import { describe, expect, it } from 'vitest';
import { NumberSet } from '../../../../core/vulnerabilities/store/number-set.ts';
import { mulberry32 } from '../../policy/samples.ts';

function bytesOf(numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 4);
  for (const [at, number] of numbers.entries()) bytes.writeInt32BE(number, at * 4);
  return bytes;
}

function sorted(numbers: Iterable<number>): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

describe('a set of numbers', () => {
  it('is empty where nothing was found', () => {
    const none = NumberSet.read(null);
    expect(none.size).toBe(0);
    expect(none.slice(0)).toEqual([]);
    expect(none.and(NumberSet.read(bytesOf([1]))).size).toBe(0);
  });

  it('holds the first and the last number of words and chunks, and the greatest there is', () => {
    const numbers = [0, 31, 32, 63, 65_535, 65_536, 65_567, 131_071, 2 ** 31 - 1];
    const set = NumberSet.read(bytesOf(numbers.toReversed()));
    expect(set.slice(0)).toEqual(numbers);
    expect(set.size).toBe(numbers.length);
  });

  it('is read out of several lists as out of one', () => {
    const set = NumberSet.read(bytesOf([7, 1]), null, bytesOf([70_000, 7]));
    expect(set.slice(0)).toEqual([1, 7, 70_000]);
    expect(NumberSet.read().size).toBe(0);
  });

  it('has pages that are together all of it', () => {
    const set = NumberSet.read(bytesOf([5, 70_000, 6, 7, 5, 40]));
    expect(set.slice(0, 2)).toEqual([5, 6]);
    expect(set.slice(2, 2)).toEqual([7, 40]);
    expect(set.slice(4, 2)).toEqual([70_000]);
    expect(set.slice(5, 2)).toEqual([]);
    expect(set.slice(1, 0)).toEqual([]);
  });

  it('agrees with sets of the language for numbers of any spread', () => {
    const random = mulberry32(11);
    for (let round = 0; round < 200; round += 1) {
      const most = 2 ** (3 + Math.floor(random() * 28));
      const draw = () =>
        Array.from({ length: Math.floor(random() * 400) }, () => Math.floor(random() * most));
      const [one, two] = [draw(), draw()];
      const [first, second] = [NumberSet.read(bytesOf(one)), NumberSet.read(bytesOf(two))];
      const both = sorted(one.filter((number) => two.includes(number)));
      expect(first.slice(0)).toEqual(sorted(one));
      expect(first.and(second).slice(0)).toEqual(both);
      expect(first.and(second).size).toBe(both.length);
      const offset = Math.floor(random() * 100);
      expect(first.slice(offset, 37)).toEqual(sorted(one).slice(offset, offset + 37));
    }
  });
});
