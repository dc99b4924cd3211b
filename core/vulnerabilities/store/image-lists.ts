/**
 * Which images of an account have one of some packages, page by page: as fast for a catalog of a
 * hundred thousand images, of which most have it.
 *
 * @module
 */
import type { Queryable } from '../../database/connection.ts';
import { NumberSet } from './number-set.ts';
import { ownImages } from './own-images.ts';

/** Part of a list; all of it where there is no limit. */
export interface Page {
  readonly limit: number | undefined;
  readonly offset: number;
}

export interface Listed<T> {
  readonly items: readonly T[];
  readonly total: number;
}

/** An image of an account that a question found. */
export interface FoundImage {
  readonly digest: string;
  readonly imageId: string;
  readonly analyzedAt: Date | null;
  readonly tags: readonly {
    readonly fulltag: string;
    readonly registry: string;
    readonly repository: string;
    readonly tag: string;
    readonly detectedAt: Date;
  }[];
}

/** What was asked for and is so in a subject. */
export interface Hit<T> {
  readonly subject: number;
  readonly shown: T;
}

/** Up to so many images are looked up one by one; of more, all that the account has are read. */
const LOOKED_UP = 2000;
/** So many sets lead to those images at most. */
const LOOKED_UP_SETS = 500;

/**
 * Images with one of the subjects, of any account, if they are few: one by one, so that as soon as they
 * are not the search ends. Numbers come as one value: rows would take longer than to find them.
 */
async function fewWith(
  sql: Queryable,
  subjects: readonly number[],
): Promise<NumberSet | undefined> {
  const [row] = await sql<{ images: Buffer | null; areFew: boolean }[]>`
    with members as materialized (
      select m.set from unnest(${[...subjects]}::int[]) as asked(subject)
      cross join lateral (
        select m.set from package_set_members m where m.subject = asked.subject offset 0) as m
      limit ${LOOKED_UP_SETS + 1}),
    few as materialized (select count(*) <= ${LOOKED_UP_SETS} as are from members)
    select string_agg(int4send(image), '') as images,
      count(*) < ${LOOKED_UP} and (select are from few) as "areFew"
    from (
      select i.image from members m
      cross join lateral (select i.image from image_sets i where i.set = m.set offset 0) as i
      where (select are from few)
      limit ${LOOKED_UP}) as found`;
  return row?.areFew === true ? NumberSet.read(row.images) : undefined;
}

/** Images with one of the subjects, of any account, however many. */
async function allWith(sql: Queryable, subjects: readonly number[]): Promise<NumberSet> {
  const read = async (some: readonly number[]) => {
    const [row] = await sql<{ images: Buffer | null }[]>`
      select string_agg(int4send(image), '') as images from image_sets
      where set = any(array(
        select distinct set from package_set_members where subject = any(${[...some]}::int[])))`;
    return row?.images ?? null;
  };
  // Two questions at once: this is what takes longest.
  const half = Math.ceil(subjects.length / 2);
  return NumberSet.read(
    ...await Promise.all([read(subjects.slice(0, half)), read(subjects.slice(half))]),
  );
}

/** Those of some images that an account has. */
async function ownOf(sql: Queryable, account: string, some: NumberSet): Promise<NumberSet> {
  const [row] = await sql<{ images: Buffer | null }[]>`
    select string_agg(int4send(number), '') as images from images
    where account = ${account} and number = any(${some.slice(0)}::int[])`;
  return NumberSet.read(row?.images ?? null);
}

/** Images of an account with one of the subjects. */
async function ownWith(
  sql: Queryable,
  account: string,
  subjects: readonly number[],
): Promise<NumberSet> {
  const few = await fewWith(sql, subjects);
  if (few !== undefined) return await ownOf(sql, account, few);
  const [all, own] = await Promise.all([allWith(sql, subjects), ownImages(sql, account)]);
  return all.and(own);
}

interface ImageRow extends Omit<FoundImage, 'tags'> {
  readonly number: number;
  readonly sets: readonly number[];
}

async function readImages(
  sql: Queryable,
  account: string,
  numbers: readonly number[],
): Promise<readonly ImageRow[]> {
  return await sql<ImageRow[]>`
    select i.number, i.digest, i.image_id as "imageId", a.analyzed_at as "analyzedAt",
      array(select s.set from image_sets s where s.image = i.number) as sets
    from images i join analyses a on a.number = i.number
    where i.account = ${account} and i.number = any(${[...numbers]}::int[])
    order by i.number`;
}

/** Which of the subjects are in which of the sets. */
async function membersOf(
  sql: Queryable,
  subjects: readonly number[],
  sets: readonly number[],
): Promise<ReadonlyMap<number, readonly { readonly subject: number }[]>> {
  const members = await sql<{ set: number; subject: number }[]>`
    select distinct set, subject from package_set_members
    where subject = any(${[...subjects]}::int[]) and set = any(${[...sets]}::int[])`;
  return Map.groupBy(members, ({ set }) => set);
}

/** The tags of images, newest first. */
async function tagsOf(
  sql: Queryable,
  account: string,
  digests: readonly string[],
): Promise<ReadonlyMap<string, FoundImage['tags']>> {
  const rows = await sql<(FoundImage['tags'][number] & { digest: string })[]>`
    select digest, fulltag, registry, repository, tag, detected_at as "detectedAt"
    from tags
    where account = ${account} and digest = any(${[...digests]}::text[])
    order by detected_at desc`;
  const byDigest = Map.groupBy(rows, ({ digest }) => digest);
  return new Map(
    Array.from(byDigest, ([digest, tags]) => [digest, tags.map(({ digest: _, ...tag }) => tag)]),
  );
}

/** What is shown of hits, each once. */
function distinct<T>(hits: readonly Hit<T>[]): readonly T[] {
  const byText = new Map(hits.map(({ shown }) => [JSON.stringify(shown), shown]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, shown]) => shown);
}

/** Images of an account that have a subject among the hits, in the order they came, each with its hits. */
export async function imagesWith<T>(
  sql: Queryable,
  account: string,
  hits: readonly Hit<T>[],
  { limit, offset }: Page,
): Promise<Listed<FoundImage & { readonly packages: readonly T[] }>> {
  if (hits.length === 0) return { items: [], total: 0 };
  const hitsBySubject = Map.groupBy(hits, ({ subject }) => subject);
  const subjects = [...hitsBySubject.keys()];
  const own = await ownWith(sql, account, subjects);
  const images = await readImages(sql, account, own.slice(offset, limit));
  const membersBySet = await membersOf(
    sql,
    subjects,
    [...new Set(images.flatMap(({ sets }) => sets))],
  );
  const tags = await tagsOf(sql, account, images.map(({ digest }) => digest));
  const items = images.map(({ number: _, sets: itsSets, ...image }) => ({
    ...image,
    tags: tags.get(image.digest) ?? [],
    packages: distinct(
      itsSets.flatMap((set) => membersBySet.get(set) ?? [])
        .flatMap(({ subject }) => hitsBySubject.get(subject) ?? []),
    ),
  }));
  return { items, total: own.size };
}
