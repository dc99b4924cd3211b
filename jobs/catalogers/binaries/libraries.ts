/**
 * Libraries that images have without a package manager, with the places where each shows its version.
 *
 * @module
 */
import type { Program } from './marker.ts';

/** Those that are found by bytes of the library. */
export const LIBRARIES: readonly Program[] = [
  {
    name: 'libcurl',
    file: /^libcurl(?:-gnutls|-nss)?\.so\.[0-9.]+$/,
    markers: [{ anchor: 'libcurl/', version: /^libcurl\/([0-9]+\.[0-9]+\.[0-9]+(?:-[A-Z]+)?)\0/ }],
  },
  {
    name: 'expat',
    file: /^libexpatw?\.so\.[0-9.]+$/,
    markers: [{ anchor: 'expat_', version: /^expat_([0-9]+\.[0-9]+\.[0-9]+)\0/ }],
  },
  {
    name: 'glibc',
    file: /^(?:libc\.so\.6(?:\.1)?|libc-2\.[0-9]+\.so)$/,
    markers: [{
      anchor: ' release version ',
      version: /^ release version ([0-9]+\.[0-9]+(?:\.[0-9]+)?)[.,]/,
    }],
  },
  {
    name: 'libpng',
    file: /^libpng[0-9]+\.so\.[0-9.]+$/,
    markers: [{
      anchor: 'libpng version ',
      version: /^libpng version ([0-9]+\.[0-9]+\.[0-9]+)[\n -]/,
    }],
  },
  {
    name: 'musl',
    file: /^(?:ld-musl-[a-z0-9_]+\.so\.1|libc\.musl-[a-z0-9_]+\.so\.1|libc\.so)$/,
    holds: 'musl libc (',
    // The text that shows it has it as a parameter; no other string of the library is a version.
    markers: [{
      anchor: '1.',
      before: 1,
      version: /^[^0-9A-Za-z._](1\.[0-9]+\.[0-9]+)\0/,
    }],
  },
  {
    name: 'xz',
    file: /^liblzma\.so\.[0-9.]+$/,
    holds: 'lzma_code',
    markers: [{
      anchor: '5.',
      before: 1,
      version: /^[^0-9A-Za-z._](5\.[0-9]+\.[0-9]+(?:alpha|beta)?)\0/,
    }],
  },
  {
    name: 'zlib',
    file: /^libz\.so\.[0-9.]+$/,
    markers: [{
      anchor: ' deflate ',
      version: /^ deflate ([0-9]+\.[0-9]+(?:\.[0-9]+){0,2}) Copyright /,
    }],
  },
];
