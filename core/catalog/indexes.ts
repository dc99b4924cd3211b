/**
 * Indexes: one tag, an image for each platform.
 *
 * @module
 */
import { choosePlatform, type Index, OciError, type Platform } from 'oci-client';
import type { Json, Queryable } from '../database/connection.ts';
import type { AnalysisState } from './states.ts';

/** Keeps what an index offers. */
export async function keepIndex(sql: Queryable, digest: string, index: Index): Promise<void> {
  await sql`
    insert into indexes (digest, manifests)
    values (${digest}, ${sql.json(index.manifests as unknown as Json)})
    on conflict (digest) do nothing`;
}

/** A platform as it is written: `linux/arm/v7`. */
export function platformOf(text: string): Platform {
  const [os = 'linux', architecture = 'amd64', variant] = text.split('/');
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

/** Digests of the images that an index offers for some platforms; those it has none for are left out. */
export function chosenDigests(index: Index, platforms: readonly string[]): string[] {
  const found = platforms.flatMap((platform) => {
    try {
      return [choosePlatform(index, platformOf(platform)).digest as string];
    } catch (error) {
      if (error instanceof OciError && error.code === 'platform_not_found') return [];
      throw error;
    }
  });
  return [...new Set(found)];
}

/** An image of an index as an account knows it. */
export interface PlatformImage {
  readonly digest: string;
  readonly state: AnalysisState;
  readonly error: string | null;
  readonly errorCode: string | null;
  readonly judged: boolean;
}

/**
 * The images that nodes of these platforms would run from an index, null for those that the account
 * does not know yet. Undefined where nothing is known of the index itself.
 */
export async function findPlatformImages(
  sql: Queryable,
  account: string,
  indexDigest: string,
  platforms: readonly string[],
): Promise<(PlatformImage | null)[] | undefined> {
  const [index] = await sql<{ manifests: Index['manifests'] }[]>`
    select manifests from indexes where digest = ${indexDigest}`;
  if (index === undefined) return undefined;
  const wanted = chosenDigests(
    { kind: 'index', mediaType: '', manifests: index.manifests },
    platforms,
  );
  if (wanted.length === 0) return [];
  const rows = await sql<PlatformImage[]>`
    select i.digest, coalesce(a.state, 'not_analyzed') as state, a.error,
      a.error_code as "errorCode", a.head is not null as judged
    from images i left join analyses a using (digest)
    where i.account = ${account} and i.digest in ${sql(wanted)} and i.status = 'active'`;
  return wanted.map((digest) => rows.find((row) => row.digest === digest) ?? null);
}
