/**
 * How far a sync is: in the database at most once a second, in the log now and then.
 *
 * @module
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Sql } from '../database/connection.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { noteGroupProgress } from '../vulnerabilities/store/groups.ts';
import { noteSourceProgress } from '../vulnerabilities/store/sources.ts';
import type { FetchProgress } from './fetch.ts';
import type { FeedFormat } from './format.ts';

const WRITE_MS = 1000;
const TELL_MS = 15_000;
/** Whoever else runs in this process waits no longer than that for its turn. */
const SLICE_MS = 10;

interface Group {
  readonly id: number;
  readonly name: string;
}

export interface ProgressOptions {
  readonly sql: Sql;
  readonly log: Log;
  /** Name of the source. */
  readonly source: string;
  readonly signal: AbortSignal;
}

/** Follows one sync of a source. */
export class SyncProgress {
  readonly #options: ProgressOptions;
  #group: Group | undefined;
  #fetched: FetchProgress | undefined;
  #records = 0;
  #writtenAt = -Infinity;
  #toldAt = performance.now();
  #turnedAt = performance.now();
  #isWriting = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /** The group that all is about from now on. */
  begin(group: Group): void {
    this.#group = group;
    this.#fetched = undefined;
    this.#records = 0;
  }

  readonly fetched = (progress: FetchProgress): void => {
    this.#fetched = progress;
    this.#note();
  };

  /** The same format, whose records are counted as they are read. */
  follow(format: FeedFormat): FeedFormat {
    const { changes } = format;
    return {
      ...format,
      read: (...about) => this.#counted(format.read(...about)),
      ...(changes === undefined ? {} : {
        changes: async (...about) => {
          const found = await changes(...about);
          return found && this.#counted(found);
        },
      }),
    };
  }

  async *#counted<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
    for await (const item of items) {
      this.#options.signal.throwIfAborted();
      this.#records += 1;
      this.#note();
      // Records that are in memory already come without a pause.
      if (performance.now() - this.#turnedAt > SLICE_MS) {
        await turn();
        this.#turnedAt = performance.now();
      }
      yield item;
    }
  }

  #note(): void {
    const now = performance.now();
    if (now - this.#writtenAt >= WRITE_MS && !this.#isWriting) {
      this.#writtenAt = now;
      this.#isWriting = true;
      this.#write().catch((error: unknown) => {
        this.#options.log.debug('the progress of a feed is not noted', { error: messageOf(error) });
      }).finally(() => this.#isWriting = false);
    }
    if (now - this.#toldAt < TELL_MS) return;
    this.#toldAt = now;
    const { log, source } = this.#options;
    const { phase, bytes, total_bytes: total, records } = this.#now();
    log.info(`${phase} a feed`, {
      source,
      ...(this.#group === undefined ? {} : { group: this.#group.name }),
      ...(phase === 'reading'
        ? { records }
        : { bytes, ...(total === null ? {} : { percent: Math.floor(bytes / total * 100) }) }),
    });
  }

  #now() {
    return {
      phase: this.#records > 0 ? 'reading' : 'fetching',
      file: this.#fetched?.name ?? null,
      bytes: this.#fetched?.received ?? 0,
      total_bytes: this.#fetched?.total ?? null,
      records: this.#records,
    } as const;
  }

  async #write(): Promise<void> {
    const { sql, source } = this.#options;
    if (this.#group === undefined) await noteSourceProgress(sql, source, this.#now());
    else await noteGroupProgress(sql, this.#group.id, this.#now());
  }
}
