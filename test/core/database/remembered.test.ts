import { beforeAll, describe, expect, it } from 'vitest';
import type { Queryable, Sql } from '../../../core/database/connection.ts';
import { RememberedRows } from '../../../core/database/remembered.ts';
import { testDatabase } from '../../support/postgres.ts';

let sql: Sql;
let another: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
  ({ sql: another } = await testDatabase());
});

/** Numbers up to 100 with their squares, ten bytes each; tells what was read. */
function squares(most: number) {
  const read: number[][] = [];
  const rows = new RememberedRows<number, number>(most, async (pool, keys) => {
    read.push([...keys]);
    const found = await pool<{ key: number; value: number }[]>`
      select key, key * key as value from unnest(${[...keys]}::int[]) as k(key) where key <= 100`;
    return found.map((row) => ({ ...row, size: 10 }));
  });
  const of = async (pool: Queryable, ...keys: number[]) => [...await rows.of(pool, keys)].sort();
  return { of, read };
}

describe('rows that never change', () => {
  it('are read once, all that are missing together', async () => {
    const { of, read } = squares(1000);
    expect(await of(sql, 1, 2)).toEqual([[1, 1], [2, 4]]);
    expect(await of(sql, 2, 3, 3)).toEqual([[2, 4], [3, 9]]);
    expect(await of(sql, 1, 2, 3)).toEqual([[1, 1], [2, 4], [3, 9]]);
    expect(await of(sql)).toEqual([]);
    expect(read).toEqual([[1, 2], [3]]);
  });

  it('that are not there are asked for again', async () => {
    const { of, read } = squares(1000);
    expect(await of(sql, 101)).toEqual([]);
    expect(await of(sql, 101, 1)).toEqual([[1, 1]]);
    expect(read).toEqual([[101], [101, 1]]);
  });

  it('are those of their database', async () => {
    const { of, read } = squares(1000);
    await of(sql, 1);
    await of(another, 1);
    expect(read).toEqual([[1], [1]]);
  });

  it('are kept as far as there is room, those that were asked for last', async () => {
    const { of, read } = squares(30);
    await of(sql, 1, 2, 3);
    await of(sql, 1);
    await of(sql, 4);
    expect(await of(sql, 1, 3, 4)).toEqual([[1, 1], [3, 9], [4, 16]]);
    expect(read).toEqual([[1, 2, 3], [4]]);
    await of(sql, 2);
    expect(read.at(-1)).toEqual([2]);
  });

  it('are given where there are more at once than have room', async () => {
    const { of } = squares(30);
    expect(await of(sql, 1, 2, 3, 4, 5)).toHaveLength(5);
    expect(await of(sql, 1, 2, 3, 4, 5)).toHaveLength(5);
  });
});
