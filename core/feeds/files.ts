/**
 * Opens a source: the folder or the one file that its URL or path names.
 *
 * @module
 */
import { diskFiles } from './disk-files.ts';
import type { FetchProgress, FetchSettings } from './fetch.ts';
import { placeOf } from './places.ts';
import type { FeedSource, Validators } from './source.ts';
import { openWebFiles } from './web-files.ts';
import type { WebAccess } from './web-client.ts';

export interface FeedOptions extends WebAccess {
  /** A folder for temporary files; what is fetched lies below it until the source is closed. */
  readonly scratch: string;
  /** What was kept of the source the last time; without it all is as if it had changed. */
  readonly known?: Validators | undefined;
  readonly settings?: Partial<FetchSettings> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of every piece that comes. Must not throw. */
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined;
}

const GIB = 1024 ** 3;

export const FETCH_SETTINGS: FetchSettings = {
  limits: { file: 4 * GIB, total: 16 * GIB },
  stallMs: 60_000,
  attempts: 5,
  backoffMs: 1000,
};

/**
 * Opens the source at a URL (`http:`, `https:`, `file:`) or a path of this machine.
 *
 * A URL of a folder ends in `/`; one that does not is asked, unless it has the name of a file of
 * data. Undefined where the source is one file, and still the one of `known`: it is not fetched then.
 *
 * @throws TidewaiterError `invalid_feed_url`, `invalid_configuration` (proxy, CA files),
 * `feed_unreachable`; the signal's reason once that is aborted
 */
export async function openFeedFiles(
  source: string,
  options: FeedOptions,
): Promise<FeedSource | undefined> {
  const { known = {}, signal } = options;
  signal?.throwIfAborted();
  const place = placeOf(source);
  if (place.kind === 'web') {
    const settings = { ...FETCH_SETTINGS, ...options.settings };
    return await openWebFiles(place, { ...options, known, settings });
  }
  const files = diskFiles(place.path, { known, signal });
  const { single } = files;
  const isKnown = single !== undefined && Object.hasOwn(known, single.name);
  return isKnown && !await files.changed([single.name]) ? undefined : files;
}
