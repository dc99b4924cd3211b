/**
 * A source over HTTP: its files are fetched into a folder of their own, each once.
 *
 * @module
 */
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TidewaiterError } from '../errors.ts';
import {
  type Fetched,
  fetchFile,
  type FetchProgress,
  type FetchSession,
  type FetchSettings,
} from './fetch.ts';
import type { FeedFile } from './format.ts';
import { fileUrl, folderUrl, isDataUrl, isFolderUrl, nameOf, type Place } from './places.ts';
import { type FeedSource, type Validator, type Validators, WatchedFiles } from './source.ts';
import { FetchFailure, statusFailure, unreachable } from './unreachable.ts';
import { type WebAccess, WebClient } from './web-client.ts';

export interface WebOptions extends WebAccess {
  /** A folder for temporary files; made if it is not there. */
  readonly scratch: string;
  /** Validators from before. */
  readonly known: Validators;
  readonly settings: FetchSettings;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined;
}

type WebPlace = Extract<Place, { kind: 'web' }>;
type There = Exclude<Fetched, { state: 'unchanged' }>;

/** What a folder may answer itself with, where its URL has no slash at the end. */
const OF_FOLDERS: ReadonlySet<number | undefined> = new Set([400, 401, 403, 404, 405]);
const INDEX_PAGE = /^(?:text\/html|application\/xhtml)/i;
/** What buckets of objects answer themselves with. */
const BUCKET = '<ListBucketResult';
const HEAD_BYTES = 512;

/** Files of one opening, which all ends with. */
class WebFiles {
  readonly #session: FetchSession;
  readonly #closing: AbortController;
  /** By URL. */
  readonly #there = new Map<string, Promise<There>>();
  readonly #running = new Set<Promise<unknown>>();

  constructor(session: FetchSession, closing: AbortController) {
    this.#session = session;
    this.#closing = closing;
  }

  static async open(place: WebPlace, options: WebOptions): Promise<WebFiles> {
    const { scratch, settings, signal, onProgress, login = place.login } = options;
    const closing = new AbortController();
    const client = await WebClient.open(place.url.origin, { ...options, login });
    await mkdir(scratch, { recursive: true });
    return new WebFiles({
      client,
      folder: await mkdtemp(join(scratch, 'feed-')),
      settings,
      budget: { used: 0 },
      signal: AbortSignal.any([closing.signal, ...(signal === undefined ? [] : [signal])]),
      onProgress,
      files: 0,
      received: 0,
    }, closing);
  }

  /** A file: what was fetched already, or what is there now, if it is not as known. */
  async ask(url: URL, name: string, known: Validator | undefined): Promise<Fetched> {
    const before = this.#there.get(url.href);
    if (before !== undefined) return await before;
    const fetched = await this.#run(fetchFile(this.#session, url, name, known));
    if (fetched.state !== 'unchanged') this.#there.set(url.href, Promise.resolve(fetched));
    return fetched;
  }

  /** A file with its content, fetched once however many ask for it. */
  async fetch(url: URL, name: string): Promise<There> {
    const before = this.#there.get(url.href);
    if (before !== undefined) return await before;
    const fetching = this.#run(fetchFile(this.#session, url, name, undefined)).then((fetched) => {
      if (fetched.state !== 'unchanged') return fetched;
      throw statusFailure(url.host, 304);
    });
    this.#there.set(url.href, fetching);
    // Who asks again after a failure may have more luck.
    fetching.catch(() => this.#there.delete(url.href));
    return await fetching;
  }

  async #run<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work);
    try {
      return await work;
    } finally {
      this.#running.delete(work);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('The files of the feed were closed while they were fetched.'));
    await Promise.allSettled(this.#running);
    await this.#session.client.close();
    await rm(this.#session.folder, { recursive: true, force: true });
  }
}

/** What to keep of a file that was asked for. */
function validatorOf(fetched: Fetched): Validator {
  return fetched.state === 'gone' ? { gone: true } : fetched.validator;
}

/**
 * The source at a URL; undefined where that is one file, and as known.
 *
 * @throws TidewaiterError `feed_unreachable`, `invalid_configuration`; the signal's reason
 */
export async function openWebFiles(
  place: WebPlace,
  options: WebOptions,
): Promise<FeedSource | undefined> {
  const { url } = place;
  options.signal?.throwIfAborted();
  const files = await WebFiles.open(place, options);
  let isOpen = false;
  try {
    const found = isFolderUrl(url) ? 'folder' : await singleOf(files, url, options.known);
    isOpen = found !== 'unchanged';
    if (found === 'unchanged') return undefined;
    return found === 'folder'
      ? folderSource(files, folderUrl(url), options.known)
      : singleSource(files, found, options.known);
  } finally {
    if (!isOpen) await files.close();
  }
}

type Single = Extract<Fetched, { state: 'fetched' }>;

/** The one file at a URL, unless that turns out to be a folder, or not to have changed. */
async function singleOf(
  files: WebFiles,
  url: URL,
  known: Validators,
): Promise<Single | 'folder' | 'unchanged'> {
  const name = nameOf(url);
  const before = Object.hasOwn(known, name) ? known[name] : undefined;
  // What was a file before is one that is missing now.
  const isFile = isDataUrl(url) || before?.sha256 !== undefined;
  let fetched: Fetched;
  try {
    fetched = await files.ask(url, name, before);
  } catch (error) {
    if (!isFile && OF_FOLDERS.has(statusOf(error))) return 'folder';
    throw error;
  }
  if (fetched.state === 'unchanged') return 'unchanged';
  if (fetched.state === 'gone') {
    if (!isFile) return 'folder';
    throw unreachable(url.host, statusFailure(url.host, 404).message, { file: name });
  }
  if (isFolderUrl(fetched.url)) return 'folder';
  if (!isFile && await isListing(fetched)) return 'folder';
  return fetched.validator.sha256 === before?.sha256 ? 'unchanged' : fetched;
}

function statusOf(error: unknown): number | undefined {
  const cause = error instanceof TidewaiterError ? error.cause : undefined;
  return cause instanceof FetchFailure ? cause.status : undefined;
}

async function isListing({ contentType, file }: Single): Promise<boolean> {
  if (INDEX_PAGE.test(contentType)) return true;
  const handle = await open(file.path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.toString('latin1', 0, bytesRead).includes(BUCKET);
  } finally {
    await handle.close();
  }
}

function singleSource(files: WebFiles, { file, validator }: Single, known: Validators): FeedSource {
  const watched = new WatchedFiles(() => Promise.resolve(validator), false);
  return {
    single: file,
    open: (path) => Promise.resolve(path === file.name ? file : undefined),
    list: () => Promise.resolve(undefined),
    changed: (_paths, before = known) => watched.changed([file.name], before),
    validators: () => watched.validators([file.name]),
    close: () => files.close(),
  };
}

function folderSource(files: WebFiles, folder: URL, known: Validators): FeedSource {
  const watched = new WatchedFiles(async (path, before) => {
    const url = fileUrl(folder, path);
    return url === undefined ? { gone: true } : validatorOf(await files.ask(url, path, before));
  }, false);
  return {
    single: undefined,
    async open(path): Promise<FeedFile | undefined> {
      const url = fileUrl(folder, path);
      if (url === undefined) return undefined;
      const fetched = await files.fetch(url, path);
      watched.renew(path, validatorOf(fetched));
      return fetched.state === 'gone' ? undefined : fetched.file;
    },
    list: () => Promise.resolve(undefined),
    changed: (paths, before = known) => watched.changed(paths, before),
    validators: (paths) => watched.validators(paths),
    close: () => files.close(),
  };
}
