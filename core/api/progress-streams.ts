/**
 * Progress as server-sent events: one look at the queue a second for all who listen to this core,
 * and none while nobody does.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from '../database/connection.ts';
import { messageOf, TidewaiterError } from '../errors.ts';
import type { Log } from '../log.ts';
import { type QueueState, queueStates } from '../queue/analyses.ts';
import { stillThere, type Watched } from '../queue/wishes.ts';

/** Bounds of streams and the pace of their events. */
export interface StreamLimits {
  readonly each: number;
  readonly all: number;
  readonly pollMs: number;
  readonly heartbeatMs: number;
  /** Who listens longer comes anew, and shows again who it is. */
  readonly longestMs: number;
}

const LIMITS: StreamLimits = {
  each: 20,
  all: 500,
  pollMs: 1000,
  heartbeatMs: 15_000,
  longestMs: 1_800_000,
};

/** Looking at a long queue may take this part of the time. */
const PART_OF_TIME = 0.1;

/** Why a stream is at its end. */
type End = 'analyzed' | 'analysis_failed' | 'gone' | 'expired' | 'stopping';

interface Listener extends Watched {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  readonly since: number;
  saidAt: number;
  said: string;
}

export interface StreamServices {
  readonly sql: Sql;
  readonly log: Log;
  readonly stopping?: AbortSignal | undefined;
}

const encoder = new TextEncoder();

function event(name: string, data: string): string {
  return `event: ${name}\ndata: ${data}\n\n`;
}

/** The streams of one core. */
export class ProgressStreams {
  readonly #services: StreamServices;
  readonly #limits: StreamLimits;
  readonly #body: (digest: string, state: QueueState | undefined) => unknown;
  readonly #listeners = new Set<Listener>();
  #isRunning = false;

  /** `body` shows a state as clients know it. */
  constructor(
    services: StreamServices,
    body: (digest: string, state: QueueState | undefined) => unknown,
    limits: Partial<StreamLimits> = {},
  ) {
    this.#services = services;
    this.#body = body;
    this.#limits = { ...LIMITS, ...limits };
    services.stopping?.addEventListener('abort', () => {
      for (const listener of [...this.#listeners]) this.#end(listener, 'stopping');
    });
  }

  /** How many listen now. */
  get size(): number {
    return this.#listeners.size;
  }

  /**
   * The events of an account's image, until its analysis is done.
   *
   * @throws TidewaiterError `too_many_streams` (429)
   */
  open(watched: Watched): ReadableStream<Uint8Array> {
    const own = [...this.#listeners].filter(({ account }) => account === watched.account).length;
    if (own >= this.#limits.each || this.#listeners.size >= this.#limits.all) {
      throw new TidewaiterError(
        'too_many_streams',
        429,
        `An account may follow ${this.#limits.each} analyses at once: close some, or ask ` +
          '/images/{digest}/progress now and then.',
        { detail: { retry_after: 10 } },
      );
    }
    let listener: Listener | undefined;
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        const now = performance.now();
        listener = { ...watched, controller, since: now, saidAt: now, said: '' };
        this.#say(listener, 'retry: 2000\n\n');
        if (this.#services.stopping?.aborted) return this.#end(listener, 'stopping');
        this.#listeners.add(listener);
        if (this.#isRunning) void this.#look([listener]);
        else void this.#run();
      },
      cancel: () => {
        if (listener !== undefined) this.#listeners.delete(listener);
      },
    }, { highWaterMark: 4 });
  }

  #say(listener: Listener, text: string): void {
    listener.saidAt = performance.now();
    listener.controller.enqueue(encoder.encode(text));
  }

  #end(listener: Listener, why: End): void {
    this.#listeners.delete(listener);
    this.#say(listener, event('end', JSON.stringify({ reason: why })));
    listener.controller.close();
  }

  /** Looks as long as somebody listens. */
  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const { pollMs } = this.#limits;
    try {
      while (this.#listeners.size > 0) {
        const began = performance.now();
        await this.#look([...this.#listeners]);
        const took = performance.now() - began;
        await sleep(Math.max(pollMs, took / PART_OF_TIME), undefined, { ref: false });
      }
    } finally {
      this.#isRunning = false;
    }
  }

  async #look(listeners: readonly Listener[]): Promise<void> {
    const { sql, log } = this.#services;
    try {
      const digests = [...new Set(listeners.map(({ digest }) => digest))];
      const [states, there] = await Promise.all([
        queueStates(sql, digests),
        stillThere(sql, listeners),
      ]);
      for (const [place, listener] of listeners.entries()) {
        if (!this.#listeners.has(listener)) continue;
        if (there[place] === true) this.#tell(listener, states.get(listener.digest));
        else this.#end(listener, 'gone');
      }
    } catch (error) {
      // The database is away: who listens goes on doing so.
      log.debug('progress could not be read', { error: messageOf(error) });
      for (const listener of listeners) {
        if (this.#listeners.has(listener)) this.#keepAlive(listener);
      }
    }
  }

  #tell(listener: Listener, state: QueueState | undefined): void {
    const text = JSON.stringify(this.#body(listener.digest, state));
    const isOver = state?.state === 'analyzed' || state?.state === 'analysis_failed';
    // Who reads slowly gets the newest state when there is room again.
    const hasRoom = (listener.controller.desiredSize ?? 0) > 0;
    if (text !== listener.said && (hasRoom || isOver)) {
      listener.said = text;
      this.#say(listener, event('progress', text));
    }
    if (isOver) return this.#end(listener, state.state as End);
    if (performance.now() - listener.since > this.#limits.longestMs) {
      return this.#end(listener, 'expired');
    }
    this.#keepAlive(listener);
  }

  #keepAlive(listener: Listener): void {
    const isDue = performance.now() - listener.saidAt >= this.#limits.heartbeatMs;
    if (isDue && (listener.controller.desiredSize ?? 0) > 0) this.#say(listener, ': alive\n\n');
  }
}
