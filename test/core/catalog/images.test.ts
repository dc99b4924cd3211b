import { beforeAll, describe, expect, it } from 'vitest';
import {
  deleteImage,
  findImages,
  findKnown,
  findManifest,
  recordImage,
} from '../../../core/catalog/images.ts';
import { parseName } from '../../../core/catalog/names.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { enqueue } from '../../../core/queue/analyses.ts';
import { testDatabase } from '../../support/postgres.ts';
import { addAccount, addImage, analysisOf, digestOf, resolvedImage } from './samples.ts';

let sql: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
  await addAccount(sql, 'team');
});

async function known(reference: string, account = 'admin'): Promise<string | undefined> {
  return (await findKnown(sql, account, parseName(reference)))?.digest;
}

async function listed(reference: string, history = false): Promise<string[]> {
  const images = await findImages(sql, 'admin', { name: parseName(reference), history });
  return images.map(({ digest }) => digest);
}

describe('recordImage', () => {
  it('keeps exactly what the registry served', async () => {
    const resolved = resolvedImage('exact');
    await recordImage(sql, { account: 'admin', name: parseName('r.example/exact:1'), resolved });
    const stored = await findManifest(sql, resolved.digest);
    expect(stored?.document.equals(resolved.manifestBytes)).toBe(true);
    expect(stored?.config.equals(resolved.configBytes)).toBe(true);
    expect(stored?.mediaType).toBe(resolved.manifest.mediaType);
    const [image] = await findImages(sql, 'admin', { digest: resolved.digest });
    expect(image).toMatchObject({
      state: 'not_analyzed',
      status: 'active',
      imageId: resolved.manifest.config.digest.slice('sha256:'.length),
      layerCount: 1,
      parentDigest: null,
      annotations: {},
      dockerfile: null,
      revision: 1,
    });
    expect(image?.tags).toMatchObject([{ registry: 'r.example', repository: 'exact', tag: '1' }]);
  });

  it('makes one image of many that arrive at once', async () => {
    const resolved = resolvedImage('parallel');
    const record = (index: number) =>
      sql.begin((tx) =>
        recordImage(tx, {
          account: index % 2 === 0 ? 'admin' : 'team',
          name: parseName(`r.example/parallel:${index % 3}`),
          resolved,
          annotations: { [`key-${index}`]: 'x' },
        })
      );
    await Promise.all(Array.from({ length: 20 }, (_, index) => record(index)));
    for (const account of ['admin', 'team']) {
      const images = await findImages(sql, account, { digest: resolved.digest });
      expect(images).toHaveLength(1);
      expect(Object.keys(images[0]?.annotations ?? {})).toHaveLength(10);
      expect(images[0]?.tags).toHaveLength(3);
    }
  });

  it('merges annotations; the text null removes one', async () => {
    const resolved = resolvedImage('annotated');
    const name = parseName('r.example/annotated:1');
    const add = (annotations: Record<string, string> | undefined) =>
      recordImage(sql, { account: 'admin', name, resolved, annotations });
    await add({ a: '1', b: '2', gone: 'null' });
    await add(undefined);
    await add({ b: 'null', c: 'ünï "x"', absent: 'null' });
    const [image] = await findImages(sql, 'admin', { digest: resolved.digest });
    expect(image?.annotations).toEqual({ a: '1', c: 'ünï "x"' });
  });

  it('grows the revision with a new Dockerfile only, and never loses one', async () => {
    const resolved = resolvedImage('dockerfile');
    const name = parseName('r.example/dockerfile:1');
    const revisions: unknown[] = [];
    for (const dockerfile of [undefined, 'QQ==', 'QQ==', undefined, 'Qg==']) {
      await recordImage(sql, { account: 'admin', name, resolved, dockerfile });
      const [image] = await findImages(sql, 'admin', { digest: resolved.digest });
      revisions.push([image?.revision, image?.dockerfile]);
    }
    expect(revisions).toEqual([[1, null], [2, 'QQ=='], [2, 'QQ=='], [2, 'QQ=='], [3, 'Qg==']]);
  });
});

