/**
 * What the header of an installed rpm package says of it.
 *
 * @module
 */
import { bounded } from '../bounded.ts';
import type { FoundPackage } from '../types.ts';
import { type FileAllowance, ownedPaths } from './files.ts';
import { type Header, TAGS } from './header.ts';

/** How rpm writes a value that is not there, in some headers in the value's place. */
const NONE = '(none)';
/** `NAME-VERSION-RELEASE.src.rpm`, or `.nosrc.rpm` of a package whose sources must not be given on. */
const SOURCE_FILE = /^(.+)-([^-]+)-([^-]+)\.[^.]+\.rpm$/;
const LABEL_LIMIT = 256;

/**
 * The package of a header; undefined where it has no name, version or release. The version is
 * `[EPOCH:]VERSION-RELEASE`, without an epoch of zero, which rpm takes for none. The files count
 * against the allowance, and are left out beyond it.
 */
export function packageOf(header: Header, allowance: FileAllowance): FoundPackage | undefined {
  const name = header.text(TAGS.name);
  const [version, release] = [header.text(TAGS.version), header.text(TAGS.release)];
  if (version === '' || release === '') {
    return undefined;
  }
  const epoch = header.integer(TAGS.epoch) ?? 0;
  const license = optional(header, TAGS.license);
  return bounded({
    type: 'rpm',
    name,
    version: withEpoch(epoch, `${version}-${release}`),
    architecture: optional(header, TAGS.arch),
    source: sourceOf(optional(header, TAGS.sourceRpm), name, `${version}-${release}`, epoch),
    licenses: license === undefined ? [] : [license],
    origin: optional(header, TAGS.vendor),
    size: sizeOf(header),
    qualifiers: qualifiersOf(epoch, optional(header, TAGS.modularityLabel)),
    owns: ownedPaths(header, allowance),
  });
}

function withEpoch(epoch: number, version: string): string {
  return epoch === 0 ? version : `${epoch}:${version}`;
}

function optional(header: Header, tag: number): string | undefined {
  const text = header.text(tag);
  return text === '' || text === NONE ? undefined : text;
}

/**
 * The source package by the name of its file, which has no epoch: a package of the source's own
 * version has the source's epoch as well.
 */
function sourceOf(
  file: string | undefined,
  name: string,
  version: string,
  epoch: number,
): FoundPackage['source'] {
  const [, sourceName = '', sourceVersion, sourceRelease] = SOURCE_FILE.exec(file ?? '') ?? [];
  if (sourceName === '') {
    return undefined;
  }
  const written = `${sourceVersion}-${sourceRelease}`;
  if (written !== version) {
    return { name: sourceName, version: written };
  }
  return sourceName === name ? undefined : { name: sourceName, version: withEpoch(epoch, written) };
}

/** Packages of 4 GiB and more have only the long size. */
function sizeOf(header: Header): number | undefined {
  const size = header.integer(TAGS.longSize) ?? header.integer(TAGS.size);
  return Number.isSafeInteger(size) ? size : undefined;
}

/** The module that a package belongs to is `NAME:STREAM:VERSION:CONTEXT[:ARCH]`. */
function qualifiersOf(epoch: number, label: string | undefined): FoundPackage['qualifiers'] {
  const qualifiers = {
    ...(epoch === 0 ? {} : { epoch: String(epoch) }),
    ...(label === undefined || label.length > LABEL_LIMIT ? {} : { rpmmod: label }),
  };
  return Object.keys(qualifiers).length === 0 ? undefined : qualifiers;
}
