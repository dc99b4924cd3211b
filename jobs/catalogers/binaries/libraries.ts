/**
 * Libraries that images have without a package manager, with the places where each shows its version.
 *
 * @module
 */
import type { Program } from './product.ts';
import { cpe } from './product.ts';

/** Those that are found by bytes of the library. */
export const LIBRARIES: readonly Program[] = [
  {
    name: 'libcurl',
    file: /^libcurl(?:-gnutls|-nss)?\.so\.[0-9.]+$/,
    markers: [{ anchor: 'libcurl/', version: /^libcurl\/([0-9]+\.[0-9]+\.[0-9]+(?:-[A-Z]+)?)\0/ }],
    cpe: cpe('haxx', 'libcurl'),
  },
  {
    name: 'expat',
    file: /^libexpatw?\.so\.[0-9.]+$/,
    markers: [{ anchor: 'expat_', version: /^expat_([0-9]+\.[0-9]+\.[0-9]+)\0/ }],
    cpe: cpe('libexpat_project', 'libexpat'),
  },
  {
    name: 'glibc',
    file: /^(?:libc\.so\.6(?:\.1)?|libc-2\.[0-9]+\.so)$/,
    markers: [{
      anchor: ' release version ',
      version: /^ release version ([0-9]+\.[0-9]+(?:\.[0-9]+)?)[.,]/,
    }],
    cpe: cpe('gnu', 'glibc'),
  },
  {
    name: 'libpng',
    file: /^libpng[0-9]+\.so\.[0-9.]+$/,
    markers: [{
      anchor: 'libpng version ',
      version: /^libpng version ([0-9]+\.[0-9]+\.[0-9]+)[\n -]/,
    }],
    cpe: cpe('libpng'),
  },
  {
    name: 'musl',
    file: /^(?:ld-musl-[a-z0-9_]+\.so\.1|libc\.musl-[a-z0-9_]+\.so\.1|libc\.so)$/,
    // The text that shows it has it as a parameter; no other string of the library is a version.
    markers: [{
      anchor: '1.',
      before: 1,
      version: /^[^0-9A-Za-z._](1\.[0-9]+\.[0-9]+)\0/,
    }],
    cpe: cpe('musl-libc', 'musl'),
  },
  {
    name: 'xz',
    file: /^liblzma\.so\.[0-9.]+$/,
    markers: [{
      anchor: '5.',
      before: 1,
      version: /^[^0-9A-Za-z._](5\.[0-9]+\.[0-9]+(?:alpha|beta)?)\0/,
    }],
    cpe: cpe('tukaani', 'xz'),
  },
  {
    name: 'zlib',
    file: /^libz\.so\.[0-9.]+$/,
    markers: [{
      anchor: ' deflate ',
      version: /^ deflate ([0-9]+\.[0-9]+(?:\.[0-9]+){0,2}) Copyright /,
    }],
    cpe: cpe('zlib'),
  },
];
