/**
 * A list of objects that follows the API server: listed, then watched; listed again when the watch
 * has expired (410) or the server was away.
 *
 * @module
 */
import type { KubernetesListObject, KubernetesObject } from '@kubernetes/client-node';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Kubernetes } from './kubernetes.ts';

/** Objects as they were last seen. */
export interface Watched<T extends KubernetesObject> {
  /** Undefined until the first list has come. */
  items(): readonly T[] | undefined;
  stop(): Promise<void>;
}

export interface WatchOptions<T extends KubernetesObject> {
  /** Path of the list, for instance `/apis/batch/v1/namespaces/tidewaiter/jobs`. */
  readonly path: string;
  readonly list: () => Promise<KubernetesListObject<T>>;
  readonly labelSelector?: string;
  /** Called after each change. */
  readonly changed: () => void;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;

/** Follows a list until it is stopped. */
export async function watchList<T extends KubernetesObject>(
  kubernetes: Kubernetes,
  options: WatchOptions<T>,
  log: Log,
): Promise<Watched<T>> {
  const { makeInformer } = await import('@kubernetes/client-node');
  const { path, list, labelSelector, changed } = options;
  const informer = makeInformer<T>(kubernetes.config, path, list, labelSelector);
  let stopped = false;
  let listed = false;
  let pause = FIRST_PAUSE_MS;

  async function start(): Promise<void> {
    while (!stopped) {
      try {
        await informer.start();
        listed = true;
        pause = FIRST_PAUSE_MS;
        changed();
        return;
      } catch (error) {
        log.warn('cannot list in Kubernetes and tries again', { path, error: messageOf(error) });
        await sleep(pause);
        pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
      }
    }
  }

  for (const verb of ['add', 'update', 'delete'] as const) informer.on(verb, changed);
  informer.on('error', (error: unknown) => {
    if (stopped) return;
    log.debug('a watch ended and begins again', { path, error: messageOf(error) });
    void sleep(pause).then(start);
  });
  void start();
  return {
    items: () => listed ? informer.list() : undefined,
    stop: async () => {
      stopped = true;
      await informer.stop();
    },
  };
}
