/**
 * Package documents of locally made analyses: JSON of Syft, of its older versions as well. Pure.
 *
 * @module
 */
import { z } from 'zod';
import type { Distribution, Package } from '../../jobs/contract/index.ts';
import { clean } from '../../jobs/contract/text.ts';
import { TidewaiterError } from '../errors.ts';
import { distributionOf } from '../vulnerabilities/inventory/distribution.ts';
import { parsedJson } from '../vulnerabilities/inventory/json.ts';
import { Artifact, type Layers, packageOfArtifact } from './artifacts.ts';

const Optional = z.string().nullish().catch(undefined);
const Size = z.int().nonnegative().nullish().catch(undefined);

const Target = z.object({
  manifestDigest: Optional,
  imageSize: Size,
  layers: z.array(z.object({ digest: z.string(), size: z.int().nonnegative() })).nullish()
    .catch(undefined),
}).nullish().catch(undefined);

const Document = z.object({
  artifacts: z.array(z.unknown()),
  distro: z.object({
    id: Optional,
    name: Optional,
    version: Optional,
    versionID: Optional,
    idLike: z.union([z.string(), z.array(z.string())]).nullish().catch(undefined),
  }).nullish().catch(undefined),
  // Older documents have a target where newer ones have metadata.
  source: z.object({ target: Target, metadata: Target }).nullish().catch(undefined),
  artifactRelationships: z.array(z.unknown()).nullish().catch(undefined),
});
type Document = z.infer<typeof Document>;

const Relationship = z.object({ parent: z.string(), child: z.string(), type: z.string() });
/** A package whose files a package of the distribution has brought. */
const OWNERSHIP = 'ownership-by-file-overlap';
const DISTRIBUTED: ReadonlySet<string> = new Set(['alpm', 'apk', 'deb', 'portage', 'rpm']);

/** As many as a report may have. */
const MOST_PACKAGES = 200_000;
const SHOWN_LENGTH = 200;

/** A package that is left out. */
export interface LeftOut {
  readonly entry: string;
  readonly reason: string;
}

/** What a package document says. */
export interface ImportedPackages {
  readonly packages: readonly Package[];
  readonly distribution: Distribution | null;
  readonly leftOut: readonly LeftOut[];
  /** Digest of the image that it is of, where it tells. */
  readonly manifestDigest: string | undefined;
  /** Bytes of all uncompressed layers, and of each by its diffID, where it tells. */
  readonly size: number | undefined;
  readonly sizes: ReadonlyMap<string, number>;
}

function invalid(reason: string): TidewaiterError {
  return new TidewaiterError(
    'import_invalid',
    400,
    `The package document ${reason}: upload the JSON that Syft writes.`,
  );
}

/**
 * Reads a package document.
 *
 * @throws TidewaiterError `import_invalid`, `inventory_invalid` (400)
 */
export function readPackages(bytes: Uint8Array, layers: Layers): ImportedPackages {
  const text = new TextDecoder().decode(bytes);
  const parsed = Document.safeParse(parsedJson(text, 'of packages'));
  if (!parsed.success) throw invalid('has no list of artifacts');
  const { artifacts: items, distro, source } = parsed.data;
  if (items.length > MOST_PACKAGES) throw invalid(`has more than ${MOST_PACKAGES} artifacts`);
  const artifacts: Artifact[] = [];
  const leftOut: LeftOut[] = [];
  for (const item of items) {
    const artifact = Artifact.safeParse(item);
    if (artifact.success) artifacts.push(artifact.data);
    else leftOut.push({ entry: 'an artifact', reason: 'is none' });
  }
  const owners = ownersOf(parsed.data, artifacts);
  const packages: Package[] = [];
  for (const artifact of artifacts) {
    const found = packageOfArtifact(artifact, layers, owners.get(artifact.id ?? ''));
    if (!('problem' in found)) packages.push(found);
    else {leftOut.push({
        entry: clean(artifact.name.slice(0, SHOWN_LENGTH)),
        reason: found.problem,
      });}
  }
  const target = source?.target ?? source?.metadata;
  return {
    packages,
    distribution: distributionTold(distro),
    leftOut,
    manifestDigest: target?.manifestDigest || undefined,
    size: target?.imageSize ?? undefined,
    sizes: new Map((target?.layers ?? []).map(({ digest, size }) => [digest, size])),
  };
}

/** The id that os-release has comes before a name for people. */
function distributionTold(distro: Document['distro']): Distribution | null {
  if (distro === undefined || distro === null) return null;
  const like = [distro.idLike ?? []].flat().flatMap((word) => word.split(/[\s,]+/));
  const version = distro.versionID || distro.version || '';
  return distributionOf(distro.id || distro.name || '', version, like) ?? null;
}

/** Names of the distribution's packages that have brought others, by the ids of those. */
function ownersOf(
  { artifactRelationships }: Document,
  artifacts: readonly Artifact[],
): ReadonlyMap<string, string> {
  const distributed = new Map(
    artifacts.flatMap(({ id, name, type }) =>
      id && name !== '' && DISTRIBUTED.has(type) ? [[id, name] as const] : []
    ),
  );
  const owners = new Map<string, string>();
  for (const item of artifactRelationships ?? []) {
    const told = Relationship.safeParse(item);
    if (!told.success || told.data.type !== OWNERSHIP) continue;
    const { parent, child } = told.data;
    const name = distributed.get(parent);
    if (name !== undefined && !distributed.has(child)) owners.set(child, name);
  }
  return owners;
}
