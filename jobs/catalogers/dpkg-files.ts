/**
 * What dpkg and its packages keep beside the database: the files that each package brought
 * (`info/NAME.list`, dpkg(1); `status.d/NAME.md5sums` in images without dpkg), the files that were
 * moved out of another's way (`diversions`, dpkg-divert(1)), and its `copyright` file (Debian Policy
 * 12.5). None of these names a package by itself.
 *
 * @module
 */
import { copyrightLicenses } from './copyright.ts';
import { lines } from './text.ts';
import type { TreeView } from './types.ts';

export const INFO = 'var/lib/dpkg/info/';
export const STATUS_DIRECTORY = 'var/lib/dpkg/status.d/';
const DIVERSIONS = 'var/lib/dpkg/diversions';
const DOCUMENTATION = 'usr/share/doc/';
export const LIST = '.list';
export const SUMS = '.md5sums';
const COPYRIGHT = '/copyright';
/** Larger files are not read: no package comes near that. */
export const LIST_LIMIT = 16 * 1024 * 1024;
const DIVERSIONS_LIMIT = 1024 * 1024;
const COPYRIGHT_LIMIT = 4 * 1024 * 1024;
/** Bytes that are read for one database: links can have one file read for any number of packages. */
export const TOTAL_LIMIT = 256 * 1024 * 1024;
/** Files that the packages of one database own: more than any image holds. */
const OWNED_LIMIT = 4_000_000;
/** `MD5  PATH`, the path relative to the root. */
const SUM = /^([0-9a-f]{32}) [ *](.+)$/;

/** Whether a file is one that `dpkgFiles` asks a view for. */
export function wantsDpkgFile(path: string): boolean {
  if (path.endsWith(LIST)) {
    return path.startsWith(INFO) && path.indexOf('/', INFO.length) === -1;
  }
  if (path.endsWith(COPYRIGHT)) {
    return path.startsWith(DOCUMENTATION) &&
      path.indexOf('/', DOCUMENTATION.length) === path.length - COPYRIGHT.length;
  }
  if (path === DIVERSIONS) {
    return true;
  }
  return path.endsWith(SUMS) && path.startsWith(STATUS_DIRECTORY) &&
    path.indexOf('/', STATUS_DIRECTORY.length) === -1;
}

/** What the files beside a database tell of its packages. */
export interface DpkgFiles {
  /** The files that a package brought, undefined where nothing says. */
  owns(name: string, architecture: string | undefined): readonly string[] | undefined;
  /** The licences that a package's copyright file names. */
  licenses(name: string): readonly string[];
}

/** Reads what is beside a database: `status`, or the file of one package in `status.d`. */
export function dpkgFiles(database: string, view: TreeView): DpkgFiles {
  let left = TOTAL_LIMIT;
  const read = (path: string, limit: number): Buffer | undefined => {
    const content = view.content(path);
    if (content === undefined || content.length > Math.min(limit, left)) {
      return undefined;
    }
    left -= content.length;
    return content;
  };
  let diversions: Diversions | undefined;
  let leftFiles = OWNED_LIMIT;
  const take = (files: Iterable<string>): readonly string[] | undefined => {
    const taken: string[] = [];
    for (const file of files) {
      if (taken.length === leftFiles) {
        leftFiles = 0;
        return undefined;
      }
      taken.push(file);
    }
    leftFiles -= taken.length;
    return taken;
  };
  return {
    owns(name, architecture) {
      if (database.startsWith(STATUS_DIRECTORY)) {
        const content = read(database + SUMS, LIST_LIMIT);
        return content && take(summedFiles(content.toString('latin1')));
      }
      // Packages that can be there for several architectures have the architecture in the name.
      const list = read(`${INFO}${name}:${architecture}${LIST}`, LIST_LIMIT) ??
        read(`${INFO}${name}${LIST}`, LIST_LIMIT);
      diversions ??= diversionsOf(read(DIVERSIONS, DIVERSIONS_LIMIT)?.toString('latin1') ?? '');
      return list && take(placedFiles(name, listedFiles(list.toString('latin1')), diversions));
    },
    licenses(name) {
      const text = read(`${DOCUMENTATION}${name}${COPYRIGHT}`, COPYRIGHT_LIMIT)?.toString('utf8');
      return text === undefined ? [] : copyrightLicenses(text);
    },
  };
}

/** By the path that lists have, relative to the root: where other packages' files of that path are in its place. */
export type Diversions = ReadonlyMap<string, { readonly to: string; readonly by: string }>;

/** Three lines each: path, path in its place, the package that has it so, or `:` for none. */
function diversionsOf(text: string): Diversions {
  const diversions = new Map<string, { to: string; by: string }>();
  let from: string | undefined;
  let to: string | undefined;
  for (const line of lines(text)) {
    if (from === undefined) from = line.replace(/^\//, '');
    else if (to === undefined) to = line.replace(/^\//, '');
    else {
      diversions.set(from, { to, by: line });
      from = to = undefined;
    }
  }
  return diversions;
}

/** A package's files where they are. The package that has others diverted keeps its own. */
function* placedFiles(
  name: string,
  files: Iterable<string>,
  diversions: Diversions,
): Generator<string> {
  for (const file of files) {
    yield placeOf(name, file, diversions);
  }
}

/** Where a package's file is. */
export function placeOf(name: string, file: string, diversions: Diversions): string {
  const diversion = diversions.get(file);
  return diversion === undefined || diversion.by === name ? file : diversion.to;
}

/** The diversions that a tree has. */
export function readDiversions(view: TreeView): Diversions {
  const content = view.content(DIVERSIONS);
  const isRead = content !== undefined && content.length <= DIVERSIONS_LIMIT;
  return diversionsOf(isRead ? content.toString('latin1') : '');
}

function* summedFiles(text: string): Generator<string> {
  for (const { path } of sums(text)) {
    yield path;
  }
}

/** The lines of `*.md5sums`: digests in hex, and paths relative to the root. */
export function* sums(text: string): Generator<{ readonly md5: string; readonly path: string }> {
  for (const line of lines(text)) {
    const [, md5, path] = SUM.exec(line) ?? [];
    if (md5 !== undefined && path !== undefined) {
      yield { md5, path: path.replace(/^\.?\//, '') };
    }
  }
}

/** Directories stand before what is in them and belong to many packages. */
function* listedFiles(text: string): Generator<string> {
  let last = '';
  for (const line of lines(text)) {
    if (last !== '' && !line.startsWith(`${last}/`)) {
      yield last.slice(1);
    }
    last = line.startsWith('/') && line !== '/.' ? line : '';
  }
  if (last !== '') {
    yield last.slice(1);
  }
}
