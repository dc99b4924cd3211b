/**
 * New verdicts on images in which something else is found than before. Each is made before the one
 * that it replaces counts no longer: nobody who asks meanwhile waits for it.
 *
 * @module
 */
import { type BundleRecord, findBundle } from '../catalog/bundles.ts';
import type { Sql } from '../database/connection.ts';
import { type Bundle, partsOf } from '../policy/index.ts';
import { loadFacts } from './facts.ts';
import { keepVerdict } from './keep.ts';
import { judged, readBundle } from './make.ts';

const AT_ONCE = 100;

interface Waiting {
  readonly image: number;
  readonly notes: number;
  readonly digest: string;
  /** Whether anybody has judged it: else a new revision is all that it needs. */
  readonly isJudged: boolean;
}

/** Those that pods want come first. */
async function nextImages(sql: Sql): Promise<readonly Waiting[]> {
  const waiting = sql`
    select j.image, j.notes, a.digest,
      exists (select from verdicts v where v.digest = a.digest) as "isJudged"
    from images_to_judge j join analyses a on a.number = j.image`;
  const wanted = await sql<Waiting[]>`
    ${waiting}
    where exists (select from tags t where t.digest = a.digest and t.wanted_at is not null)
    order by j.image limit ${AT_ONCE}`;
  return wanted.length > 0
    ? wanted
    : await sql<Waiting[]>`${waiting} order by j.image limit ${AT_ONCE}`;
}

/** Takes images off the list, unless they were noted again meanwhile. */
async function done(sql: Sql, images: readonly Waiting[]): Promise<void> {
  await sql`
    delete from images_to_judge j
    using unnest(${images.map(({ image }) => image)}::int[],
      ${images.map(({ notes }) => notes)}::int[]) as d(image, notes)
    where j.image = d.image and j.notes = d.notes`;
}

/**
 * Makes all verdicts on an image anew that count now, and has them count at once: until then those
 * before do. What is stale for another reason stays so.
 */
export async function renewVerdicts(sql: Sql, digest: string): Promise<void> {
  const questions = await sql<{ account: string; fulltag: string | null; bundle: string | null }[]>`
    select i.account, v.fulltag, v.bundle
    from images i
    left join verdicts v on v.account = i.account and v.digest = i.digest
      and v.image_revision = i.revision
    where i.digest = ${digest}`;
  for (const [account, own] of Map.groupBy(questions, (question) => question.account)) {
    const asked: { fulltag: string; bundle: BundleRecord; read: Bundle }[] = [];
    for (const [bundleId, same] of Map.groupBy(own, (question) => question.bundle)) {
      const bundle = bundleId === null ? undefined : await findBundle(sql, account, bundleId);
      if (bundle === undefined) continue;
      const read = readBundle(bundle);
      for (const { fulltag } of same) if (fulltag !== null) asked.push({ fulltag, bundle, read });
    }
    const parts = new Set(asked.flatMap(({ read }) => [...partsOf(read)]));
    const loaded = await loadFacts(sql, account, digest, parts);
    const made = loaded === undefined
      ? []
      : asked.map(({ fulltag, bundle, read }) =>
        judged({ account, digest, fulltag }, bundle, read, loaded.facts)
      );
    await sql.begin(async (tx) => {
      const [image] = await tx<{ revision: number }[]>`
        update images set revision = revision + 1
        where account = ${account} and digest = ${digest}
        returning revision`;
      // Something else has changed meanwhile: what was made does not know of it.
      if (image === undefined || image.revision !== (loaded?.revision ?? 0) + 1) return;
      for (const one of made) await keepVerdict(tx, one, image.revision);
    });
  }
}

/** Renews verdicts until none is old; gives after each step how many images it was about. */
export async function* renewals(sql: Sql): AsyncGenerator<number> {
  for (;;) {
    const images = await nextImages(sql);
    if (images.length === 0) return;
    const unjudged = images.filter(({ isJudged }) => !isJudged);
    if (unjudged.length > 0) {
      await sql`
        update images set revision = revision + 1
        where digest = any(${unjudged.map(({ digest }) => digest)}::text[])`;
      await done(sql, unjudged);
      yield unjudged.length;
    }
    for (const image of images) {
      if (!image.isJudged) continue;
      await renewVerdicts(sql, image.digest);
      await done(sql, [image]);
      yield 1;
    }
  }
}
