/**
 * Asks the door of the cluster's core as an API server does: over TLS, with a client certificate
 * that names the cluster.
 *
 * @module
 */
import { request } from 'node:https';
import { parse } from 'yaml';
import { z } from 'zod';
import { api, coreUrl } from './cluster.ts';

const Kubeconfig = z.object({
  clusters: z.tuple([z.object({ cluster: z.record(z.string(), z.string()) })]),
  users: z.tuple([z.object({ user: z.record(z.string(), z.string()) })]),
});

/** Makes a client of the door and asks about images; the status of the answer. */
export async function askDoor(images: readonly string[]): Promise<number> {
  const server = coreUrl().replace('http:', 'https:').replace(':8228', ':8443');
  const made = await api('POST', '/door/clients', { cluster: 'suite', server });
  const { kubeconfig } = z.object({ kubeconfig: z.string() }).parse(made.body);
  const file = Kubeconfig.parse(parse(kubeconfig));
  const { cluster } = file.clusters[0];
  const { user } = file.users[0];
  const pem = (value = '') => Buffer.from(value, 'base64').toString();
  const review = { spec: { containers: images.map((image) => ({ image })), namespace: 'default' } };
  return await new Promise((done, fail) => {
    const call = request(`${cluster['server']}?timeout=30s`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      ca: pem(cluster['certificate-authority-data']),
      cert: pem(user['client-certificate-data']),
      key: pem(user['client-key-data']),
    }, (answer) => {
      answer.resume().on('end', () => done(answer.statusCode ?? 0));
    });
    call.on('error', fail);
    call.end(JSON.stringify(review));
  });
}
