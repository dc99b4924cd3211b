/**
 * The product's own document: all that an analysis keeps of an image, in the words of the contract
 * between core and Jobs.
 *
 * @module
 */
import type { Distribution, Package } from '../../jobs/contract/index.ts';
import { namedPackages } from './identity.ts';
import type { ExportedImage } from './types.ts';

/** A document, to be written as JSON. Its format changes with `version`, never within one. */
export interface NativeDocument {
  readonly kind: 'tidewaiter-sbom';
  readonly version: 1;
  readonly generator: { readonly name: 'tidewaiter'; readonly version: string };
  readonly image: Omit<
    ExportedImage,
    'distribution' | 'layers' | 'packages' | 'productVersion'
  >;
  readonly distribution: Distribution | null;
  /** The lowest first. */
  readonly layers: ExportedImage['layers'];
  readonly packages: readonly Package[];
}

/** The document of an image: equal images give equal ones. */
export function native(exported: ExportedImage): NativeDocument {
  const { distribution, layers, packages, productVersion, ...image } = exported;
  return {
    kind: 'tidewaiter-sbom',
    version: 1,
    generator: { name: 'tidewaiter', version: productVersion },
    image,
    distribution,
    layers,
    packages: namedPackages(packages).map(({ found }) => found),
  };
}
