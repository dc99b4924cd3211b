import { describe, expect, it } from 'vitest';
import { Rate } from '../../../core/door/rate.ts';
import { Tagged } from '../../../core/door/tagged.ts';

describe('Tagged', () => {
  it('drops by each tag, and only what carries it', () => {
    const map = new Tagged<number>(10);
    map.set('a', 1, ['x', 'y']);
    map.set('b', 2, ['y']);
    map.set('c', 3, ['z']);
    map.drop('y');
    expect([map.get('a'), map.get('b'), map.get('c'), map.size])
      .toEqual([undefined, undefined, 3, 1]);
    map.drop('x');
    map.clear();
    expect(map.size).toBe(0);
  });

  it('forgets the tags a key had before', () => {
    const map = new Tagged<number>(10);
    map.set('a', 1, ['x']);
    map.set('a', 2, ['y']);
    map.drop('x');
    expect(map.get('a')).toBe(2);
  });

  it('keeps no more than it may: the first goes first', () => {
    const map = new Tagged<number>(2);
    for (const [index, key] of ['a', 'b', 'c'].entries()) map.set(key, index, [key]);
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([undefined, 1, 2]);
  });
});

describe('Rate', () => {
  it('gives so many at once, and then so many a second, to each address', () => {
    const rate = new Rate(10, 3);
    const taken = (address: string, now: number) =>
      Array.from({ length: 5 }, () => rate.take(address, now)).filter(Boolean).length;
    expect(taken('a', 0)).toBe(3);
    expect(taken('b', 0)).toBe(3);
    expect(taken('a', 100)).toBe(1);
    expect(taken('a', 10_000)).toBe(3);
  });
});
