import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordImage } from '../../../core/catalog/images.ts';
import { parseName } from '../../../core/catalog/names.ts';
import { listPackages } from '../../../core/catalog/package-list.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { finishImport } from '../../../core/imports/finish.ts';
import { addContent, beginImport } from '../../../core/imports/operations.ts';
import { enqueue } from '../../../core/queue/analyses.ts';
import { queueOutdated } from '../../../core/queue/analyzers.ts';
import { lockImport, takeTurn } from '../../../core/queue/imported.ts';
import { testDatabase } from '../../support/postgres.ts';
import { addAccount, addImage, analysisOf, resolvedImage } from '../catalog/samples.ts';
import { syftDocument } from './samples.ts';

const CONTENT = 'imported';
const TAG = 'registry.example/app:1';

let sql: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
  await addAccount(sql, 'a');
  await addAccount(sql, 'b');
});
beforeEach(async () => {
  for (const table of ['images', 'analyses', 'manifests', 'import_operations']) {
    await sql`delete from ${sql(table)}`;
  }
});

async function importInto(account: string, document: unknown = syftDocument()): Promise<string> {
  const { digest, manifestBytes, configBytes } = resolvedImage(CONTENT);
  const { id } = await beginImport(sql, account);
  const add = async (kind: Parameters<typeof addContent>[3], bytes: Uint8Array) =>
    (await addContent(sql, account, id, kind, bytes)).digest;
  return await finishImport(sql, {
    account,
    operation: id,
    digest,
    parentDigest: undefined,
    tags: [TAG],
    contents: {
      manifest: await add('manifest', manifestBytes),
      image_config: `sha256:${await add('image_config', configBytes)}`,
      packages: await add('packages', Buffer.from(JSON.stringify(document))),
    },
    annotations: {},
  });
}

/** Waits until somebody waits for a lock. */
async function untilLocked(): Promise<void> {
  await expect.poll(() =>
    sql`
      select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`
  ).toHaveLength(1);
}

const imports = () => sql`select imported_by, state from analyses`;

describe('an import and another account that adds the image', () => {
  it('of which the other was first: the import waits, and is refused', async () => {
    const adding = Promise.withResolvers<void>();
    const added = Promise.withResolvers<void>();
    const other = sql.begin(async (tx) => {
      const digest = await addImage(tx, TAG, CONTENT, 'b');
      adding.resolve();
      await added.promise;
      await enqueue(tx, analysisOf(digest, { account: 'b' }));
    });
    await adding.promise;
    const importing = importInto('a').then(() => 'taken', (error: { code: string }) => error.code);
    await untilLocked();
    added.resolve();
    await other;
    expect(await importing).toBe('image_known');
    expect(await imports()).toEqual([{ imported_by: null, state: 'not_analyzed' }]);
  });

  it('of which the import was first: the other waits, and the import goes', async () => {
    const resolved = resolvedImage(CONTENT);
    const importing = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    // As an import does, which ends too soon to be met in between.
    const first = sql.begin(async (tx) => {
      await takeTurn(tx, resolved.digest);
      await recordImage(tx, { account: 'a', name: parseName(TAG), resolved });
      await lockImport(tx, resolved.digest);
      await tx`
        insert into analyses (digest, lane, account, reference, source, state, head, imported_by)
        values (${resolved.digest}, 1, 'a', 'r', '{"kind": "import"}', 'analyzed', '{}', 'a')`;
      importing.resolve();
      await done.promise;
    });
    await importing.promise;
    const other = addImage(sql, TAG, CONTENT, 'b');
    await untilLocked();
    done.resolve();
    await first;
    await other;
    expect(await imports()).toEqual([]);
  });

  it('that came long before: there is nothing to be seen of the import', async () => {
    const digest = await importInto('a');
    expect(await listPackages(sql, digest)).toHaveLength(4);
    expect(await imports()).toEqual([{ imported_by: 'a', state: 'analyzed' }]);
    await addImage(sql, TAG, CONTENT, 'b');
    expect(await imports()).toEqual([]);
    expect(await listPackages(sql, digest)).toEqual([]);
  });
});

it('is not begun by whoever has too much lying about', async () => {
  const { id } = await beginImport(sql, 'a');
  await addContent(sql, 'a', id, 'manifest', Buffer.from('x'));
  await sql`
    insert into import_contents (operation, kind, digest, body)
    select ${id}, 'packages', n::text, decode(repeat('00', 64 * 1024 * 1024), 'hex')
    from generate_series(1, 8) n`;
  const more = (account: string, operation: string) =>
    addContent(sql, account, operation, 'dockerfile', Buffer.from('y'));
  await expect(more('a', id)).rejects.toThrow(
    expect.objectContaining({ code: 'imports_too_many' }) as Error,
  );
  const { id: other } = await beginImport(sql, 'b');
  expect((await more('b', other)).digest).toMatch(/^[0-9a-f]{64}$/);
});

describe('an imported analysis', () => {
  it('stays when its own account adds a tag, and a Job is asked for the truth', async () => {
    const digest = await importInto('a');
    await addImage(sql, 'registry.example/app:2', CONTENT, 'a');
    expect(await imports()).toEqual([{ imported_by: 'a', state: 'analyzed' }]);
    expect(await enqueue(sql, analysisOf(digest, { account: 'a' }))).toBe('not_analyzed');
    // Until a report comes, and whoever adds the image before is not judged by it.
    expect(await imports()).toEqual([{ imported_by: 'a', state: 'not_analyzed' }]);
    await sql`update analyses set head = '{"told": "by a Job"}', state = 'analyzed'`;
    expect(await imports()).toEqual([{ imported_by: null, state: 'analyzed' }]);
  });

  it('is not analysed again because there are newer analyzers', async () => {
    await sql`
      insert into analyzer_sets (id, versions, hash) overriding system value
      values (1000, '{"npm": 9}', 'x')`;
    await sql`insert into current_analyzers (analyzers, widened) values (1000, '{}')`;
    await importInto('a');
    expect(await queueOutdated(sql, 10)).toEqual({ seen: 1, queued: 0 });
    expect(await imports()).toEqual([{ imported_by: 'a', state: 'analyzed' }]);
    await sql`delete from current_analyzers`;
  });

  it('is replaced by a newer one, but not while a Job is at it', async () => {
    await importInto('a');
    const digest = await importInto('a', syftDocument({ artifacts: [] }));
    expect(await listPackages(sql, digest)).toEqual([]);
    await sql`update analyses set state = 'analyzing'`;
    await expect(importInto('a')).rejects.toThrow(
      expect.objectContaining({ code: 'image_known' }) as Error,
    );
    expect(
      await sql`select state, error is not null as told from import_operations order by created_at`,
    )
      .toEqual([
        { state: 'complete', told: false },
        { state: 'complete', told: false },
        { state: 'failed', told: true },
      ]);
  });

  it('is made once, however many make it at once', async () => {
    const ends = await Promise.allSettled([1, 2, 3, 4].map((n) => importInto(n % 2 ? 'a' : 'b')));
    expect(ends.some(({ status }) => status === 'fulfilled')).toBe(true);
    for (const end of ends) {
      if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'image_known' });
    }
    const [row, ...others] = await imports();
    expect(others).toEqual([]);
    expect(await sql`select distinct account from images`)
      .toEqual([{ account: row?.['imported_by'] as string }]);
  });
});
