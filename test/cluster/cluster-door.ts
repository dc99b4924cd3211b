/**
 * Asks the door of the cluster's core as an API server does: over TLS, with the client certificate
 * of a kubeconfig that core made for it.
 *
 * @module
 */
import { request } from 'node:https';
import { parse } from 'yaml';
import { z } from 'zod';
import { api, coreUrl } from './cluster.ts';

const Made = z.object({ kubeconfig: z.string() });
const Kubeconfig = z.object({
  clusters: z.tuple([z.object({ cluster: z.record(z.string(), z.string()) })]),
  users: z.tuple([z.object({ user: z.record(z.string(), z.string()) })]),
});
const Review = z.object({
  status: z.object({
    allowed: z.boolean(),
    auditAnnotations: z.record(z.string(), z.string()).default({}),
  }),
});
export type ReviewStatus = z.infer<typeof Review>['status'];

/** A name in the certificate of the door: this machine comes by address. */
const SERVER_NAME = 'tidewaiter-core.tidewaiter.svc';

/** Lets a cluster in; the returned function asks about an image in its name. */
export async function comeToDoor(
  cluster: string,
): Promise<(image: string) => Promise<ReviewStatus>> {
  const server = `https://${new URL(coreUrl()).hostname}:8443`;
  const made = await api('POST', '/door/clients', { cluster, server });
  const file = Kubeconfig.parse(parse(Made.parse(made.body).kubeconfig));
  const text = (value = '') => Buffer.from(value, 'base64').toString();
  const { cluster: door } = file.clusters[0];
  const { user } = file.users[0];
  return (image) =>
    new Promise((done, fail) => {
      const call = request(`${door['server']}?timeout=30s`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        servername: SERVER_NAME,
        ca: text(door['certificate-authority-data']),
        cert: text(user['client-certificate-data']),
        key: text(user['client-key-data']),
      }, (answer) => {
        let body = '';
        answer.on('data', (chunk) => body += chunk);
        answer.on('end', () => {
          const review = Review.safeParse(answer.statusCode === 200 ? JSON.parse(body) : undefined);
          if (review.success) done(review.data.status);
          else fail(new Error(`The door answered ${answer.statusCode}: ${body}`));
        });
      });
      call.on('error', fail);
      call.end(JSON.stringify({ spec: { containers: [{ image }], namespace: 'default' } }));
    });
}
