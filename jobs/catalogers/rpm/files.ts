/**
 * The files of an installed rpm package, as its header lists them: parallel arrays of names, modes,
 * digests and so on (rpm documentation, "RPM tags": file tags).
 *
 * @module
 */
import { type Header, TAGS } from './header.ts';

/** Bits of `RpmFile.flags`. */
export const FILE_FLAGS = { config: 1, doc: 2, missingOk: 8, noReplace: 16, ghost: 64 } as const;

/** Values of `RpmFile.state`; other values are files that were not installed. */
export const FILE_STATES = { normal: 0, replaced: 1 } as const;

/** Numbers of hash algorithms (RFC 9580 section 9.5). */
const ALGORITHMS: ReadonlyMap<number, string> = new Map([
  [1, 'md5'],
  [2, 'sha1'],
  [3, 'ripemd160'],
  [8, 'sha256'],
  [9, 'sha384'],
  [10, 'sha512'],
  [11, 'sha224'],
  [12, 'sha3-256'],
  [14, 'sha3-512'],
]);
/** Of packages from before algorithms were recorded. */
const FIRST_ALGORITHM = 1;

const FORMAT_MASK = 0o170_000;
const DIRECTORY = 0o040_000;
const PATH_LIMIT = 4096;

/** How many files a package, or a whole database, may list, and how many characters of paths. */
export interface FileAllowance {
  files: number;
  characters: number;
}

/** One entry of a package's file list. Undefined is what the header does not say. */
export interface RpmFile {
  /** Relative to the root, one char per raw byte. */
  readonly path: string;
  /** Type and permissions, as in `st_mode`. */
  readonly mode: number | undefined;
  readonly size: number | undefined;
  /** Hexadecimal; undefined where the entry is no regular file. */
  readonly digest: string | undefined;
  readonly algorithm: string;
  readonly linkTarget: string | undefined;
  readonly user: string | undefined;
  readonly group: string | undefined;
  readonly flags: number;
  /** Which attributes rpm verifies, as bits; all of them where the header does not say. */
  readonly verify: number;
  readonly state: number;
}

/** What one database may list: several times what a full desktop has. */
export function fileAllowance(): FileAllowance {
  return { files: 2_000_000, characters: 256 * 1024 * 1024 };
}

/**
 * Everything that a package's header says of its files, for their verification. Undefined where the
 * list is longer than allowed.
 */
export function filesOf(
  header: Header,
  allowance: FileAllowance,
): readonly RpmFile[] | undefined {
  const paths = pathsOf(header, allowance);
  const modes = header.integers(TAGS.fileModes);
  const longSizes = header.integers(TAGS.longFileSizes);
  const sizes = longSizes.length > 0 ? longSizes : header.integers(TAGS.fileSizes);
  const digests = header.strings(TAGS.fileDigests);
  const number = header.integer(TAGS.fileDigestAlgo) ?? FIRST_ALGORITHM;
  const algorithm = ALGORITHMS.get(number) ?? String(number);
  const targets = header.strings(TAGS.fileLinkTos);
  const users = header.strings(TAGS.fileUserName);
  const groups = header.strings(TAGS.fileGroupName);
  const flags = header.integers(TAGS.fileFlags);
  const verify = header.integers(TAGS.fileVerifyFlags);
  const states = header.integers(TAGS.fileStates);
  return paths?.map((path, index) => ({
    path,
    mode: modes[index],
    size: sizes[index],
    digest: digests[index] || undefined,
    algorithm,
    linkTarget: targets[index] || undefined,
    user: users[index] || undefined,
    group: groups[index] || undefined,
    flags: flags[index] ?? 0,
    verify: verify[index] ?? 0xffff_ffff,
    state: states[index] ?? FILE_STATES.normal,
  }));
}

/**
 * The paths that a package put on the disk: no directories, no ghosts, which others make later, and
 * nothing that the installation left out (documentation, say) or another package replaced. Undefined
 * where the list is longer than allowed.
 */
export function ownedPaths(
  header: Header,
  allowance: FileAllowance,
): readonly string[] | undefined {
  const paths = pathsOf(header, allowance);
  const modes = header.integers(TAGS.fileModes);
  const flags = header.integers(TAGS.fileFlags);
  const states = header.integers(TAGS.fileStates);
  return paths?.filter((path, index) =>
    path !== '' && path.length <= PATH_LIMIT &&
    ((modes[index] ?? 0) & FORMAT_MASK) !== DIRECTORY &&
    ((flags[index] ?? 0) & FILE_FLAGS.ghost) === 0 &&
    (states[index] ?? FILE_STATES.normal) === FILE_STATES.normal
  );
}

/**
 * All paths in the header's order, empty ones for names without a directory. Takes from the
 * allowance; undefined where it does not suffice.
 */
function pathsOf(header: Header, allowance: FileAllowance): readonly string[] | undefined {
  const split = header.has(TAGS.basenames);
  const names = header.strings(split ? TAGS.basenames : TAGS.oldFilenames);
  const directories = split ? header.strings(TAGS.dirNames).map(relative) : [];
  const indexes = split ? header.integers(TAGS.dirIndexes) : [];
  allowance.files -= names.length;
  if (allowance.files < 0) {
    return undefined;
  }
  const paths: string[] = [];
  for (const [index, name] of names.entries()) {
    const directory = directories[indexes[index] ?? -1];
    const path = !split ? relative(name) : directory === undefined ? '' : directory + name;
    allowance.characters -= path.length;
    if (allowance.characters < 0) {
      return undefined;
    }
    paths.push(path);
  }
  return paths;
}

function relative(path: string): string {
  return path.startsWith('/') ? path.slice(1) : path;
}
