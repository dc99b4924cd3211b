/**
 * `POST /door/clients`: what an API server needs to come to the door, as a kubeconfig with a client
 * certificate that names its cluster. The key is made here, handed over once, and not kept.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { stringify } from 'yaml';
import { type Api, newApi, type Services } from '../api/context.ts';
import { TidewaiterError } from '../errors.ts';
import { issueClientCertificate } from './certificates.ts';
import { CLUSTER_PREFIX, doorAuthority } from './door-tls.ts';

const CLIENT_DAYS = 365;

const Request = z.object({
  /** Name of the cluster in decisions. */
  cluster: z.string().regex(/^[\w.-]{1,50}$/),
  /** Where its API server reaches the door: `https://host:port`. */
  server: z.url({ protocol: /^https$/ }),
});

const Kubeconfig = z.object({
  /** For `kubeConfigFile` of the ImagePolicyWebhook's configuration. */
  kubeconfig: z.string(),
  expires_in_days: z.number(),
}).openapi('DoorClient');

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Routes about those who come to the door. */
export function doorClientRoutes({ sql }: Services): Api {
  return newApi().openapi(
    createRoute({
      method: 'post',
      path: '/door/clients',
      summary: 'Make a kubeconfig with which an API server comes to the door',
      request: {
        body: { required: true, content: { 'application/json': { schema: Request } } },
      },
      responses: {
        200: {
          description: 'The kubeconfig',
          content: { 'application/json': { schema: Kubeconfig } },
        },
      },
    }),
    async (c) => {
      if (!c.get('identity').isAdmin) {
        throw new TidewaiterError('admin_only', 403, 'Only the administrator may do that.');
      }
      const { cluster, server } = c.req.valid('json');
      const authority = await doorAuthority(sql);
      const client = await issueClientCertificate(authority, {
        commonName: `${CLUSTER_PREFIX}${cluster}`,
        days: CLIENT_DAYS,
      });
      const kubeconfig = stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{
          name: 'tidewaiter',
          cluster: {
            server: new URL('/imagepolicy', server).href,
            'certificate-authority-data': base64(authority.certificate),
          },
        }],
        users: [{
          name: cluster,
          user: {
            'client-certificate-data': base64(client.certificate),
            'client-key-data': base64(client.key),
          },
        }],
        contexts: [{ name: 'tidewaiter', context: { cluster: 'tidewaiter', user: cluster } }],
        'current-context': 'tidewaiter',
      });
      return c.json({ kubeconfig, expires_in_days: CLIENT_DAYS }, 200);
    },
  );
}
