/**
 * Files of credentials that somebody else writes, a mounted Secret for instance: read anew when they
 * have changed.
 *
 * @module
 */
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { type DockerLogin, LARGEST_DOCKER_CONFIG, parseDockerConfig } from './docker-config.ts';

/** All files together. */
export interface ConfigFiles {
  /** What they hold now, the first file first. */
  logins(): Promise<readonly DockerLogin[]>;
}

/** What is known of one file. */
interface Known {
  /** Tells one content from the next. */
  readonly stamp: string;
  readonly logins: readonly DockerLogin[];
}

const GONE = 'gone';

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error &&
    (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

/** Reads a file that may grow meanwhile. */
async function readBounded(file: FileHandle): Promise<string> {
  const buffer = Buffer.alloc(LARGEST_DOCKER_CONFIG + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  if (length > LARGEST_DOCKER_CONFIG) {
    throw new Error(`it has more than ${LARGEST_DOCKER_CONFIG} bytes`);
  }
  return buffer.toString('utf8', 0, length);
}

/** Whether a folder is there with nothing in it, as the mount of an optional Secret that is not there. */
async function isEmptyMount(folder: string): Promise<boolean> {
  // Kubernetes keeps its own links there, with two dots in front.
  return await readdir(folder)
    .then((names) => names.every((name) => name.startsWith('..')), () => false);
}

/** Watches files; each change of what they say is logged once, and never what they hold. */
export function configFiles(paths: readonly string[], log: Log): ConfigFiles {
  const known = new Map<string, Known>();

  async function tellMissing(path: string, before: Known | undefined): Promise<void> {
    const isOptional = before === undefined && await isEmptyMount(dirname(path));
    log[isOptional ? 'debug' : 'warn'](
      'a file of registry credentials is not there: what it held no longer counts',
      { file: path },
    );
  }

  /** What a file says that was opened; content that is wrong leaves what was there before. */
  async function contentOf(path: string, file: FileHandle, before: Known | undefined) {
    const { mtimeMs, ctimeMs, size, ino } = await file.stat();
    const stamp = [mtimeMs, ctimeMs, size, ino].join(' ');
    if (before?.stamp === stamp) return before;
    try {
      const { logins, ignored } = parseDockerConfig(await readBounded(file));
      log.info('registry credentials were read', { file: path, logins: logins.length });
      if (ignored > 0) {
        log.warn('entries of a file of registry credentials cannot be used', {
          file: path,
          entries: ignored,
        });
      }
      return { stamp, logins };
    } catch (error) {
      tellBroken(path, error);
      return { stamp, logins: before?.logins ?? [] };
    }
  }

  function tellBroken(path: string, error: unknown): void {
    log.warn('a file of registry credentials is broken: what was read before still counts', {
      file: path,
      why: messageOf(error),
    });
  }

  async function read(path: string): Promise<Known> {
    const before = known.get(path);
    let file: FileHandle | undefined;
    try {
      file = await open(path, 'r');
      return await contentOf(path, file, before);
    } catch (error) {
      const stamp = isMissing(error) ? GONE : messageOf(error);
      if (before?.stamp === stamp) return before;
      if (stamp === GONE) await tellMissing(path, before);
      else tellBroken(path, error);
      return { stamp, logins: stamp === GONE ? [] : before?.logins ?? [] };
    } finally {
      await file?.close().catch(() => {});
    }
  }

  async function readAll(): Promise<readonly DockerLogin[]> {
    const all: DockerLogin[] = [];
    for (const path of paths) {
      const now = await read(path);
      known.set(path, now);
      all.push(...now.logins);
    }
    return all;
  }

  let reading: Promise<readonly DockerLogin[]> | undefined;
  return {
    // Shared by those who ask at the same time, so that a change is told once.
    logins: () =>
      reading ??= readAll().finally(() => {
        reading = undefined;
      }),
  };
}
