/**
 * The build information that Go's linker puts into every program (Go documentation, packages
 * `debug/buildinfo` and `runtime/debug`): the toolchain's version and, in module mode, a text that
 * names the modules. It is found in stripped programs, too.
 *
 * @module
 */
import type { Executable } from '../../formats/executables/index.ts';
import { bytesAt, sectionNamed } from '../../formats/executables/index.ts';

const MAGIC: Buffer = Buffer.from('\xff Go buildinf:', 'latin1');
const ALIGNMENT = 16;
const HEADER_SIZE = 32;
const FLAG_BIG_ENDIAN = 1;
/** Both strings follow the header (Go 1.18 and newer); before, the header pointed to them. */
const FLAG_INLINE = 2;
/** Around the module text stand 16 bytes each, by which a running program could find it. */
const SENTINEL = 16;
const VERSION_LIMIT = 1024;
const MODULES_LIMIT = 16 * 1024 * 1024;
/** Places that look like build information; programs that read such have the magic as data. */
const PLACE_LIMIT = 16;
/** Sections that only Go's linker makes. */
const GO_SECTION = /^(?:\.note\.go\.buildid|\.gopclntab|\.data\.rel\.ro\.gopclntab|__gopclntab)$/;

/** Both strings; `modules` is empty where the program was built without modules. */
export interface BuildInfo {
  /** As the toolchain calls itself: `go1.22.3`, `go1.21.0 X:boringcrypto`. */
  readonly version: string;
  readonly modules: string;
}

/** The build information of a program, or undefined where it is not Go's. */
export function readBuildInfo(executable: Executable): BuildInfo | undefined {
  for (const data of candidates(executable)) {
    for (const place of places(data)) {
      const info = infoAt(executable, place);
      if (info !== undefined) {
        return info;
      }
    }
  }
  return undefined;
}

/**
 * The section that is there for it, else the data that are loaded: PE files have no such section,
 * and the table of sections may have been cut off. Other programs are not searched.
 */
function* candidates(executable: Executable): Generator<Buffer> {
  const section = sectionNamed(executable, '.go.buildinfo') ??
    sectionNamed(executable, '__go_buildinfo');
  if (section !== undefined) {
    yield section;
  } else if (executable.format === 'pe' || mayBeGo(executable)) {
    // Segments that overlap are in no real program.
    let left = executable.size;
    for (const { data, executable: code } of executable.segments()) {
      if (!code && data.length <= left) {
        left -= data.length;
        yield data;
      }
    }
  }
}

function mayBeGo(executable: Executable): boolean {
  let sections = 0;
  for (const { name } of executable.sections()) {
    if (GO_SECTION.test(name)) {
      return true;
    }
    sections++;
  }
  return sections === 0;
}

/** What follows each magic that stands where the linker would put it. */
function* places(data: Buffer): Generator<Buffer> {
  let at = data.indexOf(MAGIC);
  for (let count = 0; at !== -1 && count < PLACE_LIMIT; at = data.indexOf(MAGIC, at + 1)) {
    if (at % ALIGNMENT === 0 && at + HEADER_SIZE <= data.length) {
      yield data.subarray(at);
      count++;
    }
  }
}

function infoAt(executable: Executable, place: Buffer): BuildInfo | undefined {
  const flags = place.readUInt8(15);
  const [version, modules] = (flags & FLAG_INLINE) === 0
    ? pointedStrings(executable, place)
    : inlineStrings(place);
  if (version === undefined || version.length === 0 || version.length > VERSION_LIMIT) {
    return undefined;
  }
  return { version: version.toString('utf8'), modules: unframed(modules).toString('utf8') };
}

type Strings = readonly [version: Buffer | undefined, modules: Buffer | undefined];

function inlineStrings(place: Buffer): Strings {
  const version = inlineString(place, HEADER_SIZE);
  return [version?.text, version && inlineString(place, version.end)?.text];
}

/** A length as a varint, seven bits a byte and the lowest first, then the bytes. */
function inlineString(place: Buffer, offset: number) {
  let length = 0;
  for (let index = 0; index < 5; index++) {
    const byte = place[offset + index];
    if (byte === undefined) {
      return undefined;
    }
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) {
      const start = offset + index + 1;
      const end = start + length;
      return end <= place.length ? { text: place.subarray(start, end), end } : undefined;
    }
  }
  return undefined;
}

/** Two pointers to headers of Go strings, which are a pointer and a length each. */
function pointedStrings(executable: Executable, place: Buffer): Strings {
  const size = place.readUInt8(14);
  if (size !== 4 && size !== 8) {
    return [undefined, undefined];
  }
  const bigEndian = (place.readUInt8(15) & FLAG_BIG_ENDIAN) !== 0;
  const strings = [0, 1].map((index) => {
    const address = pointer(place.subarray(16 + index * size), size, bigEndian);
    const header = bytesAt(executable, address, 2 * size);
    return header && bytesAt(
      executable,
      pointer(header, size, bigEndian),
      pointer(header.subarray(size), size, bigEndian),
    );
  });
  return [strings[0], strings[1]];
}

function pointer(bytes: Buffer, size: 4 | 8, bigEndian: boolean): number {
  if (size === 4) {
    return bigEndian ? bytes.readUInt32BE(0) : bytes.readUInt32LE(0);
  }
  return Number(bigEndian ? bytes.readBigUInt64BE(0) : bytes.readBigUInt64LE(0));
}

/** The module text between its sentinels; a text without them is none. */
function unframed(modules: Buffer | undefined): Buffer {
  const framed = modules !== undefined && modules.length > 2 * SENTINEL &&
    modules.length <= MODULES_LIMIT && modules.at(-SENTINEL - 1) === NEWLINE;
  return framed ? modules.subarray(SENTINEL, -SENTINEL) : NOTHING;
}

const NEWLINE = 0x0a;
const NOTHING: Buffer = Buffer.alloc(0);
