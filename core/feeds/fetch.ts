/**
 * Files of a source over HTTP: fetched whole or not at all, tried again, and continued where they
 * broke off (RFC 9110: 13 for conditional requests, 14 for ranges).
 *
 * @module
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import { type Budget, Download, DownloadError, type SizeLimits } from './download.ts';
import type { FeedFile } from './format.ts';
import { networkFailure } from './network-failures.ts';
import type { Validator } from './source.ts';
import { FetchFailure, retryAfterOf, statusFailure, unreachable } from './unreachable.ts';
import { Watchdog } from './watchdog.ts';
import type { Answer, WebClient } from './web-client.ts';

/** How much and how long is tried. */
export interface FetchSettings {
  readonly limits: SizeLimits;
  /** Milliseconds in which at least a little must come. */
  readonly stallMs: number;
  /** Attempts that may fail one after the other; one that came further begins the count anew. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; twice as many before each further one. */
  readonly backoffMs: number;
}

/** How far a file has come. */
export interface FetchProgress {
  /** Its name at the source. */
  readonly name: string;
  readonly received: number;
  /** Bytes in all, where the server has told. */
  readonly total: number | undefined;
}

/** What the fetches of one source share. */
export interface FetchSession {
  readonly client: WebClient;
  /** Where the files come to lie. */
  readonly folder: string;
  readonly settings: FetchSettings;
  readonly budget: Budget;
  readonly signal: AbortSignal;
  readonly onProgress: ((progress: FetchProgress) => void) | undefined;
  /** Files begun, for their names on disk. */
  files: number;
  /** Bytes of all, for who waits for a free connection. */
  received: number;
}

export type Fetched =
  | { readonly state: 'gone' }
  | { readonly state: 'unchanged'; readonly validator: Validator }
  | {
    readonly state: 'fetched';
    readonly file: FeedFile;
    readonly validator: Validator;
    /** Where it came from after redirects. */
    readonly url: URL;
    readonly contentType: string;
  };

const LONGEST_BACKOFF_MS = 60_000;
/** Who asks for more time is asked again another day. */
const LONGEST_WAIT_MS = 300_000;
const LONGEST_VALIDATOR = 1024;
/** Bytes that an attempt must add to what was there, to count as a new beginning. */
const PROGRESS = 1024 * 1024;

/**
 * Fetches a file; `known` makes it a question whether it is still that one.
 *
 * @throws TidewaiterError `feed_unreachable`; the signal's reason
 */
export async function fetchFile(
  session: FetchSession,
  url: URL,
  name: string,
  known: Validator | undefined,
): Promise<Fetched> {
  const { settings, signal, folder, budget } = session;
  signal.throwIfAborted();
  let download: Download | undefined;
  try {
    download = await Download.begin(join(folder, String(session.files++)), settings.limits, budget);
    const fetched = await fetchInto(download, session, url, name, known);
    if (fetched.state === 'fetched') await download.close();
    else await download.abandon();
    return fetched;
  } catch (error) {
    await download?.abandon().catch(() => {});
    signal.throwIfAborted();
    const { host } = error instanceof FetchFailure ? error : url;
    throw unreachable(host, messageOf(error), { file: name, cause: error });
  }
}

async function fetchInto(
  download: Download,
  session: FetchSession,
  url: URL,
  name: string,
  known: Validator | undefined,
): Promise<Fetched> {
  const { settings, signal } = session;
  let furthest = 0;
  for (let failures = 1;; failures += 1) {
    try {
      return await attempt(download, session, url, name, known);
    } catch (error) {
      if (signal.aborted || !(error instanceof FetchFailure) || !error.isTemporary) throw error;
      if (download.size >= furthest + PROGRESS) failures = 1;
      furthest = Math.max(furthest, download.size);
      if (failures >= settings.attempts) throw error;
      await sleep(waitAfter(error, failures, settings), undefined, { signal });
    }
  }
}

/** Milliseconds until the next attempt. @throws FetchFailure where that is too long. */
function waitAfter(failure: FetchFailure, failures: number, { backoffMs }: FetchSettings): number {
  const { host, retryAfter = 0, status } = failure;
  if (retryAfter * 1000 > LONGEST_WAIT_MS) {
    throw new FetchFailure(
      host,
      `it asks to wait for ${retryAfter} seconds (${status}); try again then`,
      { cause: failure },
    );
  }
  const backoff = Math.min(backoffMs * 2 ** (failures - 1), LONGEST_BACKOFF_MS);
  return Math.max(retryAfter * 1000, backoff * (0.5 + Math.random()));
}

