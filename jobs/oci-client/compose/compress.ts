/**
 * Compresses layers with bytes that do not depend on clock or machine: gzip (RFC 1952), also in
 * several members, and zstd (RFC 8878).
 *
 * @module
 */

import { Buffer } from 'node:buffer';
import { gzipSync, zstdCompressSync } from 'node:zlib';

/** How a layer is compressed; `gzip-members` is gzip in several concatenated members. */
export type Compression = 'gzip' | 'gzip-members' | 'zstd' | 'none';

/** Most plain bytes of one member; parallel and seekable compressors use blocks like these. */
const MEMBER_BYTES = 64 * 1024;
/** Fewest members of an archive of some size, so that a reader who stops after one is caught. */
const MEMBERS = 3;
const OS_FIELD = 9;
const OS_UNKNOWN = 255;

/** Compresses an archive. */
export function compress(tar: Uint8Array, compression: Compression): Uint8Array {
  switch (compression) {
    case 'gzip':
      return gzip(tar);
    case 'gzip-members':
      return gzipMembers(tar);
    case 'zstd':
      return zstdCompressSync(tar);
    case 'none':
      return tar;
  }
}

function gzipMembers(tar: Uint8Array): Uint8Array {
  const step = Math.max(1, Math.min(MEMBER_BYTES, Math.ceil(tar.length / MEMBERS)));
  const members = [gzip(tar.subarray(0, step))];
  for (let at = step; at < tar.length; at += step) members.push(gzip(tar.subarray(at, at + step)));
  return Buffer.concat(members);
}

function gzip(bytes: Uint8Array): Uint8Array {
  const member = gzipSync(bytes);
  // zlib writes the time as 0, but names the operating system it was built for.
  member[OS_FIELD] = OS_UNKNOWN;
  return member;
}
