/**
 * Fills a database with images that were analysed and judged.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { keepPackages, type SetLink } from '../../../core/catalog/packages.ts';
import type { Json, Sql } from '../../../core/database/connection.ts';
import { mulberry32 } from '../../core/policy/samples.ts';
import { applicationOf, type Base, type Real, updatedBase } from './images.ts';

const VERSIONS = 20;
const GENERATIONS = 10;
/** Images whose packages are kept together. */
const AT_ONCE = 50;
const TURNS_AT_ONCE = 3;

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

/** One version of several applications on one distribution. */
interface Turn {
  readonly base: Base;
  readonly applications: readonly number[];
  readonly version: number;
}

function turnsOf({ bases }: Real, images: number): readonly Turn[] {
  const applications = Array.from({ length: Math.ceil(images / VERSIONS) }, (_, at) => at);
  return [...Map.groupBy(applications, (application) => application % bases.length)]
    .flatMap(([place, own]) => {
      const base = bases[place];
      const chunks = Array.from(
        { length: Math.ceil(own.length / AT_ONCE) },
        (_, at) => own.slice(at * AT_ONCE, (at + 1) * AT_ONCE),
      );
      return base === undefined
        ? []
        : chunks.flatMap((chunk) =>
          Array.from({ length: VERSIONS }, (_, version): Turn => ({
            base,
            version,
            applications: chunk.filter((application) => application * VERSIONS + version < images),
          }))
        );
    });
}

/** Makes images and their packages; returns how many packages they have together. */
export async function fillCatalog(sql: Sql, real: Real, images: number): Promise<number> {
  const random = mulberry32(images);
  const bases = new Map<string, Promise<{ links: readonly SetLink[]; packages: number }>>();
  let packages = 0;
  const baseOf = (base: Base) => {
    const generation = Math.floor(random() * GENERATIONS);
    const name = `${base.name} ${generation}`;
    const known = bases.get(name) ?? (async () => {
      const system = updatedBase(base, generation);
      const links = await keepPackages(sql, system, base.distribution);
      return { links, packages: system.length };
    })();
    bases.set(name, known);
    return known;
  };
  const take = async ({ base, applications, version }: Turn): Promise<void> => {
    const own = applications.map((application) => ({
      application,
      found: applicationOf(real.pools, application, version),
    }));
    const above = await keepPackages(sql, own.flatMap(({ found }) => found), base.distribution);
    const layers = await sql<{ id: number; digest: string }[]>`
      select id, digest from layers where id = any(${[
      ...new Set(above.map((link) => link.layer)),
    ]})`;
    const ids = new Map(layers.map(({ id, digest }) => [digest, id]));
    const rows: ImageRow[] = [];
    for (const { application, found } of own) {
      const below = await baseOf(base);
      packages += below.packages + found.length;
      const image = application * VERSIONS + version;
      const digest = digestOf(`image ${image}`);
      const layer = ids.get(found[0]?.layer ?? '');
      rows.push({
        digest,
        fulltag: referenceOf(image),
        repository: `app-${application}`,
        tag: String(version),
        head: headOf(digest, base),
        links: [...below.links, ...above.filter((link) => link.layer === layer)],
      });
    }
    if (rows.length > 0) await putImages(sql, rows);
  };
  const turns = [...turnsOf(real, images)];
  const work = async () => {
    for (let turn = turns.pop(); turn !== undefined; turn = turns.pop()) await take(turn);
  };
  await Promise.all(Array.from({ length: TURNS_AT_ONCE }, work));
  await sql`
    analyze packages, subjects, package_sets, package_set_members, image_sets, images, tags,
      analyses, manifests`;
  return packages;
}

function headOf(digest: string, { distribution }: Base): Json {
  return {
    kind: 'head',
    version: 1,
    digest,
    analyzers: {},
    architecture: 'amd64',
    os: 'linux',
    distribution: { ...distribution, like: [] },
    size: 1,
    layers: [],
    history: [],
    dockerfile: 'FROM scratch\n',
  };
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
