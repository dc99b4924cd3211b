/**
 * What the door keeps in memory: judgements of known images, so that it answers fast, and for a
 * while without a database. The database tells of each change; whether it can still be heard is
 * proven by hearing oneself.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { databaseUnavailable, isConnectionFailure, type Sql } from '../database/connection.ts';
import { messageOf, TidewaiterError } from '../errors.ts';
import type { Log } from '../log.ts';
import { Tagged } from './tagged.ts';

const CHANNEL = 'door';
const BEAT_MS = 5000;
const BEAT_WHILE_AWAY_MS = 1000;
/** Not having heard oneself for so long is being deaf. */
const DEAF_MS = 12_000;
/** The database has so long to answer a question of the door. */
const READ_MS = 4000;
/** After a failure nothing new is asked for so long. */
const BREAK_MS = 1000;
const MOST_ENTRIES = 50_000;
const MOST_ANSWERS = 5000;
/** Characters; questions beyond that are rare, and would fill the memory. */
const LONGEST_QUESTION = 4096;

export interface MemoryOptions {
  readonly sql: Sql;
  /** A connection of its own to listen on, which says when it has ended. */
  readonly connect: (closed: () => void) => Sql;
  readonly log: Log;
  /** How long to answer from memory while the database is away. */
  readonly seconds: number;
  /** Hears each change, too. */
  readonly told?: (text: string) => void;
}

/** A value that is kept, with what it depends on. */
export interface Kept<T> {
  readonly value: T;
  /** `image:DIGEST`, `account:NAME`, `repository:REGISTRY/REPOSITORY`, `cluster:NAME`. */
  readonly dependsOn: readonly string[];
  /** When it ends by itself. */
  readonly expiresAt?: Date | undefined;
}

export class Memory {
  readonly #options: MemoryOptions;
  readonly #entries = new Tagged<unknown>(MOST_ENTRIES);
  readonly #answers = new Tagged<Kept<unknown>>(MOST_ANSWERS);
  readonly #reading = new Map<string, Promise<unknown>>();
  readonly #listeners = new Set<() => void>();
  readonly #own = randomBytes(8).toString('hex');
  readonly #stopping = new AbortController();
  /** Grows with each change that was heard: what was read before one may be older than it. */
  #changes = 0;
  #heardAt = -Infinity;
  #failedAt = -Infinity;
  /** Whether the connection that listens stands. */
  #isListening = false;
  #ended: Promise<void> = Promise.resolve();
  #ear: Sql | undefined;

  constructor(options: MemoryOptions) {
    this.#options = options;
  }

  /** Begins to listen; until that works nothing is kept. */
  start(): void {
    this.#ended = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
    await this.#ear?.end({ timeout: 0 }).catch(() => {});
  }

