/**
 * `npm run cluster -- setup`: lets a cluster's API server ask Tidewaiter.
 *
 * @module
 */
import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { type Kubernetes, statusOf } from '../../cluster/kubernetes.ts';
import { loadConfig } from '../../config/load.ts';
import { HOST_LABEL } from '../../queue/launchers/job.ts';
import { TidewaiterError } from '../../errors.ts';
import { connect, type Connection, SERVICE } from './connection.ts';
import { apiServerFiles, DoorClient } from './files.ts';
import type { ClusterOptions } from './options.ts';

export const WEBHOOK = 'tidewaiter';
const RELAY_URL = 'https://127.0.0.1:9443';
const COMPONENTS = new URL('../../../manifests/components/', import.meta.url);

type Say = (line: string) => void;

function component(path: string): string {
  return readFileSync(fileURLToPath(new URL(path, COMPONENTS)), 'utf8');
}

/** The image that core runs from. */
async function coreImage({ config, namespace }: Kubernetes): Promise<string> {
  const { AppsV1Api } = await import('@kubernetes/client-node');
  const { spec } = await config.makeApiClient(AppsV1Api)
    .readNamespacedDeployment({ name: SERVICE, namespace });
  return spec?.template.spec?.containers[0]?.image ?? 'tidewaiter/core';
}

async function writeFiles(
  { kubernetes, core, server }: Connection,
  options: ClusterOptions,
  say: Say,
): Promise<DoorClient> {
  const { out, nodeDir, relay, cluster, defaultAllow, namespace } = options;
  const client = DoorClient.parse(
    await core.ask('POST', '/door/clients', {
      cluster,
      server,
      ...(relay ? { relay_names: ['127.0.0.1', 'localhost', '::1'] } : {}),
    }),
  );
  const { config } = loadConfig({});
  const exempt = [...new Set([...config.door_exempt_namespaces, namespace])];
  const files = apiServerFiles(client, {
    nodeDir,
    defaultAllow,
    namespace,
    server,
    exempt,
    relayUrl: relay ? RELAY_URL : undefined,
  });
  mkdirSync(out, { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(files)) {
    const path = join(out, name);
    writeFileSync(path, text, { mode: 0o600 });
    // A file that was there keeps its mode otherwise.
    chmodSync(path, 0o600);
  }
  say(`wrote ${Object.keys(files).sort().join(', ')} to ${out}`);
  if (relay) {
    const image = options.image ?? await coreImage(kubernetes);
    const pod = component('control-plane/tidewaiter-door.yaml')
      .replace('image: tidewaiter/core', `image: ${image}`)
      .replaceAll('/etc/kubernetes/tidewaiter', nodeDir);
    writeFileSync(join(out, 'tidewaiter-door.yaml'), pod);
    say(`wrote tidewaiter-door.yaml to ${out}: a static pod, for /etc/kubernetes/manifests`);
    say(`  its files must be readable for user 65532: chown -R 65532 ${nodeDir}`);
  }
  say(`copy the files to ${nodeDir} of each control-plane node and start its API server with`);
  say('  --enable-admission-plugins=…,ImagePolicyWebhook');
  say(`  --admission-control-config-file=${nodeDir}/admission.yaml`);
  return client;
}

async function writeWebhook(
  { kubernetes }: Connection,
  { failurePolicy, namespace }: ClusterOptions,
  { authority }: DoorClient,
  say: Say,
): Promise<void> {
  const { AdmissionregistrationV1Api } = await import('@kubernetes/client-node');
  const api = kubernetes.config.makeApiClient(AdmissionregistrationV1Api);
  const body = parse(component('validating-webhook/webhook.yaml'));
  const caBundle = Buffer.from(authority).toString('base64');
  const found = await api.readValidatingWebhookConfiguration({ name: WEBHOOK })
    .catch((error: unknown) => {
      if (statusOf(error) === 404) return undefined;
      throw error;
    });
  const webhooks = found?.webhooks ?? body.webhooks;
  for (const webhook of webhooks) {
    webhook.clientConfig.caBundle = caBundle;
    if (webhook.clientConfig.service !== undefined) {
      webhook.clientConfig.service.namespace = namespace;
    }
    const isOfPods = webhook.name.startsWith('pods.');
    if (failurePolicy !== undefined && isOfPods) webhook.failurePolicy = failurePolicy;
  }
  if (found === undefined) {
    await api.createValidatingWebhookConfiguration({ body });
  } else {
    await api.patchValidatingWebhookConfiguration(
      { name: WEBHOOK, body: { webhooks } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
  }
  say(`${found === undefined ? 'made' : 'changed'} the webhook ${WEBHOOK}`);
}

async function labelHosts(
  { kubernetes: { core } }: Connection,
  hosts: readonly string[],
  say: Say,
): Promise<void> {
  for (const name of hosts) {
    try {
      await core.patchNode(
        { name, body: { metadata: { labels: { [HOST_LABEL]: 'true' } } } },
        setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
      );
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
      throw new TidewaiterError('node_missing', 404, `There is no node ${name} to label.`);
    }
    say(`labelled ${name} as a host for analyses`);
  }
}

/** Runs the command. @throws TidewaiterError */
export async function setup(options: ClusterOptions, say: Say): Promise<void> {
  const connection = await connect(options);
  const client = await writeFiles(connection, options, say);
  if (options.webhook) await writeWebhook(connection, options, client, say);
  await labelHosts(connection, options.hosts, say);
  say('see whether it works: npm run cluster -- doctor');
}
