/**
 * Bounds of bundles: beyond all feeds that there are, within what a core has.
 *
 * @module
 */
import { TidewaiterError } from '../../errors.ts';

/** Bytes of a bundle as it lies on disk. */
export const LARGEST_BUNDLE = 8 * 1024 ** 3;
/** Bytes of what is in it. */
export const MOST_CONTENT = 64 * 1024 ** 3;
/** Of its manifest and its signature. */
export const LARGEST_MANIFEST = 16 * 1024 ** 2;
export const LARGEST_SIGNATURE = 4096;
/** Of one group: what the size in a tar header has room for. */
export const LARGEST_GROUP = 8 * 1024 ** 3 - 1;
/** Groups, whose files have names of four digits. */
export const MOST_GROUPS = 9999;
/** Bytes of one record. */
export const LONGEST_LINE = 32 * 1024 ** 2;

/** The failure of a bundle that is not what its format asks for; `reason` follows "it" or a name. */
export function malformedBundle(reason: string, cause?: unknown): TidewaiterError {
  return new TidewaiterError(
    'feed_bundle_malformed',
    400,
    `The bundle of feeds cannot be read: ${reason}; copy it again, or export it anew.`,
    { cause },
  );
}
