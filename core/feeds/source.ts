/**
 * A source that is open: its files, and what tells whether they have changed since the last time.
 *
 * @module
 */
import { z } from 'zod';
import type { FeedFiles } from './format.ts';

/**
 * What is kept of a file to ask for changes the next time. Plain JSON. It holds for the URL it was
 * made for: with another URL all begins anew.
 */
export const Validator = z.object({
  /** As the server gave it, with its quotes. */
  etag: z.string().max(1024).optional(),
  /** `Last-Modified` of the server, or the time of change on disk, each as it is written there. */
  modified: z.string().max(100).optional(),
  size: z.number().optional(),
  /** Of the bytes as they are published; of a folder, of the names, sizes and times of all below. */
  sha256: z.string().optional(),
  /** There was no such file. */
  gone: z.literal(true).optional(),
});
export type Validator = Readonly<z.infer<typeof Validator>>;

/** Validators by path, relative to the source's URL; of a single file by its name. */
export const Validators = z.record(z.string(), Validator);
export type Validators = Readonly<Record<string, Validator>>;

/** A source's files until they are closed. Each file is fetched once. */
export interface FeedSource extends FeedFiles {
  /**
   * Whether any of these files is another than `known` says, which are the validators of the
   * opening unless given. Ask before reading, the first time too: validators are then of nothing
   * newer than what is read. What has changed is fetched at once; so where a source has a small file
   * beside a large one that tells of it (`.meta`, `.sha256`), ask of the small one.
   *
   * Without a validator, and where none of the files is there (or none is named), it is true; on
   * disk the folder as a whole tells then. A path that ends in `/` means all below that folder; over
   * HTTP nobody can tell that. Of a single file, the paths do not matter.
   *
   * @throws TidewaiterError `feed_unreachable`
   */
  changed(paths: readonly string[], known?: Validators): Promise<boolean>;
  /** What to keep of these paths, as far as `changed` was asked of them. */
  validators(paths: readonly string[]): Validators;
  /** Ends what is being fetched and removes what was; files on disk stay. */
  close(): Promise<void>;
}

function isSame(before: Validator | undefined, now: Validator): boolean {
  return before !== undefined && before.sha256 === now.sha256 && before.gone === now.gone;
}

/** The path of the folder as a whole. */
export const WHOLE = '';

/** Asks for a file as it is now, with what is known of it. */
export type AskNow = (path: string, known: Validator | undefined) => Promise<Validator>;

/** Files that were asked for changes, with their newest validators. */
export class WatchedFiles {
  readonly #ask: AskNow;
  readonly #canTellWhole: boolean;
  readonly #now = new Map<string, Validator>();

  /** `canTellWhole`: whether the folder as a whole can be asked, where no file tells. */
  constructor(ask: AskNow, canTellWhole: boolean) {
    this.#ask = ask;
    this.#canTellWhole = canTellWhole;
  }

  /** See `FeedSource`. All are asked, also after the first change, for their validators. */
  async changed(paths: readonly string[], known: Validators): Promise<boolean> {
    let isChanged = false;
    let isAnyThere = false;
    const ask = async (path: string) => {
      const before = Object.hasOwn(known, path) ? known[path] : undefined;
      const now = await this.#ask(path, before);
      this.#now.set(path, now);
      isAnyThere ||= now.gone === undefined;
      isChanged ||= !isSame(before, now);
    };
    for (const path of paths) await ask(path);
    if (isAnyThere) return isChanged;
    if (!this.#canTellWhole) return true;
    isChanged = false;
    await ask(WHOLE);
    return isChanged;
  }

  /** What was read is newer than what was asked. */
  renew(path: string, now: Validator): void {
    if (this.#now.has(path)) this.#now.set(path, now);
  }

  validators(paths: readonly string[]): Validators {
    const wanted = new Set([...paths, WHOLE]);
    return Object.fromEntries([...this.#now].filter(([path]) => wanted.has(path)));
  }
}