async function attempt(
  download: Download,
  session: FetchSession,
  url: URL,
  name: string,
  known: Validator | undefined,
): Promise<Fetched> {
  if (download.size > 0 && download.etag === undefined) await download.restart();
  // What waits for a connection does not stand still as long as others come forward.
  const watchdog = new Watchdog(session.settings.stallMs, () => session.received);
  const signal = AbortSignal.any([session.signal, watchdog.signal]);
  let { host } = url;
  try {
    const answer = await session.client.ask(url, headersFor(download, known), signal);
    ({ host } = answer.url);
    watchdog.follow(() => download.received);
    return await take(answer, download, session, name, known);
  } catch (error) {
    if (session.signal.aborted || error instanceof DownloadError) throw error;
    if (!watchdog.signal.aborted) throw networkFailure(error, host);
    throw new FetchFailure(host, 'it stands still; check network and proxy, or try again later', {
      isTemporary: true,
      cause: error,
    });
  } finally {
    watchdog.stop();
  }
}

/** Asks for the rest where something is there already, provided that it is still the same file. */
function headersFor(
  { size, etag }: Download,
  known: Validator | undefined,
): Record<string, string> {
  if (size > 0 && etag !== undefined) return { range: `bytes=${size}-`, 'if-range': etag };
  return {
    ...(known?.etag === undefined ? {} : { 'if-none-match': known.etag }),
    ...(known?.modified === undefined ? {} : { 'if-modified-since': known.modified }),
  };
}

/** What an answer says of the file. */
async function take(
  answer: Answer,
  download: Download,
  session: FetchSession,
  name: string,
  known: Validator | undefined,
): Promise<Fetched> {
  const { status, url: { host } } = answer;
  if (status === 200 || status === 206) {
    try {
      if (status === 200) await beginWith(answer, download);
      else await continueWith(answer, download);
      await receive(answer, download, session, name);
    } finally {
      // Leaves no connection with the rest of a body that nobody reads.
      answer.body.destroy();
    }
    return fetchedOf(answer, download, name);
  }
  answer.discard();
  if (status === 304 && known !== undefined && download.size === 0) {
    return { state: 'unchanged', validator: { ...known, ...validatorsOf(answer) } };
  }
  if (status === 404 || status === 410) return { state: 'gone' };
  if (status === 416 && download.size > 0) return await otherPart(download, host);
  throw statusFailure(host, status, retryAfterOf(answer.header('retry-after'), Date.now()));
}

async function beginWith(answer: Answer, download: Download): Promise<void> {
  await download.restart();
  const length = answer.header('content-length');
  if (length !== undefined) {
    download.checkRoom(Number(length));
    download.total = Number(length);
  }
  const etag = answer.header('etag');
  // Weak ones tell that it means the same, not that its bytes are the same.
  const isStrong = etag?.startsWith('"') === true && answer.header('accept-ranges') !== 'none';
  download.etag = isStrong ? etag : undefined;
}

async function continueWith(answer: Answer, download: Download): Promise<void> {
  const { url: { host } } = answer;
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(answer.header('content-range') ?? '');
  const [, first, , complete] = range ?? [];
  const total = complete === '*' ? download.total : Number(complete);
  const etag = answer.header('etag') ?? download.etag;
  const fits = download.size > 0 && Number(first) === download.size && etag === download.etag &&
    (download.total === undefined || total === download.total);
  if (!fits) return await otherPart(download, host);
  if (total !== undefined) download.checkRoom(total - download.size);
  download.total = total;
}

async function otherPart(download: Download, host: string): Promise<never> {
  await download.restart();
  throw new FetchFailure(host, 'it does not continue where it broke off; try again later', {
    isTemporary: true,
  });
}

async function receive(
  { body, url: { host } }: Answer,
  download: Download,
  session: FetchSession,
  name: string,
): Promise<void> {
  const tell = () => session.onProgress?.({ name, received: download.size, total: download.total });
  tell();
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) continue;
    session.received += chunk.length;
    await download.append(chunk);
    tell();
  }
  const { size, total } = download;
  if (total !== undefined && size !== total) {
    throw new FetchFailure(host, `it broke off after ${size} of ${total} bytes; try again later`, {
      isTemporary: true,
    });
  }
}

function fetchedOf(answer: Answer, download: Download, name: string): Fetched {
  const { path, size } = download;
  return {
    state: 'fetched',
    file: { path, name, size },
    validator: { ...validatorsOf(answer), size, sha256: download.digest() },
    url: answer.url,
    contentType: answer.header('content-type') ?? '',
  };
}

function validatorsOf(answer: Answer): Pick<Validator, 'etag' | 'modified'> {
  const [etag, modified] = [answer.header('etag'), answer.header('last-modified')];
  return {
    ...(etag === undefined || etag.length > LONGEST_VALIDATOR ? {} : { etag }),
    ...(modified === undefined || modified.length > 100 ? {} : { modified }),
  };
}
