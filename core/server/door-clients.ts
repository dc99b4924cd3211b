/**
 * `/door/…`: what an API server needs to come to the door, as a kubeconfig with a client certificate
 * or a token that names its cluster; what a relay beside it shows; new certificates. Keys are made
 * here, handed over once, and not kept.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { stringify } from 'yaml';
import { type Api, newApi, type Services } from '../api/context.ts';
import { ServerName } from './certificate-names.ts';
import { addAuthority, clientAuthority, doorAuthorities, trusted } from './authorities.ts';
import {
  certificateDates,
  issueClientCertificate,
  issueServerCertificate,
} from './certificates.ts';
import { CLUSTER_PREFIX, makeDoorToken } from './door-identity.ts';
import { renewServerCertificates } from './door-tls.ts';

const CLIENT_DAYS = 365;

const Request = z.object({
  /** Name of the cluster in decisions. */
  cluster: z.string().regex(/^[\w.-]{1,50}$/),
  /** Where its API server reaches the door: `https://host:port`. */
  server: z.url({ protocol: /^https$/ }).openapi({ pattern: '^https://[A-Za-z0-9.-]+' }),
  /** How it shows who it is. */
  credential: z.enum(['certificate', 'token']).default('certificate'),
  /** Names and addresses of a relay beside the API server, which gets a server certificate. */
  relay_names: z.array(ServerName).min(1).max(20).optional(),
});

const Client = z.object({
  /** For `kubeConfigFile` of the ImagePolicyWebhook's configuration. */
  kubeconfig: z.string(),
  /** The certificates that the door's own is to be checked with, PEM: a webhook's `caBundle`. */
  authority: z.string(),
  expires_in_days: z.number(),
  relay: z.object({ certificate: z.string(), key: z.string() }).optional(),
}).openapi('DoorClient');

const Renewed = z.object({
  /** When each of the door's authorities ends, the oldest first. */
  authorities: z.array(z.object({ not_after: z.string() })),
}).openapi('DoorCertificates');

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

const json = <T extends z.ZodType>(description: string, schema: T) => ({
  description,
  content: { 'application/json': { schema } },
});

/** How an API server shows who it is, as the user of its kubeconfig. */
async function userOf(
  { sql }: Services,
  authorities: Awaited<ReturnType<typeof doorAuthorities>>,
  { cluster, credential }: z.infer<typeof Request>,
): Promise<Record<string, string>> {
  if (credential === 'token') return { token: await makeDoorToken(sql, cluster, CLIENT_DAYS) };
  const client = await issueClientCertificate(clientAuthority(authorities), {
    commonName: `${CLUSTER_PREFIX}${cluster}`,
    days: CLIENT_DAYS,
  });
  return {
    'client-certificate-data': base64(client.certificate),
    'client-key-data': base64(client.key),
  };
}

/** Routes about those who come to the door. */
export function doorClientRoutes(services: Services): Api {
  const { sql } = services;
  return newApi().openapi(
    createRoute({
      method: 'post',
      path: '/door/clients',
      summary: 'Make a kubeconfig with which an API server comes to the door',
      request: {
        body: { required: true, content: { 'application/json': { schema: Request } } },
      },
      responses: { 200: json('The kubeconfig', Client) },
    }),
    async (c) => {
      const request = c.req.valid('json');
      const { cluster, server, relay_names: names } = request;
      const authorities = await doorAuthorities(sql);
      const authority = trusted(authorities);
      const user = await userOf(services, authorities, request);
      const relay = names === undefined
        ? undefined
        : await issueServerCertificate(clientAuthority(authorities), { names, days: CLIENT_DAYS });
      const kubeconfig = stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{
          name: 'tidewaiter',
          cluster: {
            server: new URL('/imagepolicy', server).href,
            'certificate-authority-data': base64(authority),
          },
        }],
        users: [{ name: cluster, user }],
        contexts: [{ name: 'tidewaiter', context: { cluster: 'tidewaiter', user: cluster } }],
        'current-context': 'tidewaiter',
      });
      return c.json({
        kubeconfig,
        authority,
        expires_in_days: CLIENT_DAYS,
        ...(relay === undefined ? {} : { relay }),
      }, 200);
    },
  ).openapi(
    createRoute({
      method: 'post',
      path: '/door/certificates',
      summary: 'Have the door show new certificates, without a restart',
      request: {
        body: {
          required: false,
          content: {
            'application/json': {
              schema: z.object({
                /** Another authority, too; kubeconfigs of the older ones go on working. */
                authority: z.boolean().default(false),
              }),
            },
          },
        },
      },
      responses: { 200: json('What counts now', Renewed) },
    }),
    async (c) => {
      const authorities = c.req.valid('json').authority
        ? await addAuthority(sql)
        : await doorAuthorities(sql);
      await renewServerCertificates(sql);
      const ends = authorities.map(({ certificate }) => ({
        not_after: certificateDates(certificate).notAfter.toISOString(),
      }));
      return c.json({ authorities: ends }, 200);
    },
  );
}
