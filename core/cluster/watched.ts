/**
 * A list of objects that follows the API server: listed, then watched; watched again from where it
 * was when the server ends that, and listed again when it has forgotten that place (410).
 *
 * Every watch is renewed within a minute, by the server or else by us: one that has silently died
 * looks like one where nothing happens.
 *
 * @module
 */
import type { KubernetesObject } from '@kubernetes/client-node';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, request } from 'undici';
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Kubernetes } from './kubernetes.ts';

/** Objects as they were last seen; times in them are texts. */
export interface Watched<T extends KubernetesObject> {
  /** Undefined until the first list has come. */
  items(): readonly T[] | undefined;
  stop(): Promise<void>;
}

export interface WatchOptions {
  /** Path of the list, for instance `/apis/batch/v1/namespaces/tidewaiter/jobs`. */
  readonly path: string;
  readonly labelSelector?: string;
  /** Called after each change. */
  readonly changed: () => void;
  /** How long the server is asked to keep one watch. */
  readonly watchSeconds?: number;
}

const WATCH_SECONDS = 50;
/** A server that has not ended a watch so long after its time is away. */
const GRACE_MS = 10_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
const LIST_MS = 30_000;

const Metadata = z.looseObject({
  name: z.string(),
  namespace: z.string().optional(),
  resourceVersion: z.string(),
});
const Item = z.looseObject({ metadata: Metadata });
const List = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string() }),
  items: z.array(Item).nullish(),
});
const Change = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['ADDED', 'MODIFIED', 'DELETED']), object: Item }),
  z.object({
    type: z.literal('BOOKMARK'),
    object: z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string() }) }),
  }),
  z.object({
    type: z.literal('ERROR'),
    object: z.looseObject({ code: z.number().optional(), message: z.string().optional() }),
  }),
]);
type Item = z.infer<typeof Item>;

/** The place in the server's history is gone. */
class Expired extends Error {}

async function ask(
  { config }: Kubernetes,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  const { HttpMethod, RequestContext } = await import('@kubernetes/client-node');
  const url = new URL((config.getCurrentCluster()?.server ?? '') + path);
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(key, value);
  }
  const context = new RequestContext(url.href, HttpMethod.GET);
  await config.applySecurityAuthentication(context);
  const dispatcher = context.getDispatcher();
  // Not fetch: on Deno its body never ends when its connection breaks or its signal aborts.
  const answer = await request(url, {
    headers: context.getHeaders(),
    signal,
    ...(dispatcher === undefined ? {} : { dispatcher }),
  });
  if (answer.statusCode === 200) return answer;
  await answer.body.dump();
  if (answer.statusCode === 410) throw new Expired();
  throw new Error(`the API server answers ${answer.statusCode} to ${path}`);
}

/** Lines of a body, until it ends or `deadline` (of `performance.now()`) has passed. */
async function* linesUntil(
  body: AsyncIterable<Uint8Array>,
  deadline: number,
): AsyncGenerator<string> {
  const reader = body[Symbol.asyncIterator]();
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    // Raced, because not every end of a connection reaches its reader.
    const over = new AbortController();
    const late = sleep(Math.max(0, deadline - performance.now()), undefined, {
      signal: over.signal,
    }).catch(() => undefined);
    const next = await Promise.race([reader.next(), late]);
    over.abort();
    if (next === undefined || next.done) return;
    const lines = (rest + decoder.decode(next.value, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
}

function keyOf({ metadata }: Item): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

/** Follows a list until it is stopped. */
export function watchList<T extends KubernetesObject>(
  kubernetes: Kubernetes,
  options: WatchOptions,
  log: Log,
): Watched<T> {
  const { path, labelSelector, changed, watchSeconds = WATCH_SECONDS } = options;
  const stopping = new AbortController();
  let objects: Map<string, Item> | undefined;
  let version: string | undefined;

  async function list(): Promise<void> {
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(LIST_MS)]);
    const answer = await ask(kubernetes, path, { labelSelector }, signal);
    const { metadata, items } = List.parse(await answer.body.json());
    objects = new Map((items ?? []).map((item) => [keyOf(item), item]));
    version = metadata.resourceVersion;
    changed();
  }

  function take(line: string): void {
    const { type, object } = Change.parse(JSON.parse(line));
    if (type === 'ERROR') {
      if (object.code === 410) throw new Expired();
      throw new Error(object.message ?? 'the watch failed');
    }
    version = object.metadata.resourceVersion;
    if (type === 'BOOKMARK') return;
    if (type === 'DELETED') objects?.delete(keyOf(object));
    else objects?.set(keyOf(object), object);
    changed();
  }

  async function watch(): Promise<void> {
    const end = new AbortController();
    const deadline = performance.now() + watchSeconds * 1000 + GRACE_MS;
    const signal = AbortSignal.any([stopping.signal, end.signal]);
    const late = setTimeout(() => end.abort(), deadline - performance.now());
    try {
      const answer = await ask(kubernetes, path, {
        labelSelector,
        watch: 'true',
        allowWatchBookmarks: 'true',
        timeoutSeconds: String(watchSeconds),
        resourceVersion: version,
      }, signal);
      for await (const line of linesUntil(answer.body, deadline)) take(line);
    } finally {
      clearTimeout(late);
      end.abort();
    }
  }

  async function follow(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (!stopping.signal.aborted) {
      try {
        if (version === undefined) await list();
        await watch();
        pause = FIRST_PAUSE_MS;
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (error instanceof Expired) version = undefined;
        const known = { path, error: messageOf(error) };
        // Rights that are missing, say; the end of a watch is nothing unusual.
        if (version === undefined && !(error instanceof Expired)) {
          log.warn('cannot list in Kubernetes and tries again', known);
        } else log.debug('a watch ended and begins again', known);
        await sleep(pause, undefined, { signal: stopping.signal }).catch(() => {});
        pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
      }
    }
  }

  const following = follow();
  return {
    items: () => objects === undefined ? undefined : [...objects.values()] as unknown as T[],
    async stop() {
      stopping.abort();
      await following;
    },
  };
}
