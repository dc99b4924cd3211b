import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { gzipSync } from 'node:zlib';
import { archivedImages, deleteArchived } from '../../../core/archive/records.ts';
import { restoreImage } from '../../../core/archive/restore.ts';
import { archiveImage } from '../../../core/archive/store.ts';
import { readDocument } from '../../../core/catalog/findings.ts';
import { deleteImage, findImages, recordImage } from '../../../core/catalog/images.ts';
import { parseName } from '../../../core/catalog/names.ts';
import { listPackages } from '../../../core/catalog/package-list.ts';
import { forgetPackages } from '../../../core/catalog/unused.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { enqueue } from '../../../core/queue/analyses.ts';
import { matchImage } from '../../../core/vulnerabilities/rematch.ts';
import { imageFindings } from '../../../core/vulnerabilities/store/images.ts';
import { advisory, keepFound, loadRecords, saying } from '../../support/loaded-feed.ts';
import { testDatabase } from '../../support/postgres.ts';
import {
  addAccount,
  addAnalysed,
  addImage,
  analysisOf,
  resolvedImage,
} from '../catalog/samples.ts';
import { DEBIAN_12, installed } from '../vulnerabilities/given.ts';

let sql: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
  await addAccount(sql, 'a');
  await addAccount(sql, 'b');
});
beforeEach(async () => {
  await sql`delete from images`;
  await sql`delete from analyses`;
  await sql`delete from archived_images`;
  await sql`delete from events`;
  await sql`delete from feed_groups`;
  await sql`truncate subjects, package_sets, packages cascade`;
});

const openssl = installed('deb', 'openssl', '3.0.9-1', { location: '/var/lib/dpkg/status' });
const zlib = installed('deb', 'zlib1g', '1:1.2.13', { location: '/var/lib/dpkg/status' });
const REFERENCE = 'registry.example/app:1';
const FILES = ['{"path":"/a"}\n', '{"path":"/b"}\n'];

/** An analysed image with packages, two pieces of a list, annotations and findings. */
async function image(...accounts: readonly string[]): Promise<string> {
  const [first = 'a', ...others] = accounts;
  const digest = await addAnalysed(sql, REFERENCE, undefined, first);
  for (const account of others) await addImage(sql, REFERENCE, REFERENCE, account);
  await sql`
    update analyses set analyzed_at = '2026-01-02T03:04:05.678901Z', first_analyzed_at = '2026-01-01Z'
    where digest = ${digest}`;
  await keepFound(sql, digest, [openssl, zlib], DEBIAN_12);
  for (const [part, text] of FILES.entries()) {
    await sql`
      insert into documents (digest, kind, part, body)
      values (${digest}, 'files', ${part}, ${gzipSync(text)})`;
  }
  await sql`
    update images set annotations = '{"team":"blue"}', dockerfile = 'RlJPTSBh'
    where account = ${first}`;
  await matchImage(sql, digest);
  return digest;
}

async function filesOf(digest: string): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of readDocument(sql, digest, 'files')) pieces.push(piece);
  return pieces;
}

/** All that an account sees of an image but the times of its own records. */
async function seen(account: string, digest: string): Promise<unknown> {
  const [record] = await findImages(sql, account, { digest });
  const [analysis] = await sql`
    select state, head, analyzed_at::text, first_analyzed_at::text, source, reference, error
    from analyses where digest = ${digest}`;
  return {
    record: { ...record, updatedAt: undefined, revision: undefined },
    analysis,
    packages: await listPackages(sql, digest),
    files: await filesOf(digest),
  };
}

async function count(table: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`select count(*)::int as count from ${sql(table)}`;
  return row?.count ?? -1;
}

/** As if days had passed: what nobody has any more is swept. */
async function sweep(): Promise<void> {
  await sql`update package_sets set used_at = now() - interval '9 days'`;
  await sql`update subjects set matched_at = now() - interval '9 days' where matched_at is not null`;
  while (await forgetPackages(sql, 2) > 0);
}

async function eventsOf(account: string): Promise<string[]> {
  const rows = await sql<{ type: string }[]>`
    select type from events where account = ${account} order by created_at`;
  return rows.map(({ type }) => type.replace('system.', ''));
}

const code = (expected: string) => expect.objectContaining({ code: expected }) as Error;

