/**
 * Writes down what the door decided: in batches, within bounds, and those that are the same once
 * with a count. While the database is away they wait here.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type DecidedRequest,
  type DecisionRecord,
  keepDecisions,
} from '../admissions/decisions.ts';
import { touchTags } from '../catalog/tags.ts';
import type { Sql } from '../database/connection.ts';
import { messageOf } from '../errors.ts';
import { recordEvent } from '../events/record.ts';
import type { Log } from '../log.ts';
import { counter } from '../metrics.ts';

/** A decision without what the log adds. */
export type NewDecision = Omit<DecisionRecord, 'id' | 'count' | 'firstAt' | 'lastAt'>;

/** A decision that was noted. */
export interface Noted {
  readonly id: string;
  /** Whether it was the first of its kind. */
  readonly isFirst: boolean;
  /** Counts it for one more request; false if it has to be noted anew by now. */
  readonly again: (request: DecidedRequest) => boolean;
}

interface Entry {
  record: DecisionRecord;
  /** How many of its count are not written yet. */
  unwritten: number;
}

const FLUSH_MS = 200;
/** How often counts of what is written down already are added to. */
const COUNT_MS = 5000;
/** Between batches of counts. */
const GAP_MS = 20;
const RETRY_MS = 1000;
/** A larger one would keep whoever asks meanwhile waiting. */
const BATCH = 100;
/** So many different ones are told apart; each of them keeps its id. */
const MOST = 10_000;
/** The same decision is a new one after so long. */
const SAME_MS = 600_000;

const dropped = counter(
  'tidewaiter_door_decisions_dropped_total',
  'Decisions that were not written down, because too many waited for the database.',
);

export class DecisionLog {
  readonly #sql: Sql;
  readonly #log: Log;
  readonly #entries = new Map<string, Entry>();
  readonly #unwritten = new Set<Entry>();
  /** Those that are written down but for the latest of their count. */
  readonly #counted = new Set<Entry>();
  readonly #stopping = new AbortController();
  #ended: Promise<void> = Promise.resolve();

  constructor(sql: Sql, log: Log) {
    this.#sql = sql;
    this.#log = log;
  }

  start(): void {
    this.#ended = this.#run();
  }

  /** Writes what is left, if the database takes it. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
    try {
      while (this.#unwritten.size + this.#counted.size > 0) {
        await this.#flush(this.#unwritten);
        await this.#flush(this.#counted);
      }
    } catch (error) {
      this.#log.debug('decisions are not written down any more', { error: messageOf(error) });
    }
  }

  /** Notes a decision. The same decision keeps its id. */
  note(decision: NewDecision): Noted {
    const key = keyOf(decision);
    const now = new Date();
    const known = this.#entries.get(key);
    if (known !== undefined && now.getTime() - known.record.firstAt.getTime() < SAME_MS) {
      const { id, firstAt } = known.record;
      known.record = { ...known.record, ...decision, id, firstAt };
      this.#count(known, decision.request, now);
      return { id, isFirst: false, again: (next) => this.#again(key, known, next) };
    }
    const id = randomBytes(8).toString('hex');
    const entry: Entry = {
      record: { ...decision, id, count: 1, firstAt: now, lastAt: now },
      unwritten: 1,
    };
    this.#entries.delete(key);
    if (this.#entries.size >= MOST) this.#forgetOldest();
    this.#entries.set(key, entry);
    this.#unwritten.add(entry);
    return { id, isFirst: true, again: (next) => this.#again(key, entry, next) };
  }

  #count(entry: Entry, request: DecidedRequest, now: Date): void {
    const count = entry.unwritten === 0 ? 1 : entry.record.count + 1;
    entry.record = { ...entry.record, request, lastAt: now, count };
    entry.unwritten = count;
    if (!this.#unwritten.has(entry)) this.#counted.add(entry);
  }

  #again(key: string, entry: Entry, request: DecidedRequest): boolean {
    const now = new Date();
    const isSame = this.#entries.get(key) === entry &&
      now.getTime() - entry.record.firstAt.getTime() < SAME_MS;
    if (isSame) this.#count(entry, request, now);
    return isSame;
  }

  #forgetOldest(): void {
    const [oldest] = this.#entries;
    if (oldest === undefined) return;
    const [key, entry] = oldest;
    this.#entries.delete(key);
    const isLost = this.#unwritten.delete(entry);
    if (this.#counted.delete(entry) || isLost) dropped({}, entry.unwritten);
  }

  /** Writes some of these down. */
  async #flush(entries: Set<Entry>): Promise<void> {
    const batch = [...entries].slice(0, BATCH);
    if (batch.length === 0) return;
    const written = batch.map(({ record }) => record);
    const fresh = await keepDecisions(this.#sql, written);
    for (const [at, entry] of batch.entries()) {
      const left = entry.record.count - (written[at]?.count ?? 0);
      entry.unwritten = left;
      entries.delete(entry);
      if (left === 0) continue;
      entry.record = { ...entry.record, count: left };
      this.#counted.add(entry);
    }
    await touchTags(
      this.#sql,
      written.flatMap(({ images }) => images.flatMap((one) => one.digests)),
    );
    for (const record of written) {
      if (record.decision === 'break-glass' && fresh.has(record.id)) await this.#tell(record);
    }
  }

  async #tell({ id, account, cluster, namespace, reason, images }: DecisionRecord): Promise<void> {
    await recordEvent(this.#sql, {
      account,
      type: 'system.admission.break_glass',
      level: 'info',
      resourceType: 'image_reference',
      resource: images.map(({ image }) => image).join(' '),
      message: reason,
      details: { decision: id, cluster, namespace },
    });
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let countsDue = performance.now() + COUNT_MS;
    while (!signal.aborted) {
      let pause = FLUSH_MS;
      try {
        await this.#flush(this.#unwritten);
        if (performance.now() >= countsDue) {
          await this.#flush(this.#counted);
          if (this.#counted.size === 0) countsDue = performance.now() + COUNT_MS;
          else pause = GAP_MS;
        }
        if (this.#unwritten.size > 0) pause = 0;
      } catch (error) {
        this.#log.debug('decisions wait to be written down', { error: messageOf(error) });
        pause = RETRY_MS;
      }
      await sleep(pause, undefined, { signal }).catch(() => {});
    }
  }
}

/** What makes decisions the same: not the sentence, in which a position may change. */
function keyOf(decision: NewDecision): string {
  const { door, cluster, namespace, account, mode, allowed, images, request } = decision;
  return JSON.stringify([
    door,
    cluster,
    namespace,
    account,
    mode,
    decision.decision,
    allowed,
    request.identified,
    request.operation,
    request.kind,
    request.dryRun,
    images.map(({ image, kind, digests }) => [image, kind, digests]),
  ]);
}
