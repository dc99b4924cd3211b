/**
 * Where a source is: a URL, or a path on disk, and its files below it.
 *
 * @module
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TidewaiterError } from '../errors.ts';

/** User and password of HTTP's basic authentication. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

export type Place =
  | { readonly kind: 'disk'; readonly path: string }
  | {
    readonly kind: 'web';
    /** `http:` or `https:`, without the login. */
    readonly url: URL;
    readonly login: Login | undefined;
  };

const LONGEST_PATH = 4096;

/** Names that files of data have; what is named otherwise may be a folder: `secdb.alpinelinux.org`. */
const DATA_NAME =
  /\.(?:json|jsonl|ndjson|csv|xml|txt|ya?ml|zip|tar|tgz|tbz2?|txz|tzst|gz|bz2|xz|zst|zstd)$/i;

function invalid(reason: string): TidewaiterError {
  return new TidewaiterError(
    'invalid_feed_url',
    400,
    `The URL of the feed is not usable: ${reason}; give an http, https or file URL, or a path.`,
  );
}

/**
 * The place that a source's URL or path names. Messages do not repeat it: it may hold a password.
 *
 * @throws TidewaiterError `invalid_feed_url`
 */
export function placeOf(text: string): Place {
  const source = text.trim();
  if (source === '' || source.includes('\0')) throw invalid('it is empty or no text');
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(source)?.[1] ??
    /^(https?|file):/i.exec(source)?.[1];
  if (scheme === undefined) return { kind: 'disk', path: resolve(source) };
  if (!/^(?:https?|file)$/i.test(scheme)) throw invalid(`nothing is fetched by ${scheme}`);
  const url = URL.parse(source);
  if (url === null) throw invalid('it cannot be parsed');
  if (url.protocol === 'file:') return { kind: 'disk', path: pathOf(url) };
  const login = loginOf(url);
  url.username = '';
  url.password = '';
  url.hash = '';
  return { kind: 'web', url, login };
}

function pathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw invalid('it names no file of this machine');
  }
}

function loginOf({ username, password }: URL): Login | undefined {
  if (username === '' && password === '') return undefined;
  return { username: decoded(username), password: decoded(password) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * The segments of a path below a source; undefined for one that leaves it or is none. Paths may come
 * out of a source's own files.
 */
export function segmentsOf(path: string): readonly string[] | undefined {
  if (path.length > LONGEST_PATH || !path.isWellFormed()) return undefined;
  const segments = path.split('/');
  const isPath = segments.every((segment) =>
    segment !== '' && segment !== '.' && segment !== '..' && !/[\0\\]/.test(segment)
  );
  return isPath ? segments : undefined;
}

/** Whether a URL names a folder by its form. */
export function isFolderUrl(url: URL): boolean {
  return url.pathname.endsWith('/');
}

/** Whether a URL that names no folder by its form certainly means a file. */
export function isDataUrl(url: URL): boolean {
  return DATA_NAME.test(nameOf(url));
}

/** The last segment of a URL's path, decoded. */
export function nameOf(url: URL): string {
  return decoded(url.pathname.slice(url.pathname.lastIndexOf('/') + 1));
}

/** The URL of a folder with the slash that relative paths need. Its query stays: it may be a key. */
export function folderUrl(url: URL): URL {
  const folder = new URL(url);
  if (!isFolderUrl(url)) folder.pathname += '/';
  return folder;
}

/** The URL of a file in a folder; undefined for a path that leaves it. */
export function fileUrl(folder: URL, path: string): URL | undefined {
  const segments = segmentsOf(path);
  if (segments === undefined) return undefined;
  const url = new URL(folder);
  url.pathname += segments.map(encodeURIComponent).join('/');
  return url;
}
