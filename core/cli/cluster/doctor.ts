/**
 * `npm run cluster -- doctor`: the way from the API server to a verdict, link by link.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { z } from 'zod';
import { connectKubernetes, type Kubernetes, statusOf } from '../../cluster/kubernetes.ts';
import { isReadyNode } from '../../cluster/nodes.ts';
import { messageOf } from '../../errors.ts';
import { HOST_LABEL } from '../../queue/launchers/job.ts';
import { connect, type Connection, SERVICE, serviceAddress } from './connection.ts';
import { WEBHOOK } from './setup.ts';
import type { ClusterOptions } from './options.ts';

/** One link: what it is, and a look at it, which says what was seen or throws what is wrong. */
interface Link {
  readonly name: string;
  look(): Promise<string>;
}

const WRITTEN_MS = 5000;
const SOON_DAYS = 21;
const DAY_MS = 86_400_000;
/** Where the doctor asks: a namespace that is judged. */
const PROBE_NAMESPACE = 'default';

const Decisions = z.array(z.looseObject({
  id: z.string(),
  door: z.string(),
  cluster: z.string(),
  identified: z.boolean(),
  mode: z.string(),
}));
type Decisions = z.infer<typeof Decisions>;

async function pods({ core, namespace }: Kubernetes): Promise<string> {
  const { items } = await core.listNamespacedPod({
    namespace,
    labelSelector: `app.kubernetes.io/name=${SERVICE}`,
  });
  const ready = items.filter(({ status }) =>
    status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
  );
  if (ready.length === 0) {
    throw new Error(
      items.length === 0
        ? `there is no pod of core in namespace ${namespace}: apply the manifests`
        : `none of the ${items.length} pods of core is ready: see kubectl -n ${namespace} logs deploy/${SERVICE}`,
    );
  }
  return `${ready.length} of ${items.length} pods of core are ready`;
}

async function hosts({ core }: Kubernetes): Promise<string> {
  const { items } = await core.listNode({ labelSelector: `${HOST_LABEL}=true` });
  const ready = items.filter(isReadyNode);
  if (ready.length > 0) return `${ready.length} hosts are ready for analyses`;
  throw new Error(
    `no host is ready for analyses: kubectl label node NAME ${HOST_LABEL}=true, or setup --hosts`,
  );
}

/** The end of the certificate that the door shows; its chain is checked against the authority. */
async function certificate(server: string): Promise<string> {
  const { hostname, port } = new URL(server);
  const end = await new Promise<Date>((done, fail) => {
    const socket = connectTls(
      { host: hostname, port: Number(port || 443), rejectUnauthorized: false, timeout: 5000 },
      () => {
        const { valid_to: text } = socket.getPeerCertificate();
        socket.destroy();
        done(new Date(text));
      },
    );
    socket.on('timeout', () => fail(new Error(`nobody answers at ${server}`)));
    socket.on('error', (error) => fail(new Error(`${server}: ${error.message}`)));
  });
  const days = Math.floor((end.getTime() - Date.now()) / DAY_MS);
  if (days < SOON_DAYS) throw new Error(`the door's certificate ends in ${days} days`);
  return `the door shows a certificate that is good for ${days} days`;
}

async function webhook({ config }: Kubernetes): Promise<string> {
  const { AdmissionregistrationV1Api } = await import('@kubernetes/client-node');
  const api = config.makeApiClient(AdmissionregistrationV1Api);
  try {
    const { webhooks } = await api.readValidatingWebhookConfiguration({ name: WEBHOOK });
    const bare = (webhooks ?? []).filter(({ clientConfig }) => !clientConfig.caBundle);
    if (bare.length > 0) {
      throw new Error(`the webhook ${WEBHOOK} has no caBundle: run setup --webhook`);
    }
    const policy = webhooks?.find(({ name }) => name.startsWith('pods.'))?.failurePolicy;
    return `the validating webhook is there, failurePolicy ${policy}`;
  } catch (error) {
    if (statusOf(error) === 404) return 'there is no validating webhook (setup --webhook makes it)';
    throw error;
  }
}

/** Has the API server ask about a pod that nobody makes; what core wrote down of it. */
async function probe({ kubernetes, core }: Connection): Promise<Decisions> {
  // No reference at all, so that nothing is looked for.
  const image = `Tidewaiter-Doctor//${randomBytes(6).toString('hex')}`;
  const body = {
    metadata: { generateName: 'tidewaiter-doctor-' },
    spec: { containers: [{ name: 'probe', image }] },
  };
  await kubernetes.core.createNamespacedPod({ namespace: PROBE_NAMESPACE, body, dryRun: 'All' })
    .catch((error: unknown) => {
      // Refused: so it was asked about, or may not be made for another reason, which we see below.
      if (![403, 422].includes(statusOf(error) ?? 0)) throw error;
    });
  const deadline = Date.now() + WRITTEN_MS;
  for (;;) {
    const found = Decisions.parse(
      await core.ask('GET', `/admissions?image=${encodeURIComponent(image)}`),
    );
    if (found.length > 0 || Date.now() > deadline) return found;
    await sleep(200);
  }
}

async function doors(connection: Connection, options: ClusterOptions): Promise<string> {
  const found = await probe(connection);
  const asked = found.filter(({ cluster }) => cluster === options.cluster);
  if (asked.length === 0) {
    const others = [...new Set(found.map(({ cluster }) => cluster))];
    throw new Error(
      others.length > 0
        ? `the API server asks in the name of ${others.join(', ')}, not of ${options.cluster}`
        : 'the API server did not ask about a new pod: start it with the files of setup, or make ' +
          'the validating webhook (setup --webhook)',
    );
  }
  return asked.map(({ door, mode, identified }) =>
    `${door} (mode ${mode}${identified ? '' : ', without having shown who it is'})`
  ).sort().join(' and ');
}

/** Looks at all links in their order. False at the first broken one. */
export async function doctor(
  options: ClusterOptions,
  say: (line: string) => void,
): Promise<boolean> {
  const kubernetes = await connectKubernetes(options.namespace);
  let connection: Connection | undefined;
  const connected = async () => connection ??= await connect(options);
  const links: Link[] = [
    {
      name: 'API server',
      look: async () => `it answers; core is at ${await serviceAddress(kubernetes)}`,
    },
    { name: 'pods', look: () => pods(kubernetes) },
    {
      name: 'core',
      look: async () => {
        const { core } = await connected();
        await core.ask('GET', '/policies');
        return `its API answers at ${core.url}`;
      },
    },
    { name: 'certificate', look: async () => await certificate((await connected()).server) },
    { name: 'webhook', look: () => webhook(kubernetes) },
    {
      name: 'door',
      look: async () => `the API server asks through ${await doors(await connected(), options)}`,
    },
    { name: 'hosts', look: () => hosts(kubernetes) },
  ];
  for (const { name, look } of links) {
    try {
      say(`ok      ${name.padEnd(12)} ${await look()}`);
    } catch (error) {
      say(`broken  ${name.padEnd(12)} ${messageOf(error)}`);
      return false;
    }
  }
  return true;
}
