/**
 * What a software bill of materials is made of.
 *
 * @module
 */
import type { Distribution, Package, ReportHead } from '../../jobs/contract/index.ts';

/** An analysed image as documents tell of it. */
export interface ExportedImage {
  /** Digest of the manifest. */
  readonly digest: string;
  /** Hex of the configuration's digest. */
  readonly imageId: string;
  /** Names it goes by, such as `docker.io/library/alpine:3.20`, the most telling first. */
  readonly references: readonly string[];
  readonly architecture: string;
  readonly os: string;
  readonly distribution: Distribution | null;
  /** Bytes of all uncompressed layers. */
  readonly size: number;
  readonly layers: ReportHead['layers'];
  /** When it was analysed: ISO 8601 in UTC. */
  readonly analyzedAt: string;
  readonly packages: readonly Package[];
  /** Version of the product that writes the document. */
  readonly productVersion: string;
}
