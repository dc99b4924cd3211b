/**
 * Documents of layers that were read before. One stands for reading the layer once two Jobs, for
 * images of different repositories, have told the same one.
 *
 * A Job tells only of the first layer it reads, before it asks for another: nothing else of its
 * image but that layer can have had an influence on what it tells, so a hostile image cannot speak
 * for a layer that others use.
 *
 * @module
 */
import type { Queryable, Sql } from '../database/connection.ts';
import { recordEvent } from '../events/record.ts';

/** A layer's blob, and the hash of all that a document of it depends on besides. */
export interface LayerKey {
  readonly layer: string;
  readonly analyzers: string;
}

/** The attempt that asks or tells. */
export interface Witness {
  readonly image: string;
  readonly attempt: number;
  /** With its registry. */
  readonly repository: string;
}

/** The compressed document of a layer, with its hash. */
export interface StoredLayer {
  readonly document: string;
  readonly body: Buffer;
}

/** Looks a layer's document up. */
export async function findLayer(
  sql: Queryable,
  { layer, analyzers }: LayerKey,
): Promise<StoredLayer | undefined> {
  const [row] = await sql<StoredLayer[]>`
    select document, body from layer_documents
    where layer = ${layer} and analyzers = ${analyzers}`;
  if (row === undefined) return undefined;
  await sql`
    update layer_documents set used_at = now()
    where layer = ${layer} and analyzers = ${analyzers} and used_at < now() - interval '1 hour'`;
  return row;
}

/** Notes that an attempt is going to read a layer; whether it may tell of it then. */
export async function noteRead(
  sql: Queryable,
  { image, attempt }: Witness,
  layer: string,
): Promise<boolean> {
  const [row] = await sql<{ first: string }[]>`
    update analyses set first_read =
      case when coalesce(first_read, ${layer}) = ${layer} then ${layer} else '' end
    where digest = ${image} and attempt = ${attempt} and state = 'analyzing'
    returning first_read as first`;
  return row?.first === layer;
}

/**
 * Takes what an attempt tells of the first layer it read. Returns whether its document is wanted:
 * another one agrees, and nobody has handed it over yet.
 */
export async function noteWitness(
  sql: Sql,
  { image, attempt, repository }: Witness,
  { layer, analyzers }: LayerKey,
  document: string,
): Promise<boolean> {
  return await sql.begin(async (tx) => {
    const rows = await tx`
      insert into layer_witnesses (layer, analyzers, image, repository, document)
      select ${layer}, ${analyzers}, digest, ${repository}, ${document} from analyses
      where digest = ${image} and attempt = ${attempt} and state = 'analyzing'
        and first_read = ${layer}
      on conflict (layer, analyzers, image) do update set document = case
        when layer_witnesses.document = excluded.document then excluded.document
        -- One that changes its mind agrees with nobody.
        else '' end
      returning document`;
    if (rows.length === 0) return false;
    const [told] = await tx<{ documents: number; repositories: number; stored: boolean }[]>`
      select count(distinct document)::int as documents,
        count(distinct repository)::int as repositories,
        exists (select from layer_documents
          where layer = ${layer} and analyzers = ${analyzers}) as stored
      from layer_witnesses where layer = ${layer} and analyzers = ${analyzers}`;
    if (told === undefined) return false;
    if (told.documents > 1) {
      await forgetDisputed(tx, { layer, analyzers }, image);
      return false;
    }
    return told.repositories > 1 && !told.stored;
  });
}

/** None of the documents that contradict each other is used; told once for each that joins. */
async function forgetDisputed(
  sql: Queryable,
  { layer, analyzers }: LayerKey,
  image: string,
): Promise<void> {
  await sql`delete from layer_documents where layer = ${layer} and analyzers = ${analyzers}`;
  await recordEvent(sql, {
    account: 'admin',
    type: 'system.layers.disputed',
    level: 'error',
    resourceType: 'image_digest',
    resource: image,
    message: `Analyses contradict each other about the layer ${layer}: it is read anew each time.`,
    details: { layer },
  });
}

/** Keeps the document that those who told of a layer agree on; any other one is passed over. */
export async function keepLayer(
  sql: Queryable,
  { layer, analyzers }: LayerKey,
  { document, body }: StoredLayer,
): Promise<void> {
  await sql`
    insert into layer_documents (layer, analyzers, document, body)
    select ${layer}, ${analyzers}, ${document}, ${body}::bytea
    from layer_witnesses where layer = ${layer} and analyzers = ${analyzers}
    having count(distinct repository) > 1 and min(document) = ${document}
      and max(document) = ${document}
    on conflict (layer, analyzers) do nothing`;
}

/** Forgets documents nobody has used for so many days, and old words about layers without one. */
export async function forgetLayers(sql: Queryable, days: number): Promise<void> {
  await sql`delete from layer_documents where used_at < now() - ${days} * interval '1 day'`;
  await sql`
    delete from layer_witnesses w where told_at < now() - ${days} * interval '1 day'
      and not exists (select from layer_documents d
        where d.layer = w.layer and d.analyzers = w.analyzers)`;
}
