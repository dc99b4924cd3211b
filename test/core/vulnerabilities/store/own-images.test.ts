import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forgetChanges, ownImages } from '../../../../core/vulnerabilities/store/own-images.ts';
import type { Sql } from '../../../../core/database/connection.ts';
import { testDatabase } from '../../../support/postgres.ts';
import { addAccount, addImage } from '../../catalog/samples.ts';

let sql: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
  await addAccount(sql, 'other');
});
beforeEach(async () => {
  await sql`delete from images`;
});

async function numberOf(reference: string): Promise<number> {
  const [row] = await sql<{ number: number }[]>`
    select i.number from images i join tags t using (account, digest) where t.fulltag = ${reference}`;
  return row?.number ?? expect.fail('no image');
}

const own = async (account = 'admin') => (await ownImages(sql, account)).slice(0);

describe('numbers of the images of an account', () => {
  it('are known as soon as images came or went, and are those of the account alone', async () => {
    expect(await own()).toEqual([]);
    const digest = await addImage(sql, 'registry.example/one:1');
    const one = await numberOf('registry.example/one:1');
    expect(await own()).toEqual([one]);
    await addImage(sql, 'registry.example/two:1', undefined, 'other');
    expect(await own()).toEqual([one]);
    expect(await own('other')).toEqual([await numberOf('registry.example/two:1')]);
    await sql`delete from images where digest = ${digest}`;
    expect(await own()).toEqual([]);
  });

  it('are as before while an addition is not committed, and right once it is', async () => {
    await addImage(sql, 'registry.example/first:1');
    const first = await numberOf('registry.example/first:1');
    const added = Promise.withResolvers<void>();
    const read = Promise.withResolvers<void>();
    const adding = sql.begin(async (tx) => {
      await addImage(tx, 'registry.example/slow:1');
      added.resolve();
      await read.promise;
    });
    await added.promise;
    // A later change that is committed earlier.
    await addImage(sql, 'registry.example/quick:1');
    const quick = await numberOf('registry.example/quick:1');
    expect(await own()).toEqual([first, quick].sort((a, b) => a - b));
    read.resolve();
    await adding;
    const slow = await numberOf('registry.example/slow:1');
    expect(await own()).toEqual([first, slow, quick].sort((a, b) => a - b));
  });

  it('are read again after changes were forgotten', async () => {
    const forget = async () => {
      await sql`update image_changes set changed_at = now() - interval '1 hour'`;
      await forgetChanges(sql);
    };
    const changes = () => sql`select from image_changes where account = 'admin'`;
    await addImage(sql, 'registry.example/kept:1');
    await forget();
    const before = await own();
    expect(await changes()).toHaveLength(1);
    await forget();
    expect(await changes()).toHaveLength(1);
    await addImage(sql, 'registry.example/more:1');
    await forget();
    expect(await changes()).toHaveLength(1);
    expect(await own()).toHaveLength(before.length + 1);
  });
});
