/**
 * Software bills of materials: an image and its packages in formats that other tools read.
 *
 * @module
 */
import { cycloneDx } from './cyclonedx.ts';
import { slug } from './identity.ts';
import { native } from './native.ts';
import { imageName } from './purls.ts';
import { spdx } from './spdx.ts';
import type { ExportedImage } from './types.ts';

export { cpesOf } from './cpes.ts';
export type { ExportedImage } from './types.ts';

/** A document as bytes travel. */
export interface Sbom {
  readonly contentType: string;
  /** Letters, digits, dots and hyphens. */
  readonly fileName: string;
  readonly text: string;
}

interface Format {
  readonly contentType: string;
  readonly ending: string;
  readonly document: (image: ExportedImage) => object;
}

const FORMATS: Readonly<Record<string, Format>> = {
  cyclonedx: {
    contentType: 'application/vnd.cyclonedx+json; version=1.6',
    ending: 'cdx.json',
    document: cycloneDx,
  },
  spdx: { contentType: 'application/spdx+json', ending: 'spdx.json', document: spdx },
  native: { contentType: 'application/json', ending: 'json', document: native },
};

/** Names of the formats. */
export const SBOM_FORMATS: readonly string[] = Object.keys(FORMATS);

/** Writes an image in a format of `SBOM_FORMATS`; undefined where there is no such format. */
export function writeSbom(format: string, image: ExportedImage): Sbom | undefined {
  const found = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (found === undefined) return undefined;
  const hash = image.digest.slice(image.digest.indexOf(':') + 1, image.digest.indexOf(':') + 13);
  const name = [slug(imageName(image)), hash].filter((part) => part !== '').join('-');
  return {
    contentType: found.contentType,
    fileName: `${name}.${found.ending}`,
    text: JSON.stringify(found.document(image)),
  };
}
