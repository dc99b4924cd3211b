/**
 * A source on disk: its files are read where they lie.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { createReadStream, type Stats, statSync } from 'node:fs';
import { access, constants, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf } from '../errors.ts';
import type { FeedFile } from './format.ts';
import { segmentsOf } from './places.ts';
import { type FeedSource, type Validator, type Validators, WatchedFiles } from './source.ts';
import { unreachable } from './unreachable.ts';

const CHUNK = 1024 * 1024;

/** Codes of paths that lead nowhere. */
const MISSING: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP']);

export interface DiskOptions {
  /** Validators from before. */
  readonly known?: Validators | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a path leads to; undefined where there is nothing. */
async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && MISSING.has(error.code)) return undefined;
    throw error;
  }
}

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly stats: Stats;
}

/**
 * What is in a folder, in order, links followed. Names that begin with a dot are none of a feed:
 * the folders of Git, and the copies that Kubernetes keeps beside the files of a mount.
 */
async function entriesOf(folder: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const name of (await readdir(folder)).sort()) {
    if (name.startsWith('.')) continue;
    const path = join(folder, name);
    const stats = await statOf(path);
    if (stats !== undefined) entries.push({ name, path, stats });
  }
  return entries;
}

/** A hash over all files below a folder; a folder that links lead to twice counts once. */
async function wholeOf(folder: string, signal: AbortSignal | undefined): Promise<Validator> {
  const hash = createHash('sha256');
  const waiting = [folder];
  const seen = new Set<string>();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    signal?.throwIfAborted();
    for (const { path, stats } of await entriesOf(next)) {
      const identity = `${stats.dev}:${stats.ino}`;
      if (stats.isFile()) {
        hash.update(`${path.slice(folder.length)}\0${stats.size}\0${stats.mtimeMs}\n`);
      } else if (stats.isDirectory() && !seen.has(identity)) {
        seen.add(identity);
        waiting.push(path);
      }
    }
  }
  return { sha256: hash.digest('hex') };
}

async function hashOf(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256');
  const options = signal === undefined ? {} : { signal };
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK, ...options })) {
    hash.update(chunk);
  }
  return hash.digest('hex');
}

/** A file as it is now. It is read only if its size or time is another than what is known. */
async function validatorOf(
  path: string,
  known: Validator | undefined,
  signal: AbortSignal | undefined,
): Promise<Validator> {
  const stats = await statOf(path);
  if (stats?.isFile() !== true) return { gone: true };
  const { size } = stats;
  const modified = String(stats.mtimeMs);
  if (known?.sha256 !== undefined && known.size === size && known.modified === modified) {
    return known;
  }
  return { size, modified, sha256: await hashOf(path, signal) };
}

/**
 * The source at a path: a folder, or a file.
 *
 * @throws TidewaiterError `feed_unreachable`
 */
export function diskFiles(root: string, options: DiskOptions = {}): FeedSource {
  const { known: knownBefore = {}, signal } = options;
  const stats = statRoot(root);
  const name = basename(root);
  const isSingle = !stats.isDirectory();
  const single = isSingle ? { path: root, name, size: stats.size } : undefined;
  const whereOf = (path: string) => {
    const segments = segmentsOf(path.replace(/\/$/, ''));
    return segments === undefined ? undefined : join(root, ...segments);
  };

  /** Fails as a source fails, but for the abort. */
  async function reading<T>(file: string, read: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    try {
      return await read();
    } catch (cause) {
      signal?.throwIfAborted();
      const reason = `${messageOf(cause)}; check the file and its permissions`;
      throw unreachable(root, reason, { file, cause });
    }
  }

  async function askNow(path: string, known: Validator | undefined): Promise<Validator> {
    if (isSingle) return await validatorOf(root, known, signal);
    if (path !== '' && !path.endsWith('/')) {
      const where = whereOf(path);
      return where === undefined ? { gone: true } : await validatorOf(where, known, signal);
    }
    const folder = path === '' ? root : whereOf(path);
    const isThere = folder !== undefined && (await statOf(folder))?.isDirectory() === true;
    return isThere ? await wholeOf(folder, signal) : { gone: true };
  }

  const watched = new WatchedFiles(
    (path, known) => reading(path, () => askNow(path, known)),
    !isSingle,
  );

  return {
    single,
    async open(path): Promise<FeedFile | undefined> {
      if (isSingle) return path === name ? single : undefined;
      const where = path.endsWith('/') ? undefined : whereOf(path);
      if (where === undefined) return undefined;
      return await reading(path, async () => {
        const found = await statOf(where);
        if (found?.isFile() !== true) return undefined;
        await access(where, constants.R_OK);
        return { path: where, name: path, size: found.size };
      });
    },
    async list(folder): Promise<readonly string[] | undefined> {
      const where = folder === '' ? root : whereOf(folder);
      if (isSingle || where === undefined) return undefined;
      return await reading(folder, async () => {
        if ((await statOf(where))?.isDirectory() !== true) return undefined;
        return (await entriesOf(where)).flatMap(({ name, stats }) =>
          stats.isDirectory() ? [`${name}/`] : stats.isFile() ? [name] : []
        );
      });
    },
    changed: (paths, known = knownBefore) => watched.changed(isSingle ? [name] : paths, known),
    validators: (paths) => watched.validators(isSingle ? [name] : paths),
    close: () => Promise.resolve(),
  };
}

function statRoot(root: string): Stats {
  let stats: Stats;
  try {
    stats = statSync(root);
  } catch (cause) {
    throw unreachable(root, `${messageOf(cause)}; check the path of the source`, { cause });
  }
  if (stats.isFile() || stats.isDirectory()) return stats;
  throw unreachable(root, 'it is neither a file nor a folder; check the path of the source');
}
