/**
 * Fills a database with images that were analysed and judged.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { keepPackages, type SetLink } from '../../../core/catalog/packages.ts';
import type { Json, Sql } from '../../../core/database/connection.ts';
import { applicationOf, type Real, seeded, updatedBase } from './images.ts';

const VERSIONS = 20;
const GENERATIONS = 10;
const ROWS_AT_ONCE = 500;
const AT_ONCE = 4;

interface ImageRow {
  readonly digest: string;
  readonly fulltag: string;
  readonly repository: string;
  readonly tag: string;
  readonly head: Json;
  readonly links: readonly SetLink[];
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** The reference of an image by its number. */
export function referenceOf(image: number): string {
  return `catalog.example/app-${Math.floor(image / VERSIONS)}:${image % VERSIONS}`;
}

/** Makes images and their packages; returns how many packages they have together. */
export async function fillCatalog(sql: Sql, real: Real, images: number): Promise<number> {
  const random = seeded(images);
  const bases = new Map<string, SetLink[]>();
  let packages = 0;
  let waiting: ImageRow[] = [];
  const one = async (image: number): Promise<void> => {
    const base = real.bases[Math.floor(random() * real.bases.length)];
    if (base === undefined) return;
    const generation = Math.floor(random() * GENERATIONS);
    const application = Math.floor(image / VERSIONS);
    const name = `${base.name} ${generation}`;
    const system = updatedBase(base, generation);
    const below = bases.get(name) ?? await keepPackages(sql, system, base.distribution);
    bases.set(name, below);
    const own = applicationOf(real.pools, application, image % VERSIONS);
    const above = await keepPackages(sql, own, base.distribution);
    packages += system.length + own.length;
    const digest = digestOf(`image ${image}`);
    waiting.push({
      digest,
      fulltag: referenceOf(image),
      repository: `app-${application}`,
      tag: String(image % VERSIONS),
      head: {
        kind: 'head',
        version: 1,
        digest,
        analyzers: {},
        architecture: 'amd64',
        os: 'linux',
        distribution: { ...base.distribution, like: [] },
        size: 1,
        layers: [],
        history: [],
        dockerfile: 'FROM scratch\n',
      },
      links: [...below, ...above],
    });
  };
  for (let image = 0; image < images;) {
    const some = Array.from({ length: Math.min(AT_ONCE, images - image) }, () => image++);
    await Promise.all(some.map(one));
    if (waiting.length >= ROWS_AT_ONCE || image >= images) {
      await putImages(sql, waiting);
      waiting = [];
    }
  }
  await sql`
    analyze packages, subjects, package_sets, package_set_members, image_sets, images, tags,
      analyses, manifests`;
  return packages;
}

async function putImages(sql: Sql, rows: readonly ImageRow[]): Promise<void> {
  const value = sql.json(rows as unknown as Json);
  await sql.begin(async (tx) => {
    await tx`
      create temporary table made on commit drop as
      select * from jsonb_to_recordset(${value}) as r(digest text, fulltag text, repository text,
        tag text, head jsonb, links jsonb)`;
    await tx`
      insert into manifests (digest, media_type, document, config, platform, compressed_size,
        layer_count)
      select digest, 'application/vnd.oci.image.manifest.v1+json', '{}', '{}',
        '{"os":"linux","architecture":"amd64"}', 1, 2
      from made`;
    await tx`
      insert into images (account, digest, image_id)
      select 'admin', digest, substr(digest, 8) from made`;
    await tx`
      insert into tags (account, registry, repository, tag, digest, fulltag)
      select 'admin', 'catalog.example', repository, tag, digest, fulltag from made`;
    await tx`
      insert into analyses (digest, state, lane, account, reference, source, head, analyzed_at,
        first_analyzed_at)
      select digest, 'analyzed', 1, 'admin', fulltag, '{}', head, now(), now() from made`;
    await tx`
      insert into image_sets (image, set, layer)
      select a.number, l.set, l.layer
      from made m
      join analyses a on a.digest = m.digest
      cross join jsonb_to_recordset(m.links) as l(set int, layer int)
      on conflict do nothing`;
  });
}

/** Has every image judged as one was: who measures the rest does not wait for all of them. */
export async function copyVerdicts(sql: Sql): Promise<void> {
  await sql`
    insert into verdicts (account, digest, fulltag, bundle, bundle_sha256, image_revision, action,
      result)
    select t.account, t.digest, t.fulltag, v.bundle, v.bundle_sha256, i.revision, v.action, v.result
    from tags t join images i using (account, digest)
    cross join (select * from verdicts limit 1) as v
    on conflict do nothing`;
  await sql`analyze verdicts`;
}
