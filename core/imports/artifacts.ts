/**
 * What a package document of Syft says of one package, in the shape in which reports have it. Pure.
 *
 * @module
 */
import { z } from 'zod';
import { Package } from '../../jobs/contract/index.ts';
import { clean } from '../../jobs/contract/text.ts';
import { packageOf, type ToldSource } from '../vulnerabilities/inventory/index.ts';

/** What is wrong in here costs what it says, not the package. */
const Optional = z.string().nullish().catch(undefined);
const List = z.array(z.unknown()).nullish().catch(undefined);

export const Artifact = z.object({
  id: Optional,
  name: z.string().catch(''),
  version: Optional,
  type: z.string().catch(''),
  locations: List,
  licenses: List,
  purl: Optional,
  metadata: z.object({
    source: Optional,
    sourceVersion: Optional,
    sourceRpm: Optional,
    originPackage: Optional,
    architecture: Optional,
    modularityLabel: Optional,
    maintainer: Optional,
    vendor: Optional,
    pomProperties: z.object({ groupId: Optional }).nullish().catch(undefined),
  }).nullish().catch(undefined),
});
export type Artifact = z.infer<typeof Artifact>;

const Location = z.object({ path: z.string(), layerID: Optional });
const License = z.union([z.string(), z.object({ value: z.string() }).transform((it) => it.value)]);

/** Types of package URLs for those that Syft has; used where a package comes without its URL. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['R-package', 'cran'],
  ['alpm', 'alpm'],
  ['apk', 'apk'],
  ['binary', 'generic'],
  ['bitnami', 'bitnami'],
  ['conan', 'conan'],
  ['conda', 'conda'],
  ['dart-pub', 'pub'],
  ['deb', 'deb'],
  ['dotnet', 'nuget'],
  ['erlang-otp', 'otp'],
  ['gem', 'gem'],
  ['go-module', 'golang'],
  ['hackage', 'hackage'],
  ['hex', 'hex'],
  ['java-archive', 'maven'],
  ['jenkins-plugin', 'maven'],
  ['lua-rocks', 'luarocks'],
  ['npm', 'npm'],
  ['php-composer', 'composer'],
  ['pod', 'cocoapods'],
  ['portage', 'ebuild'],
  ['python', 'pypi'],
  ['rpm', 'rpm'],
  ['rust-crate', 'cargo'],
  ['swift', 'swift'],
]);

/** Why a package is left out. */
export interface Unreadable {
  readonly problem: string;
}

/** Layers of the image, by the digests that Syft names them by. */
export interface Layers {
  readonly byDiffId: ReadonlyMap<string, Package['layer']>;
  /** Of what is found in none that the image has. */
  readonly fallback: Package['layer'];
}

/** A package as a report has it, or why there is none. */
export function packageOfArtifact(
  artifact: Artifact,
  layers: Layers,
  owner: string | undefined,
): Package | Unreadable {
  const purl = artifact.purl || builtPurl(artifact);
  if (purl === undefined) return { problem: 'has no package URL, and a type that is not known' };
  const metadata = artifact.metadata ?? {};
  const found = packageOf(purl, {
    names: [artifact.name],
    version: artifact.version ?? undefined,
    architecture: metadata.architecture ?? undefined,
    source: toldSource(metadata),
    module: metadata.modularityLabel ?? undefined,
  });
  if ('problem' in found) return found;
  const { module, distribution: _, ...known } = found;
  const place = placeOf(artifact, layers);
  const parsed = Package.safeParse({
    ...known,
    purl: module === undefined ? known.purl : withModule(known.purl, module),
    licenses: licensesOf(artifact),
    origin: metadata.maintainer || metadata.vendor || undefined,
    owner,
    ...place,
  });
  return parsed.success ? parsed.data : { problem: 'has a text that is too long, or is none' };
}

/** The package URL that would stand for a package; undefined for a type that is not known. */
function builtPurl({ type, name, version, metadata }: Artifact): string | undefined {
  const known = TYPES.get(type);
  if (known === undefined || name === '') return undefined;
  const group = known === 'maven' ? metadata?.pomProperties?.groupId : undefined;
  const path = [...(group ? [group] : []), ...name.split('/')].map(encoded).join('/');
  return `pkg:${known}/${path}@${encoded(version ?? '')}`;
}

/** Half a character has no encoding. */
function encoded(text: string): string {
  return encodeURIComponent(clean(text));
}

function toldSource(metadata: NonNullable<Artifact['metadata']>): ToldSource | undefined {
  const { sourceRpm, source, originPackage, sourceVersion } = metadata;
  if (sourceRpm) return { file: sourceRpm };
  const name = source || originPackage;
  return name ? { name, version: sourceVersion || undefined } : undefined;
}

/** The module of an rpm is told by its package URL alone. */
function withModule(purl: string, module: string): string {
  if (/[?&](?:rpmmod|modularitylabel)=/.test(purl)) return purl;
  const [locator = '', ...rest] = purl.split('#');
  const sign = locator.includes('?') ? '&' : '?';
  return [`${locator}${sign}rpmmod=${encoded(module)}`, ...rest].join('#');
}

function licensesOf({ licenses }: Artifact): string[] {
  return (licenses ?? []).flatMap((item) => {
    const license = License.safeParse(item);
    return license.success && license.data !== '' ? [license.data] : [];
  });
}

/** The first place of a package, and the layer that has it. */
function placeOf(
  { locations }: Artifact,
  { byDiffId, fallback }: Layers,
): Pick<Package, 'location' | 'layer'> {
  for (const item of locations ?? []) {
    const location = Location.safeParse(item);
    if (!location.success) continue;
    const { path, layerID } = location.data;
    return {
      location: path.startsWith('/') ? path : `/${path}`,
      layer: byDiffId.get(layerID ?? '') ?? fallback,
    };
  }
  return { location: '/', layer: fallback };
}
