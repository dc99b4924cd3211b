/**
 * The files of an API server that asks Tidewaiter. Pure.
 *
 * @module
 */
import { parse, stringify } from 'yaml';
import { z } from 'zod';

/** What core made for this API server: `POST /door/clients`. */
export const DoorClient = z.object({
  kubeconfig: z.string(),
  authority: z.string(),
  relay: z.object({ certificate: z.string(), key: z.string() }).optional(),
});
export type DoorClient = z.infer<typeof DoorClient>;

const Kubeconfig = z.looseObject({
  clusters: z.tuple([z.looseObject({ cluster: z.record(z.string(), z.string()) })]),
  users: z.tuple([z.looseObject({ user: z.record(z.string(), z.string()) })]),
});

export interface FileOptions {
  /** Where the files will be on the nodes. */
  readonly nodeDir: string;
  readonly defaultAllow: boolean;
  /** Names of core as the API server calls its Service. */
  readonly namespace: string;
  /** The relay's own address, where there is one. */
  readonly relayUrl?: string | undefined;
  /** Core's door as the relay reaches it. */
  readonly server: string;
  readonly exempt: readonly string[];
}

/** How long the API server itself remembers answers, in seconds. */
const ALLOW_TTL = 30;
const DENY_TTL = 5;
const RETRY_BACKOFF_MS = 500;

function text(value = ''): string {
  return Buffer.from(value, 'base64').toString();
}

/** The API server's configuration of both plugins. */
function admissionConfiguration({ nodeDir, defaultAllow }: FileOptions): string {
  return stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AdmissionConfiguration',
    plugins: [
      {
        name: 'ImagePolicyWebhook',
        configuration: {
          imagePolicy: {
            kubeConfigFile: `${nodeDir}/kubeconfig`,
            allowTTL: ALLOW_TTL,
            denyTTL: DENY_TTL,
            retryBackoff: RETRY_BACKOFF_MS,
            defaultAllow,
          },
        },
      },
      {
        name: 'ValidatingAdmissionWebhook',
        configuration: {
          apiVersion: 'apiserver.config.k8s.io/v1',
          kind: 'WebhookAdmissionConfiguration',
          kubeConfigFile: `${nodeDir}/webhooks-kubeconfig`,
        },
      },
    ],
  });
}

/** With what the API server shows validating webhooks who it is: users by the webhook's address. */
function webhooksKubeconfig(user: Record<string, string>, namespace: string): string {
  const host = `tidewaiter-core.${namespace}.svc`;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    users: [host, `${host}:8443`].map((name) => ({ name, user })),
  });
}

/** Files by their name. Those with a key in them are for their owner alone. */
export function apiServerFiles(
  client: DoorClient,
  options: FileOptions,
): Record<string, string> {
  const kubeconfig = Kubeconfig.parse(parse(client.kubeconfig));
  const { user } = kubeconfig.users[0];
  const files: Record<string, string> = {
    'admission.yaml': admissionConfiguration(options),
    'webhooks-kubeconfig': webhooksKubeconfig(user, options.namespace),
    kubeconfig: client.kubeconfig,
  };
  const { relayUrl } = options;
  if (relayUrl === undefined || client.relay === undefined) return files;
  kubeconfig.clusters[0].cluster['server'] = new URL('/imagepolicy', relayUrl).href;
  return {
    ...files,
    kubeconfig: stringify(kubeconfig),
    'relay.yaml': stringify({
      host: new URL(relayUrl).hostname,
      door_port: Number(new URL(relayUrl).port),
      log_format: 'json',
      relay_core: options.server,
      relay_dir: options.nodeDir,
      door_fail_mode: options.defaultAllow ? 'allow' : 'deny',
    }),
    'ca.crt': client.authority,
    'client.crt': text(user['client-certificate-data']),
    'client.key': text(user['client-key-data']),
    'server.crt': client.relay.certificate,
    'server.key': client.relay.key,
    exempt: [
      '# Namespaces that are admitted without asking core, one in each line; * stands for any text.',
      ...options.exempt,
      '',
    ].join('\n'),
  };
}