describe('an image that goes into the archive', () => {
  it('comes back as it was, when nothing of it is left but the archive', async () => {
    const digest = await image('a');
    const before = await seen('a', digest);
    await archiveImage(sql, 'a', digest, { remove: true });
    await sweep();
    const left = ['images', 'tags', 'analyses', 'documents', 'image_sets', 'package_sets'];
    for (const table of [...left, 'subjects', 'packages']) {
      expect(await count(table), table).toBe(0);
    }
    expect(await restoreImage(sql, 'a', digest)).toBe(digest);
    expect(await seen('a', digest)).toEqual({
      ...before as object,
      analysis: {
        ...(before as { analysis: object }).analysis,
        reference: REFERENCE,
        source: { kind: 'registry', registry: 'registry.example', repository: 'app' },
      },
    });
    expect(before).toMatchObject({
      packages: [{ name: 'openssl' }, { name: 'zlib1g' }],
      files: FILES,
      record: { annotations: { team: 'blue' }, dockerfile: 'RlJPTSBh' },
    });
    expect(await eventsOf('a')).toEqual([
      'analysis_archive.image_archived',
      'image_analysis.restored_from_archive',
    ]);
  });

  it('stays in the working set unless it is to be removed', async () => {
    const digest = await image('a');
    const before = await seen('a', digest);
    await archiveImage(sql, 'a', digest, { remove: false });
    expect(await seen('a', digest)).toEqual(before);
    expect(await archivedImages(sql, 'a')).toMatchObject([{
      digest,
      annotations: { team: 'blue' },
      tags: [{ fulltag: REFERENCE, tag: '1' }],
      size: expect.any(Number) as number,
    }]);
    await expect(restoreImage(sql, 'a', digest)).rejects.toThrow(code('image_exists'));
    await sweep();
    expect(await listPackages(sql, digest)).toHaveLength(2);
  });

  it('takes nothing from other accounts', async () => {
    const digest = await image('a', 'b');
    const before = await seen('b', digest);
    await archiveImage(sql, 'a', digest, { remove: true });
    await sweep();
    expect(await seen('b', digest)).toEqual(before);
    expect(await findImages(sql, 'a')).toEqual([]);
    expect(await archivedImages(sql, 'b')).toEqual([]);
    await expect(restoreImage(sql, 'b', digest)).rejects.toThrow(code('archived_image_not_found'));
    await restoreImage(sql, 'a', digest);
    expect(await seen('b', digest)).toEqual(before);
  });

  it('is kept once for all accounts, and goes with the last of them', async () => {
    const digest = await image('a', 'b');
    await archiveImage(sql, 'a', digest, { remove: false });
    await archiveImage(sql, 'b', digest, { remove: false });
    expect(await count('archived_analyses')).toBe(1);
    const kept = await count('archived_documents');
    expect(kept).toBeGreaterThan(2);
    expect(await deleteArchived(sql, 'a', digest)).toBe(true);
    expect(await deleteArchived(sql, 'a', digest)).toBe(false);
    expect(await count('archived_documents')).toBe(kept);
    await sql`delete from archived_images where account = 'b'`;
    expect(await count('archived_analyses')).toBe(0);
    expect(await count('archived_documents')).toBe(0);
  });

  it('is kept as it was analysed last, and what was before goes', async () => {
    const digest = await image('a');
    await archiveImage(sql, 'a', digest, { remove: false });
    await keepFound(sql, digest, [zlib], DEBIAN_12);
    await sql`update analyses set analyzed_at = now()`;
    await archiveImage(sql, 'a', digest, { remove: true });
    expect(await count('archived_analyses')).toBe(1);
    await restoreImage(sql, 'a', digest);
    expect(await listPackages(sql, digest)).toMatchObject([{ name: 'zlib1g' }]);
  });

  it('has to be there and analysed', async () => {
    await expect(archiveImage(sql, 'a', 'sha256:0', { remove: true }))
      .rejects.toThrow(code('image_not_found'));
    const digest = await image('a');
    await expect(archiveImage(sql, 'b', digest, { remove: true }))
      .rejects.toThrow(code('image_not_found'));
    await sql`update analyses set state = 'analyzing'`;
    await expect(archiveImage(sql, 'a', digest, { remove: true }))
      .rejects.toThrow(code('image_not_analyzed'));
    expect(await count('archived_analyses')).toBe(0);
  });
});

