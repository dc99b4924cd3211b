/**
 * Asks the door as an API server does: over TLS, with the client certificate of a kubeconfig that
 * core made.
 *
 * @module
 */
import { request } from 'node:https';
import { parse } from 'yaml';
import { z } from 'zod';

const Kubeconfig = z.object({
  clusters: z.tuple([z.object({ cluster: z.record(z.string(), z.string()) })]),
  users: z.tuple([z.object({ user: z.record(z.string(), z.string()) })]),
});

/** Status and JSON of the door's answer. */
export async function askDoor(
  kubeconfig: string,
  spec: { readonly containers: readonly { readonly image: string }[]; readonly namespace?: string },
): Promise<{ status: number | undefined; body: unknown }> {
  const file = Kubeconfig.parse(parse(kubeconfig));
  const { cluster } = file.clusters[0];
  const { user } = file.users[0];
  const text = (value = '') => Buffer.from(value, 'base64').toString();
  return await new Promise((done, fail) => {
    const call = request(`${cluster['server']}?timeout=30s`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(user['token'] === undefined ? {} : { authorization: `Bearer ${user['token']}` }),
      },
      ca: text(cluster['certificate-authority-data']),
      ...(user['token'] === undefined
        ? { cert: text(user['client-certificate-data']), key: text(user['client-key-data']) }
        : {}),
    }, (answer) => {
      let body = '';
      answer.on('data', (chunk) => body += chunk);
      answer.on('end', () => done({ status: answer.statusCode, body: JSON.parse(body) }));
    });
    call.on('error', fail);
    call.end(JSON.stringify({ spec }));
  });
}
