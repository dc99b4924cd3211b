/**
 * What the tables of known programs and libraries are made of.
 *
 * @module
 */
import type { Marker } from './marker.ts';

/** Names in the official CPE dictionary, by which the NVD lists vulnerabilities. */
export interface CpeProduct {
  readonly vendor: string;
  readonly product: string;
}

/**
 * One kind of program or library. Its strings end in NUL; linkers let one be the tail of another, so
 * that NUL need not be before one.
 */
export interface Program {
  readonly name: string;
  /** Last segments of the paths where it may be. */
  readonly file: RegExp;
  /** Of which `$1` in an anchor is the first group of the file's name. */
  readonly markers: readonly Marker[];
  readonly cpe: CpeProduct;
}

/** A product; most vendors are called like their product. */
export function cpe(vendor: string, product: string = vendor): CpeProduct {
  return { vendor, product };
}