  /** How many judgements are kept. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * A value from memory, else read. Identical questions in flight are read once. What `read` gives
   * is kept only if it says what it depends on.
   *
   * @throws TidewaiterError `database_unavailable`, and what `read` throws
   */
  async find<T>(key: string, read: () => Promise<T | Kept<T>>): Promise<T> {
    const known = this.#entries.get(key) as Kept<T> | undefined;
    const isGood = known !== undefined &&
      (known.expiresAt === undefined || known.expiresAt.getTime() > Date.now());
    if (isGood && this.#isFresh()) return known.value;
    const isUsable = isGood && this.#isWithinLimit();
    if (isUsable && this.#isBroken()) return known.value;
    try {
      return await this.#readOnce(key, read) as T;
    } catch (error) {
      if (isUsable && this.#isAway(error)) return known.value;
      throw error;
    }
  }

  /** An answer to the very same question, as long as everything it rests on is as it was. */
  answerTo<T>(question: string): T | undefined {
    const known = this.#answers.get(question);
    if (known === undefined || !this.#isFresh()) return undefined;
    if (known.expiresAt !== undefined && known.expiresAt.getTime() <= Date.now()) return undefined;
    return known.value as T;
  }

  /** Keeps an answer to a question of a usual length, unless anything has changed since `changes`. */
  keepAnswer(question: string, answer: Kept<unknown>, changes: number): void {
    if (question.length > LONGEST_QUESTION) return;
    if (changes !== this.#changes || !this.#isFresh()) return;
    this.#answers.set(question, answer, answer.dependsOn);
  }

  /** The same for what is not kept. @throws TidewaiterError `database_unavailable` */
  async ask<T>(read: () => Promise<T>): Promise<T> {
    if (this.#isBroken()) throw databaseUnavailable();
    const over = new AbortController();
    const late = sleep(READ_MS, undefined, { signal: over.signal }).then(() => {
      throw databaseUnavailable();
    });
    late.catch(() => {});
    try {
      const value = await Promise.race([read(), late]);
      this.#failedAt = -Infinity;
      return value;
    } catch (error) {
      if (this.#isAway(error)) this.#failedAt = performance.now();
      throw error;
    } finally {
      over.abort();
    }
  }

  /** How many changes were heard so far. */
  get changes(): number {
    return this.#changes;
  }

  /** Ends at the next change after those `heard`, or after `ms`. */
  async change(heard: number, ms: number, signal: AbortSignal): Promise<void> {
    if (heard !== this.#changes) return;
    const timer = new AbortController();
    const changed = new Promise<void>((done) => {
      const listener = () => {
        this.#listeners.delete(listener);
        done();
      };
      this.#listeners.add(listener);
      timer.signal.addEventListener('abort', listener, { once: true });
    });
    const slept = sleep(ms, undefined, { signal: AbortSignal.any([signal, timer.signal]) })
      .catch(() => {});
    await Promise.race([changed, slept]);
    timer.abort();
  }

  async #readOnce(key: string, read: () => Promise<unknown>): Promise<unknown> {
    const under = this.#reading.get(key);
    if (under !== undefined) return await under;
    const changes = this.#changes;
    const reading = this.ask(read).then((found) => {
      if (!isKept(found)) return found;
      if (changes === this.#changes && this.#isFresh()) {
        this.#entries.set(key, found, found.dependsOn);
      }
      return found.value;
    }).finally(() => this.#reading.delete(key));
    this.#reading.set(key, reading);
    return await reading;
  }

  #isFresh(): boolean {
    return this.#isListening && !this.#isDeaf() && !this.#isBroken();
  }

  #isDeaf(): boolean {
    return performance.now() - this.#heardAt > DEAF_MS;
  }

  #isWithinLimit(): boolean {
    return performance.now() - this.#heardAt < this.#options.seconds * 1000;
  }

  /** Whether the database has just failed. */
  #isBroken(): boolean {
    return performance.now() - this.#failedAt < BREAK_MS;
  }

  #isAway(error: unknown): boolean {
    return error instanceof TidewaiterError && error.code === 'database_unavailable' ||
      isConnectionFailure(error);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { sql, log } = this.#options;
    let wasAway = false;
    while (!signal.aborted) {
      try {
        if (this.#ear === undefined || this.#isDeaf()) await this.#listen();
        await this.ask(() => sql`select pg_notify(${CHANNEL}, ${`beat:${this.#own}`})`);
        if (wasAway) log.info('the door hears the database again');
        wasAway = false;
      } catch (error) {
        if (!wasAway && !signal.aborted) {
          log.warn('the door answers from memory: the database is away', {
            seconds: this.#options.seconds,
            error: messageOf(error),
          });
        }
        wasAway = true;
        this.#failedAt = performance.now();
      }
      const pause = wasAway ? BEAT_WHILE_AWAY_MS : BEAT_MS;
      await sleep(pause, undefined, { signal }).catch(() => {});
    }
  }

  /** Listens anew: a connection may be dead without having said so. */
  async #listen(): Promise<void> {
    await this.#ear?.end({ timeout: 0 }).catch(() => {});
    const ear = this.#options.connect(() => {
      if (ear === this.#ear) this.#isListening = false;
    });
    this.#ear = ear;
    await this.ask(() =>
      ear.listen(CHANNEL, (text) => this.#hear(text), () => {
        // What was said while nobody listened is lost.
        this.#entries.clear();
        this.#answers.clear();
        this.#isListening = true;
        this.#changed();
      })
    );
  }

  #hear(text: string): void {
    if (text.startsWith('beat:')) {
      if (text === `beat:${this.#own}`) this.#heardAt = performance.now();
      return;
    }
    this.#entries.drop(text);
    this.#answers.drop(text);
    this.#options.told?.(text);
    this.#changed();
  }

  #changed(): void {
    this.#changes += 1;
    for (const listener of this.#listeners) listener();
  }
}

function isKept(value: unknown): value is Kept<unknown> {
  return typeof value === 'object' && value !== null && 'dependsOn' in value;
}