describe('a tag', () => {
  it('names the newest image, also when it moves back', async () => {
    const tag = 'r.example/moving:1';
    const [first, second] = [resolvedImage('moving 1'), resolvedImage('moving 2')];
    const moves = [first, second, second, first, first, second, first];
    for (const resolved of moves) {
      await recordImage(sql, { account: 'admin', name: parseName(tag), resolved });
      expect(await known(tag)).toBe(resolved.digest);
      expect(await listed(tag)).toEqual([resolved.digest]);
    }
    expect((await listed(tag, true)).toSorted()).toEqual([first.digest, second.digest].toSorted());
  });

  it('keeps the time at which it was first seen while it does not move', async () => {
    const tag = 'r.example/still:1';
    const digest = await addImage(sql, tag, 'still');
    const detected = async () => (await findImages(sql, 'admin', { digest }))[0]?.tags[0];
    const before = await detected();
    await addImage(sql, tag, 'still');
    expect(await detected()).toEqual(before);
  });

  it('is of one account', async () => {
    const mine = await addImage(sql, 'r.example/own:1', 'own of admin');
    const theirs = await addImage(sql, 'r.example/own:1', 'own of team', 'team');
    expect(await known('r.example/own:1')).toBe(mine);
    expect(await known('r.example/own:1', 'team')).toBe(theirs);
    expect(await known('r.example/own:1', 'nobody')).toBeUndefined();
  });

  it.each([
    ['nginx:9', 'docker.io/library/nginx:9'],
    ['docker.io/library/redis:9', 'redis:9'],
  ])('added as %s is found as %s and answers as it was added', async (added, asked) => {
    const digest = await addImage(sql, added);
    const found = await findKnown(sql, 'admin', parseName(asked));
    expect(found).toMatchObject({ digest, fulltag: parseName(added).fulltag });
    expect(await listed(asked)).toEqual([digest]);
  });
});

describe('a digest', () => {
  it('of an index finds the image chosen from it', async () => {
    const resolved = resolvedImage('child', 'index');
    const index = digestOf('index');
    await recordImage(sql, { account: 'admin', name: parseName('r.example/multi:1'), resolved });
    expect(await known(`r.example/multi@${index}`)).toBe(resolved.digest);
    expect(await known(`r.example/multi@${resolved.digest}`)).toBe(resolved.digest);
    expect(await known(`r.example/other@${index}`)).toBeUndefined();
    const images = await findImages(sql, 'admin', { digest: index });
    expect(images.map(({ digest }) => digest)).toEqual([resolved.digest]);
    expect(await listed(`r.example/multi@${index}`)).toEqual([resolved.digest]);
  });

  it('wins over the tag beside it', async () => {
    const old = await addImage(sql, 'r.example/pinned:1', 'pinned old');
    await addImage(sql, 'r.example/pinned:1', 'pinned new');
    expect(await known(`r.example/pinned:1@${old}`)).toBe(old);
    expect(await listed(`r.example/pinned:1@${old}`)).toEqual([old]);
    expect(await known(`r.example/pinned:2@${old}`)).toBe(old);
    expect(await known(`r.example/pinned:1@${digestOf('unknown')}`)).toBeUndefined();
  });

  it('prefers the tag that was asked for among those the image has', async () => {
    const digest = await addImage(sql, 'r.example/both:a', 'both');
    await addImage(sql, 'r.example/both:b', 'both');
    for (const tag of ['a', 'b']) {
      expect(await findKnown(sql, 'admin', parseName(`r.example/both:${tag}@${digest}`)))
        .toMatchObject({ fulltag: `r.example/both:${tag}` });
    }
  });

  it('alone can be recorded, without a tag', async () => {
    const { digest } = resolvedImage('untagged');
    await addImage(sql, `r.example/untagged@${digest}`, 'untagged');
    expect(await known(`r.example/untagged@${digest}`)).toBe(digest);
    expect(await known('r.example/untagged:latest')).toBeUndefined();
    expect(await listed(`r.example/untagged@${digest}`)).toEqual([digest]);
  });
});

describe('findImages', () => {
  it('filters by image id and by state', async () => {
    const digest = await addImage(sql, 'r.example/state:1', 'state', 'team');
    const failed = await addImage(sql, 'r.example/state:2', 'state of another', 'team');
    await enqueue(sql, analysisOf(failed));
    await sql`update analyses set state = 'analysis_failed', error = 'x' where digest = ${failed}`;
    const name = parseName('r.example/state:1');
    const [image] = await findImages(sql, 'team', { name });
    expect(image?.digest).toBe(digest);
    expect(await findImages(sql, 'team', { name, state: 'analyzed' })).toEqual([]);
    expect(await findImages(sql, 'team', { state: 'analysis_failed' }))
      .toMatchObject([{ digest: failed, error: 'x' }]);
    expect(await findImages(sql, 'team', { imageId: image?.imageId })).toMatchObject([{ digest }]);
  });

  it('no longer finds what was deleted, for that account alone', async () => {
    const digest = await addImage(sql, 'r.example/deleted:1', 'deleted');
    await addImage(sql, 'r.example/deleted:1', 'deleted', 'team');
    expect(await deleteImage(sql, 'admin', digest)).toBe(true);
    expect(await deleteImage(sql, 'admin', digest)).toBe(false);
    expect(await known('r.example/deleted:1')).toBeUndefined();
    expect(await known('r.example/deleted:1', 'team')).toBe(digest);
  });
});
