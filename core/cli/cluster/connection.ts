/**
 * A cluster and the core in it, as commands reach them.
 *
 * @module
 */
import { z } from 'zod';
import { connectKubernetes, type Kubernetes, statusOf } from '../../cluster/kubernetes.ts';
import { messageOf, TidewaiterError } from '../../errors.ts';
import type { ClusterOptions } from './options.ts';

export const SERVICE = 'tidewaiter-core';

/** Core's API as the administrator asks it. */
export interface CoreApi {
  readonly url: string;
  /** JSON of an answer with status 200. @throws TidewaiterError */
  ask(method: string, path: string, body?: unknown): Promise<unknown>;
}

export interface Connection {
  readonly kubernetes: Kubernetes;
  /** Where core's Service is. */
  readonly address: string;
  readonly core: CoreApi;
  /** Core's door as the API server reaches it. */
  readonly server: string;
}

const ASK_MS = 15_000;
const Failure = z.looseObject({ message: z.string() });

/** Core's API at a URL. */
export function coreApi(url: string, password: string): CoreApi {
  const login = Buffer.from(`admin:${password}`).toString('base64');
  return {
    url,
    async ask(method, path, body) {
      let answer: Response;
      try {
        answer = await fetch(`${url}/v1${path}`, {
          method,
          headers: { authorization: `Basic ${login}`, 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(ASK_MS),
        });
      } catch (error) {
        throw new TidewaiterError(
          'core_unreachable',
          503,
          `Core does not answer at ${url} (${
            messageOf(error)
          }): run this where the address of its ` +
            'Service is reached, or name another one with --core.',
          { cause: error },
        );
      }
      const text = await answer.text();
      if (answer.ok) return JSON.parse(text) as unknown;
      if (answer.status === 401) {
        throw new TidewaiterError(
          'core_password_wrong',
          401,
          'Core does not take the password of the user admin: give it with --password.',
        );
      }
      const failure = Failure.safeParse(parsed(text)).data?.message ?? text.slice(0, 200);
      throw new TidewaiterError(
        'core_refuses',
        answer.status,
        `Core answers ${answer.status} to ${method} ${path}: ${failure}`,
      );
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The password that the Secret holds, if it holds one. */
async function secretPassword({ core, namespace }: Kubernetes): Promise<string | undefined> {
  try {
    const { data } = await core.readNamespacedSecret({ name: 'tidewaiter-admin', namespace });
    const password = Buffer.from(data?.['password'] ?? '', 'base64').toString();
    return password === '' ? undefined : password;
  } catch (error) {
    if (statusOf(error) === 404 || statusOf(error) === 403) return undefined;
    throw error;
  }
}

/** Address of core's Service. @throws TidewaiterError `service_missing` */
export async function serviceAddress({ core, namespace }: Kubernetes): Promise<string> {
  try {
    const { spec } = await core.readNamespacedService({ name: SERVICE, namespace });
    if (spec?.clusterIP !== undefined && spec.clusterIP !== 'None') return spec.clusterIP;
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
  }
  throw new TidewaiterError(
    'service_missing',
    404,
    `There is no Service ${SERVICE} in namespace ${namespace}: apply the manifests first.`,
  );
}

/** Finds cluster and core. @throws TidewaiterError */
export async function connect(options: ClusterOptions): Promise<Connection> {
  const kubernetes = await connectKubernetes(options.namespace);
  const address = await serviceAddress(kubernetes);
  const password = options.password ?? await secretPassword(kubernetes);
  if (password === undefined) {
    throw new TidewaiterError(
      'core_password_unknown',
      400,
      'The Secret tidewaiter-admin holds no password: core made one up and wrote it to its log ' +
        'once. Give it with --password.',
    );
  }
  const host = address.includes(':') ? `[${address}]` : address;
  return {
    kubernetes,
    address,
    core: coreApi(options.core ?? `http://${host}:8228`, password),
    server: options.server ?? `https://${host}:8443`,
  };
}
