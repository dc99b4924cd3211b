import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import {
  activateBundle,
  deleteBundle,
  ensureBundle,
  findBundle,
  listBundles,
  putBundle,
} from '../../../core/catalog/bundles.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { testDatabase } from '../../support/postgres.ts';
import { addAccount } from './samples.ts';

let sql: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
  await addAccount(sql, 'team');
});
beforeEach(() => sql`delete from bundles`);

async function active(account = 'admin'): Promise<string[]> {
  const bundles = await listBundles(sql, account);
  return bundles.filter((bundle) => bundle.active).map(({ id }) => id);
}

describe('a bundle', () => {
  it('is kept as it was given, with the hash of its text', async () => {
    const bundle = { id: 'b', name: 'N', comment: 'kept "as is" ü', more: [1, null], z: 1, a: 2 };
    await putBundle(sql, 'admin', bundle);
    const stored = await findBundle(sql, 'admin', 'b');
    expect(stored?.document).toBe(JSON.stringify(bundle));
    expect(stored?.sha256).toBe(
      createHash('sha256').update(JSON.stringify(bundle)).digest('hex'),
    );
    expect(stored).toMatchObject({ id: 'b', name: 'N', description: '', active: false });
  });

  it('replaces the one with its id, which stays active', async () => {
    await putBundle(sql, 'admin', { id: 'b', name: 'old' });
    await activateBundle(sql, 'admin', 'b');
    const before = await findBundle(sql, 'admin', 'b');
    await putBundle(sql, 'admin', { id: 'b', name: null, description: 'new' });
    const after = await findBundle(sql, 'admin');
    expect(after).toMatchObject({ id: 'b', name: '', description: 'new', active: true });
    expect(after?.sha256).not.toBe(before?.sha256);
    expect(after?.createdAt).toEqual(before?.createdAt);
  });

  it('is of one account', async () => {
    await putBundle(sql, 'admin', { id: 'b' });
    await activateBundle(sql, 'admin', 'b');
    await putBundle(sql, 'team', { id: 'b' });
    expect(await findBundle(sql, 'team')).toBeUndefined();
    expect(await findBundle(sql, 'team', 'b')).toMatchObject({ active: false });
  });
});

describe('activateBundle', () => {
  it('leaves one active, whoever else activates at the same time', async () => {
    const ids = ['a', 'b', 'c', 'd'];
    for (const id of ids) await putBundle(sql, 'admin', { id });
    const all = Array.from({ length: 24 }, (_, index) => ids[index % ids.length] ?? '');
    await Promise.all(all.map((id) => activateBundle(sql, 'admin', id)));
    expect(await active()).toHaveLength(1);
    await activateBundle(sql, 'admin', 'c');
    expect(await active()).toEqual(['c']);
  });

  it('changes nothing for a bundle that is not there', async () => {
    await putBundle(sql, 'admin', { id: 'a' });
    await activateBundle(sql, 'admin', 'a');
    await expect(activateBundle(sql, 'admin', 'missing'))
      .rejects.toMatchObject({ code: 'policy_not_found', status: 404 });
    expect(await active()).toEqual(['a']);
  });
});

describe('deleteBundle', () => {
  it('removes one that is not active, and says why else not', async () => {
    await putBundle(sql, 'admin', { id: 'a' });
    await putBundle(sql, 'admin', { id: 'b' });
    await activateBundle(sql, 'admin', 'a');
    await deleteBundle(sql, 'admin', 'b');
    expect((await listBundles(sql, 'admin')).map(({ id }) => id)).toEqual(['a']);
    await expect(deleteBundle(sql, 'admin', 'a'))
      .rejects.toMatchObject({ code: 'policy_active', status: 409 });
    await expect(deleteBundle(sql, 'admin', 'b'))
      .rejects.toMatchObject({ code: 'policy_not_found', status: 404 });
    await expect(deleteBundle(sql, 'team', 'a'))
      .rejects.toMatchObject({ code: 'policy_not_found', status: 404 });
  });
});

describe('ensureBundle', () => {
  it('gives an account its first bundle, active, once', async () => {
    await Promise.all(
      Array.from({ length: 5 }, (_, index) => ensureBundle(sql, 'admin', { id: `d${index}` })),
    );
    expect(await active()).toHaveLength(1);
    await ensureBundle(sql, 'admin', { id: 'later' });
    expect(await findBundle(sql, 'admin', 'later')).toBeUndefined();
  });

  it('does not bring back what its owner replaced', async () => {
    await putBundle(sql, 'admin', { id: 'own' });
    await ensureBundle(sql, 'admin', { id: 'default' });
    expect((await listBundles(sql, 'admin')).map(({ id }) => id)).toEqual(['own']);
  });
});
