/**
 * The Kubernetes client: imported late, because it is the heaviest part of core and only a core in
 * a cluster needs it.
 *
 * @module
 */
import type {
  AuthenticationV1Api,
  BatchV1Api,
  CoreV1Api,
  KubeConfig,
} from '@kubernetes/client-node';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { TidewaiterError } from '../errors.ts';

/** What core uses of Kubernetes. */
export interface Kubernetes {
  /** Namespace of core and its Jobs. */
  readonly namespace: string;
  readonly config: KubeConfig;
  readonly core: CoreV1Api;
  readonly batch: BatchV1Api;
  readonly authentication: AuthenticationV1Api;
}

const LONGEST_CALL_MS = 20_000;
const NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/**
 * Connects as the pod's service account, or as KUBECONFIG says.
 *
 * @throws TidewaiterError `kubernetes_unconfigured`
 */
export async function connectKubernetes(namespace?: string): Promise<Kubernetes> {
  const client = await import('@kubernetes/client-node');
  const { PooledConfig } = await import('./connections.ts');
  const config = new PooledConfig();
  config.loadFromDefault();
  if (config.getCurrentCluster() === null) {
    throw new TidewaiterError(
      'kubernetes_unconfigured',
      500,
      'There is no Kubernetes to talk to: run core in a pod, or set KUBECONFIG.',
    );
  }
  const own = existsSync(NAMESPACE_FILE) ? readFileSync(NAMESPACE_FILE, 'utf8').trim() : undefined;
  return {
    namespace: namespace ?? own ?? 'tidewaiter',
    config,
    core: bounded(config.makeApiClient(client.CoreV1Api)),
    batch: bounded(config.makeApiClient(client.BatchV1Api)),
    authentication: bounded(config.makeApiClient(client.AuthenticationV1Api)),
  };
}

/** A promise that waits for another one at most so long. @throws TidewaiterError `kubernetes_away` */
async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = sleep(ms, undefined, { signal: over.signal }).then(() => {
    throw new TidewaiterError(
      'kubernetes_away',
      503,
      `The Kubernetes API server did not answer within ${ms / 1000} seconds.`,
    );
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    over.abort();
    late.catch(() => {});
  }
}

/**
 * An API whose calls end: the client itself waits for ever when a connection dies in the middle of
 * an answer.
 */
export function bounded<T extends object>(api: T, ms = LONGEST_CALL_MS): T {
  return new Proxy(api, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const answer: unknown = Reflect.apply(member, target, args);
        return answer instanceof Promise ? within(ms, answer) : answer;
      };
    },
  });
}

/** HTTP status of a refused request, if it is one. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'number' ? error.code : undefined;
}

/**
 * Where pods reach core: by the address of its Service, which Kubernetes tells every pod, so that
 * Jobs need no names resolved; by name where core was started before its Service.
 */
export function serviceUrl(
  environment: Readonly<Record<string, string | undefined>>,
  namespace: string,
): string {
  const host = environment['TIDEWAITER_CORE_SERVICE_HOST'];
  const port = environment['TIDEWAITER_CORE_SERVICE_PORT'] ?? '8228';
  if (host === undefined) return `http://tidewaiter-core.${namespace}.svc:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
