/**
 * Which images of an account have one of some packages, page by page: as fast for a catalog of a
 * hundred thousand images, of which most have it.
 *
 * @module
 */
import type { Queryable } from '../../database/connection.ts';

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
const NUMBER_BYTES = 4;

/** Numbers of images as one value: rows of their own would take longer than to find them. */
function numbersIn(bytes: Buffer | null): Set<number> {
  const numbers = new Set<number>();
  if (bytes === null) return numbers;
  for (let at = 0; at < bytes.length; at += NUMBER_BYTES) numbers.add(bytes.readInt32BE(at));
  return numbers;
}

/** Images with one of the sets, of any account. */
async function imagesWithSets(sql: Queryable, sets: readonly number[]): Promise<Set<number>> {
  const [row] = await sql<{ images: Buffer | null }[]>`
    select string_agg(int4send(image), '') as images
    from image_sets where set = any(${[...sets]}::int[])`;
  return numbersIn(row?.images ?? null);
}

/** Those of the images that an account has, in the order they came. */
async function ownOf(
  sql: Queryable,
  account: string,
  images: ReadonlySet<number>,
): Promise<readonly number[]> {
  const some = [...images];
  const isLooked = some.length <= LOOKED_UP;
  const [row] = await sql<{ images: Buffer | null }[]>`
    select string_agg(int4send(number), '') as images from images
    where account = ${account} ${isLooked ? sql`and number = any(${some}::int[])` : sql``}`;
  const own = numbersIn(row?.images ?? null);
  return some.filter((image) => own.has(image)).sort((a, b) => a - b);
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
  const members = await sql<{ set: number; subject: number }[]>`
    select distinct set, subject from package_set_members
    where subject = any(${[...hitsBySubject.keys()]}::int[])`;
  const membersBySet = Map.groupBy(members, ({ set }) => set);
  const sets = [...membersBySet.keys()];
  const own = await ownOf(sql, account, await imagesWithSets(sql, sets));
  const page = own.slice(offset, limit === undefined ? undefined : offset + limit);
  const images = await readImages(sql, account, page);
  const tags = await tagsOf(sql, account, images.map(({ digest }) => digest));
  const items = images.map(({ number: _, sets: itsSets, ...image }) => ({
    ...image,
    tags: tags.get(image.digest) ?? [],
    packages: distinct(
      itsSets.flatMap((set) => membersBySet.get(set) ?? [])
        .flatMap(({ subject }) => hitsBySubject.get(subject) ?? []),
    ),
  }));
  return { items, total: own.length };
}