describe('an image that comes back', () => {
  it('is matched by what feeds say today, and findings are as old as they were', async () => {
    await loadRecords(sql, 'debian', [
      advisory('CVE-1', [saying('debian:12', 'openssl', '3.0.11-1')]),
      advisory('CVE-2', [saying('debian:12', 'zlib1g')]),
    ]);
    const digest = await image('a');
    await sql`
      update findings set first_seen_at = '2026-02-01Z', fix_seen_at = case
        when fix_seen_at is null then null else '2026-02-02Z'::timestamptz end`;
    await archiveImage(sql, 'a', digest, { remove: true });
    await sweep();
    await loadRecords(sql, 'debian', [
      advisory('CVE-1', [saying('debian:12', 'openssl', '3.0.12-1')]),
      advisory('CVE-3', [saying('debian:12', 'zlib1g')]),
    ]);
    await restoreImage(sql, 'a', digest);
    await matchImage(sql, digest);
    const { findings } = await imageFindings(sql, digest);
    expect(findings.map(({ id, fix }) => [id, fix])).toEqual([
      ['CVE-1', '3.0.12-1'],
      ['CVE-3', undefined],
    ]);
    expect(findings[0]?.detectedAt).toEqual(new Date('2026-02-01Z'));
    expect(findings[0]?.fixSeenAt).toEqual(new Date('2026-02-02Z'));
    expect(findings[1]?.detectedAt.getTime()).toBeGreaterThan(Date.now() - 60_000);
  });

  it('has all of very many findings, in as many pieces as they need', async () => {
    const digest = await image('a');
    await sql`
      insert into findings (subject, vulnerability, names, severity, body, first_seen_at)
      select s.id, 'CVE-' || n, array['CVE-' || n], 3,
        jsonb_build_object('id', 'CVE-' || n, 'text', repeat(md5(n::text), 40)), '2026-02-01Z'
      from subjects s, generate_series(1, 1500) n`;
    const before = await sql`
      select s.key, f.vulnerability, f.names, f.body, f.first_seen_at
      from findings f join subjects s on s.id = f.subject order by s.key, f.vulnerability`;
    expect(before).toHaveLength(3000);
    await archiveImage(sql, 'a', digest, { remove: true });
    const [pieces] = await sql`
      select count(*)::int as count from archived_documents where kind = 'findings'`;
    expect(pieces?.['count']).toBeGreaterThan(2);
    await sweep();
    await restoreImage(sql, 'a', digest);
    expect(
      await sql`
      select s.key, f.vulnerability, f.names, f.body, f.first_seen_at
      from findings f join subjects s on s.id = f.subject order by s.key, f.vulnerability`,
    ).toEqual(before);
  });

  it('has the analysis that was made since, where there is one', async () => {
    const digest = await image('a');
    await archiveImage(sql, 'a', digest, { remove: true });
    await addAnalysed(sql, REFERENCE, 'FROM newer\n', 'b');
    await restoreImage(sql, 'a', digest);
    expect(await sql`select head->>'dockerfile' as text from analyses`)
      .toEqual([{ text: 'FROM newer\n' }]);
    expect(await listPackages(sql, digest)).toEqual([]);
  });

  it.each([
    ['not_analyzed', 'analyzed', 2],
    ['analysis_failed', 'analyzed', 2],
    ['analyzing', 'analyzing', 0],
  ])(
    'finds the digest %s with another account and leaves it %s',
    async (state, after, packages) => {
      const digest = await image('a');
      await archiveImage(sql, 'a', digest, { remove: true });
      await addImage(sql, REFERENCE, REFERENCE, 'b');
      await enqueue(sql, analysisOf(digest, { account: 'b' }));
      await sql`update analyses set state = ${state}`;
      await restoreImage(sql, 'a', digest);
      expect(await sql`select state, account from analyses`).toEqual([{
        state: after,
        account: 'b',
      }]);
      expect(await listPackages(sql, digest)).toHaveLength(packages);
    },
  );

  it('is found by the digest of its index, and gives no tag back that has moved on', async () => {
    const digest = await image('a');
    await sql`update images set parent_digest = 'sha256:index'`;
    await archiveImage(sql, 'a', digest, { remove: true });
    const newer = await addImage(sql, REFERENCE, 'newer content', 'a');
    expect(await restoreImage(sql, 'a', 'sha256:index')).toBe(digest);
    const [current] = await findImages(sql, 'a', { name: parseName(REFERENCE) });
    expect(current?.digest).toBe(newer);
    expect((await findImages(sql, 'a', { digest }))[0]?.parentDigest).toBe('sha256:index');
  });
});

it('never leaves an account with an image that nobody analyses, whoever submits it meanwhile', async () => {
  const digest = await image('a');
  const resolved = resolvedImage(REFERENCE);
  for (let turn = 0; turn < 30; turn += 1) {
    await Promise.all([
      archiveImage(sql, 'a', digest, { remove: true }),
      sql.begin(async (tx) => {
        await recordImage(tx, { account: 'b', name: parseName(REFERENCE), resolved });
        await enqueue(tx, analysisOf(digest, { account: 'b' }));
      }),
    ]);
    const [row] = await sql<{ state: string }[]>`select state from analyses`;
    const packages = await listPackages(sql, digest);
    expect([row?.state, packages.length])
      .toEqual(row?.state === 'analyzed' ? ['analyzed', 2] : ['not_analyzed', 0]);
    await deleteImage(sql, 'b', digest);
    await sql`delete from analyses`;
    await restoreImage(sql, 'a', digest);
  }
});
