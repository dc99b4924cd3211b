/**
 * Names and order of what documents hold: equal images give equal ones.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Package } from '../../jobs/contract/index.ts';
import type { ExportedImage } from './types.ts';

/** A package with a name of its own in its document. */
export interface NamedPackage {
  /** Letters, digits, dots and hyphens, as SPDX takes them. */
  readonly id: string;
  readonly found: Package;
}

const SLUG_LIMIT = 60;

/**
 * Packages in a fixed order, each with an id that says type and name and depends on package URL,
 * place and layer alone. Where those are equal, too, ids are numbered.
 */
export function namedPackages(packages: readonly Package[]): NamedPackage[] {
  const keyed = packages.map((found) => {
    const { type, name, version, location, purl, layer } = found;
    const key = [type, name, version, location, purl, layer].join('\0');
    return { found, key, text: `${key}\0${JSON.stringify(Object.entries(found).sort(byFirst))}` };
  }).sort((a, b) => order(a.text, b.text));
  const seen = new Map<string, number>();
  return keyed.map(({ found, key }) => {
    const id = `${slug(`${found.type}-${found.name}`)}-${hex(key).slice(0, 16)}`;
    const count = (seen.get(id) ?? 0) + 1;
    seen.set(id, count);
    return { id: count === 1 ? id : `${id}-${count}`, found };
  });
}

function byFirst([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return order(a, b);
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A text in letters, digits, dots and hyphens. */
export function slug(text: string): string {
  return text.replace(/[^A-Za-z0-9.]+/g, '-').slice(0, SLUG_LIMIT).replace(/^-|-$/g, '');
}

/** Hex of a text's SHA-256. */
export function hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * A UUID made of what a document is about: digest, time of the analysis, names, product version and
 * format. Version 8 (RFC 9562), as it is made with SHA-256.
 */
export function documentUuid(image: ExportedImage, format: string): string {
  const { digest, analyzedAt, references, productVersion } = image;
  const bytes = createHash('sha256')
    .update(JSON.stringify([format, digest, analyzedAt, references, productVersion])).digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
