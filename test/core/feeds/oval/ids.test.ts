import { describe, expect, it } from 'vitest';
import { Ids, Pool, Rows } from '../../../../core/feeds/oval/ids.ts';

describe('ids', () => {
  it('are their own numbers where they are alike', () => {
    const ids = new Ids();
    expect(ids.numberOf('oval:com.oracle.elsa:tst:202312342004')).toBe(202312342004);
    expect(ids.find('oval:com.oracle.elsa:tst:1653048070000135')).toBe(1653048070000135);
  });

  it('have numbers of their own where they are not', () => {
    const ids = new Ids();
    ids.numberOf('oval:a:tst:1');
    const odd = [
      'oval:b:tst:1',
      'oval:a:tst:01',
      'oval:a:tst:x',
      '',
      'oval:a:tst:9007199254740993',
    ];
    const numbers = odd.map((id) => ids.numberOf(id));
    expect(numbers).toEqual([-1, -2, -3, -4, -5]);
    expect(odd.map((id) => ids.find(id))).toEqual(numbers);
    expect(ids.find('oval:c:tst:1')).toBeUndefined();
  });

  it('are not without bound', () => {
    const ids = new Ids();
    expect(() => {
      for (let n = 0; n < 200_000; n += 1) ids.numberOf(`odd ${n}`);
    }).toThrow('no common form');
  });
});

describe('rows', () => {
  it.each<[string, (n: number) => number]>([
    ['in order', (n) => n * 3 + 1],
    ['out of order', (n) => ((n * 7919) % 100_003) + 1],
  ])('are found by their numbers: %s', (_, keyOf) => {
    const rows = new Rows(2, 70_000);
    for (let n = 0; n < 70_000; n += 1) rows.add(keyOf(n), n, -n);
    for (const n of [0, 1, 32_767, 32_768, 69_999]) expect(rows.get(keyOf(n))).toEqual([n, -n]);
    expect(rows.get(0)).toBeUndefined();
    expect(rows.get(1e15)).toBeUndefined();
  });

  it('are found when more have come', () => {
    const rows = new Rows(1, 3);
    rows.add(5, 50);
    rows.add(3, 30);
    expect(rows.get(3)).toEqual([30]);
    rows.add(1, 10);
    expect(() => rows.add(7, 70)).toThrow('more than 3 parts');
    expect([1, 3, 5, 4].map((key) => rows.get(key)?.[0])).toEqual([10, 30, 50, undefined]);
  });
});

it('equal things have one number', () => {
  const pool = new Pool<{ readonly name: string }>();
  expect(pool.add('a', () => ({ name: 'a' }))).toBe(0);
  expect(pool.add('b', () => ({ name: 'b' }))).toBe(1);
  expect(pool.add('a', () => ({ name: 'never' }))).toBe(0);
  expect(pool.get(0)).toEqual({ name: 'a' });
  expect(pool.get(2)).toBeUndefined();
});
