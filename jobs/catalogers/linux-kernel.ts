/**
 * Linux kernels and their modules: the boot image's header (kernel documentation, "The Linux/x86 Boot
 * Protocol" and "Booting AArch64 Linux"), and the section `.modinfo` of modules that were built apart
 * from their kernel, whose texts modinfo(8) shows.
 *
 * @module
 */
import { gunzipSync } from 'node:zlib';
import { isExecutable, openExecutables, sectionNamed } from '../formats/executables/index.ts';
import { findVersion } from './binaries/marker.ts';
import { bounded } from './bounded.ts';
import {
  type CatalogedFile,
  type Cataloger,
  CatalogError,
  type FoundPackage,
  PROGRAM,
} from './types.ts';

const IMAGE = /^(?:vmlinuz|bzImage)(?:[-.][^/]*)?$/;
/** Decompressed bytes of a module or an image. */
const SIZE_LIMIT = 96 * 1024 * 1024;
/** How much larger they may be than the file, above the first MiB; real ones are below 20. */
const EXPANSION_LIMIT = 100;
const INFO_LIMIT = 1024 * 1024;
const RELEASE_LIMIT = 256;
/** The setup header of x86: its signature, the offset of the release, both from the file's start. */
const SETUP_SIGNATURE = 0x202;
const SETUP_RELEASE = 0x20e;
const SETUP_BASE = 0x200;
/** The magic number in the header of images for AArch64. */
const AARCH64_AT = 56;
const BANNER = {
  anchor: 'Linux version ',
  version: /^Linux version ([0-9]+\.[0-9]+\.[0-9]+[^\s\0]*) \(/,
};

/** Catalogs kernels, and modules from elsewhere that have a version. */
export const linuxKernel: Cataloger = {
  name: 'linux-kernel',
  version: 1,
  alone: true,
  wants,
  parse,
};

function wants(path: string): boolean {
  return isModule(path) || isImage(path);
}

function isModule(path: string): boolean {
  return path.endsWith('.ko') || path.endsWith('.ko.gz');
}

function isImage(path: string): boolean {
  const start = path.lastIndexOf('/') + 1;
  return (path.startsWith('vmlinuz', start) || path.startsWith('bzImage', start)) &&
    IMAGE.test(path.slice(start));
}

function parse({ path, content }: CatalogedFile): readonly FoundPackage[] {
  const found = isModule(path) ? moduleOf(decompressed(content)) : kernelOf(decompressed(content));
  return found === undefined ? [] : [found];
}

function kernelOf(image: Buffer): FoundPackage | undefined {
  const version = setupRelease(image) ??
    (isBootable(image) ? findVersion(image, [BANNER]) : undefined);
  return bounded({ type: PROGRAM, name: 'linux-kernel', version: version ?? '', licenses: [] });
}

/** Whether a file can be an image: logs of a boot begin with the same words as its kernel. */
function isBootable(image: Buffer): boolean {
  return isExecutable(image) || image.toString('latin1', AARCH64_AT, AARCH64_AT + 4) === 'ARM\x64';
}

/** The first word of the text that the header points to: `6.1.0-9-amd64 (BUILDER) #1 SMP ...`. */
function setupRelease(image: Buffer): string | undefined {
  if (image.length < SETUP_RELEASE + 2 || image.readUInt32BE(SETUP_SIGNATURE) !== 0x48647253) {
    return undefined;
  }
  const at = SETUP_BASE + image.readUInt16LE(SETUP_RELEASE);
  return /^[0-9]+\.[0-9]+[^\s\0]*/.exec(image.toString('latin1', at, at + RELEASE_LIMIT))?.[0];
}

/**
 * A module that came with its kernel is a part of the kernel, and no package, whatever version its
 * authors gave it.
 */
function moduleOf(content: Buffer): FoundPackage | undefined {
  const [executable] = openExecutables(content);
  const section = executable && sectionNamed(executable, '.modinfo');
  if (section === undefined) {
    // The suffix is that of Korean texts, too.
    return undefined;
  }
  const values = infoOf(section);
  return values.get('intree') === 'Y' ? undefined : bounded({
    type: PROGRAM,
    name: values.get('name') ?? '',
    version: values.get('version') ?? '',
    licenses: [values.get('license') ?? ''].filter((text) => text !== ''),
    origin: values.get('author'),
  });
}

/** `KEY=VALUE` texts, each ended by NUL; of a key given twice the first counts. */
function infoOf(section: Buffer): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const text of section.toString('utf8', 0, INFO_LIMIT).split('\0')) {
    const equals = text.indexOf('=');
    const key = text.slice(0, Math.max(equals, 0));
    if (key !== '' && !values.has(key)) {
      values.set(key, text.slice(equals + 1).trim());
    }
  }
  return values;
}

/** The content without gzip; anything else as it is. */
function decompressed(content: Buffer): Buffer {
  if (content.length < 2 || content.readUInt16BE(0) !== 0x1f8b) {
    return content;
  }
  const maxOutputLength = Math.min(
    SIZE_LIMIT,
    Math.max(1024 * 1024, content.length * EXPANSION_LIMIT),
  );
  try {
    return gunzipSync(content, { maxOutputLength });
  } catch {
    throw new CatalogError(`cannot be decompressed to at most ${maxOutputLength} bytes`);
  }
}
