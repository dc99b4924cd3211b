/**
 * Linux kernels and their modules: the boot image's header (kernel documentation, "The Linux/x86 Boot
 * Protocol" and "Booting AArch64 Linux"), and the section `.modinfo` of modules, whose texts modinfo(8)
 * shows.
 *
 * @module
 */
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { openExecutable, sectionNamed } from '../executables/index.ts';
import { findVersion } from './binaries/marker.ts';
import { bounded } from './bounded.ts';
import type { CatalogedFile, Cataloger, FoundPackage } from './types.ts';
import { CatalogError } from './types.ts';

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
const BANNER = {
  anchor: 'Linux version ',
  version: /^Linux version ([0-9]+\.[0-9]+\.[0-9]+[^\s\0]*) \(/,
};

/** Catalogs kernels, and those of their modules that have a version of their own. */
export const linuxKernel: Cataloger = { name: 'linux-kernel', version: 1, wants, parse };

function wants(path: string): boolean {
  return isModule(path) || isImage(path);
}

function isModule(path: string): boolean {
  return path.endsWith('.ko') || path.endsWith('.ko.gz') || path.endsWith('.ko.zst');
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
  const version = setupRelease(image) ?? findVersion(image, [BANNER]);
  return bounded({ type: 'generic', name: 'linux-kernel', version: version ?? '', licenses: [] });
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
 * A module that came with its kernel and has no version of its own is a part of the kernel, and no
 * package. One built apart without a version is of the kernel that it was built for.
 */
function moduleOf(content: Buffer): FoundPackage | undefined {
  const executable = openExecutable(content);
  const section = executable && sectionNamed(executable, '.modinfo');
  if (section === undefined) {
    // The suffix is that of Korean texts, too.
    return undefined;
  }
  const values = infoOf(section);
  const [builtFor = ''] = (values.get('vermagic') ?? '').split(' ', 1);
  const version = values.get('version') || (values.get('intree') === 'Y' ? '' : builtFor);
  return bounded({
    type: 'generic',
    name: values.get('name') ?? '',
    version,
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

/** The content without gzip or zstd; anything else as it is. */
function decompressed(content: Buffer): Buffer {
  const maxOutputLength = Math.min(
    SIZE_LIMIT,
    Math.max(1024 * 1024, content.length * EXPANSION_LIMIT),
  );
  const magic = content.length < 4 ? 0 : content.readUInt32BE(0);
  try {
    if (magic >>> 16 === 0x1f8b) {
      return gunzipSync(content, { maxOutputLength });
    }
    if (magic === 0x28b52ffd) {
      return zstdDecompressSync(content, { maxOutputLength });
    }
  } catch {
    throw new CatalogError(`cannot be decompressed to at most ${maxOutputLength} bytes`);
  }
  return content;
}
