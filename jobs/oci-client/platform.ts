/**
 * Chooses one image of an index for a platform (OCI image specification 1.1, "Image Index"), with
 * the normal forms that container runtimes use for architectures and variants.
 *
 * @module
 */

import { OciError, printable } from './errors.ts';
import type { Descriptor, Index, Platform } from './types.ts';

const ARCHITECTURES: ReadonlyMap<string, readonly [architecture: string, variant: string]> =
  new Map([
    ['x86_64', ['amd64', '']],
    ['x86-64', ['amd64', '']],
    ['aarch64', ['arm64', '']],
    ['i386', ['386', '']],
    ['armhf', ['arm', 'v7']],
    ['armel', ['arm', 'v6']],
  ]);

/** The variant that an architecture has when none is written. */
const BASE_VARIANTS: ReadonlyMap<string, string> = new Map([
  ['amd64', 'v1'],
  ['arm64', 'v8'],
  ['arm', 'v7'],
]);

const MAX_SHOWN = 20;

/** See `normalizePlatform`. */
export interface NormalPlatform extends Platform {
  readonly variant: string;
}

/** A platform as its users write it: `linux/arm/v7`. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  const written = [os || 'unknown', architecture || 'unknown', ...(variant ? [variant] : [])];
  return printable(written.join('/'), 80);
}

/** A platform with one spelling per meaning; the variant may be the empty string. */
export function normalizePlatform(platform: Platform): NormalPlatform {
  const written = platform.architecture.toLowerCase();
  const [architecture, implied] = ARCHITECTURES.get(written) ?? [written, ''];
  const variant = (platform.variant ?? '').toLowerCase() || implied ||
    (BASE_VARIANTS.get(architecture) ?? '');
  const os = platform.os.toLowerCase();
  return { os, architecture, variant: /^[0-9]/.test(variant) ? `v${variant}` : variant };
}

/** Whether an image built for `built` runs on exactly the operating system and architecture wanted. */
export function isSameArchitecture(built: Platform, wanted: Platform): boolean {
  const a = normalizePlatform(built);
  const b = normalizePlatform(wanted);
  return a.os === b.os && a.architecture === b.architecture;
}

/**
 * The entry for a platform: with the same variant, else with the highest one below it. Where no
 * entry says what it is for and there is only one, that one, for its configuration to be checked.
 *
 * @throws {OciError} `platform_not_found`, listing the platforms there are.
 */
export function choosePlatform(index: Index, wanted: Platform): Descriptor {
  const images = index.manifests.filter((entry) => !isAttestation(entry));
  const target = normalizePlatform(wanted);
  let best: Descriptor | undefined;
  let bestVersion = -1;
  for (const entry of images) {
    const version = entry.platform ? fitness(normalizePlatform(entry.platform), target) : -1;
    if (version > bestVersion) [best, bestVersion] = [entry, version];
  }
  if (best !== undefined) return best;
  const [only] = images;
  if (images.length === 1 && only !== undefined && only.platform === undefined) return only;
  throw notFound(images, wanted);
}

/** How well an entry fits: -1 for not at all, higher for a closer variant. */
function fitness(built: NormalPlatform, target: NormalPlatform): number {
  if (built.os !== target.os || built.architecture !== target.architecture) return -1;
  if (built.variant === target.variant) return Number.MAX_SAFE_INTEGER;
  const has = versionOf(built.variant);
  const wants = versionOf(target.variant);
  return has !== undefined && wants !== undefined && has < wants ? has : -1;
}

function versionOf(variant: string): number | undefined {
  const match = /^v([0-9]{1,2})$/.exec(variant);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

/** Entries that BuildKit adds beside images: provenance and package lists. */
function isAttestation({ platform, annotations }: Descriptor): boolean {
  return (platform?.os === 'unknown' && platform.architecture === 'unknown') ||
    annotations?.['vnd.docker.reference.type'] === 'attestation-manifest';
}

function notFound(images: readonly Descriptor[], wanted: Platform): OciError {
  const names = new Set(images.map(({ platform }) => platform ? formatPlatform(platform) : '?'));
  const shown = [...names].slice(0, MAX_SHOWN).join(', ');
  const more = names.size > MAX_SHOWN ? ` and ${names.size - MAX_SHOWN} more` : '';
  const has = shown === '' ? 'no images at all' : `images for ${shown}${more}`;
  return new OciError(
    'platform_not_found',
    `The index has no image for ${
      formatPlatform(wanted)
    } but ${has}; build one for it or ask for another platform.`,
  );
}
