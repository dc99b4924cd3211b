import { beforeAll, describe, expect, it } from 'vitest';
import { deleteImage } from '../../../core/catalog/images.ts';
import { listPackages } from '../../../core/catalog/package-list.ts';
import { forgetPackages } from '../../../core/catalog/unused.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { matchImage } from '../../../core/vulnerabilities/rematch.ts';
import { advisory, keepFound, loadRecords, saying } from '../../support/loaded-feed.ts';
import { testDatabase } from '../../support/postgres.ts';
import { addAnalysed, packageOf } from './samples.ts';

let sql: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
});

async function rows(): Promise<Record<string, number>> {
  const [counts] = await sql<Record<string, number>[]>`
    select (select count(*)::int from package_sets) as sets,
      (select count(*)::int from package_set_members) as members,
      (select count(*)::int from subjects) as subjects,
      (select count(*)::int from findings) as findings,
      (select count(*)::int from packages) as packages`;
  return counts ?? {};
}

async function forgetAll(days: number): Promise<void> {
  while (await forgetPackages(sql, days) > 0);
}

describe('forgetPackages', () => {
  it('forgets what no image has any more, and nothing else', async () => {
    await loadRecords(sql, 'osv', [advisory('GHSA-1', [saying('npm', 'gone')])]);
    const owner = packageOf('python3-six', { type: 'deb', location: '/status' });
    const stays = [owner, packageOf('six', { owner: 'python3-six' }), packageOf('both')];
    const first = await addAnalysed(sql, 'registry.example/first:1');
    const second = await addAnalysed(sql, 'registry.example/second:1');
    await keepFound(sql, first, stays, null);
    await keepFound(sql, second, [packageOf('gone'), packageOf('both')], null);
    for (const digest of [first, second]) await matchImage(sql, digest);
    const before = await rows();
    await forgetAll(0);
    expect(await rows()).toEqual(before);
    await deleteImage(sql, 'admin', second);
    await sql`delete from analyses where digest = ${second}`;
    await forgetAll(1);
    expect(await rows()).toEqual(before);
    await forgetAll(0);
    expect(await rows()).toMatchObject({ findings: 0, subjects: 3, packages: 3 });
    expect(await listPackages(sql, first)).toHaveLength(3);
  });
});
