/**
 * What the commands about a cluster are given.
 *
 * @module
 */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { messageOf, TidewaiterError } from '../../errors.ts';

export const USAGE = `usage: npm run cluster -- setup|doctor [options]

Both use KUBECONFIG, and find core by its Service; run them where that address is reached, for
instance on a control-plane node.

setup   lets the cluster's API server ask Tidewaiter: writes the files for its static pod, and what
        else is asked for
  --out DIR             where the files go (tidewaiter-files)
  --node-dir DIR        where they will be on the control-plane nodes (/etc/kubernetes/tidewaiter)
  --relay               the door beside the API server, as a static pod, with the files it reads
  --image IMAGE         image of that pod (the one core runs from)
  --webhook             the validating webhook, with its caBundle
  --failure-policy P    Ignore or Fail, for that webhook's pods (as it is)
  --default-allow       admit pods while the door is away; without it they are refused
  --hosts A,B           nodes to label as hosts for analyses
doctor  proves the way from the API server to a verdict, and names the first broken link

Both:
  --cluster NAME        name of the cluster in decisions (core's own: local)
  --core URL            core's API (http://ADDRESS-OF-ITS-SERVICE:8228)
  --server URL          core's door as the API server reaches it (https://ADDRESS-OF-ITS-SERVICE:8443)
  --namespace NAME      where core is (tidewaiter)
  --password PASSWORD   of the user admin (TIDEWAITER_ADMIN_PASSWORD, or the Secret tidewaiter-admin)`;

export interface ClusterOptions {
  readonly command: 'setup' | 'doctor';
  readonly out: string;
  readonly nodeDir: string;
  readonly relay: boolean;
  readonly image: string | undefined;
  readonly webhook: boolean;
  readonly failurePolicy: 'Ignore' | 'Fail' | undefined;
  readonly defaultAllow: boolean;
  readonly hosts: readonly string[];
  readonly cluster: string;
  readonly core: string | undefined;
  readonly server: string | undefined;
  readonly namespace: string;
  readonly password: string | undefined;
}

function wrong(why: string): TidewaiterError {
  return new TidewaiterError('wrong_arguments', 400, `${why}\n\n${USAGE}`);
}

/** Reads the command line. @throws TidewaiterError `wrong_arguments` */
export function readOptions(args: readonly string[]): ClusterOptions {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        out: { type: 'string', default: 'tidewaiter-files' },
        'node-dir': { type: 'string', default: '/etc/kubernetes/tidewaiter' },
        relay: { type: 'boolean', default: false },
        image: { type: 'string' },
        webhook: { type: 'boolean', default: false },
        'failure-policy': { type: 'string' },
        'default-allow': { type: 'boolean', default: false },
        hosts: { type: 'string', default: '' },
        cluster: { type: 'string', default: 'local' },
        core: { type: 'string' },
        server: { type: 'string' },
        namespace: { type: 'string', default: 'tidewaiter' },
        password: { type: 'string' },
      },
    });
  } catch (error) {
    throw wrong(messageOf(error));
  }
  const { values, positionals: [command, ...rest] } = parsed;
  if ((command !== 'setup' && command !== 'doctor') || rest.length > 0) {
    throw wrong('Say what to do: setup or doctor.');
  }
  const policy = values['failure-policy'];
  if (policy !== undefined && policy !== 'Ignore' && policy !== 'Fail') {
    throw wrong('--failure-policy is Ignore or Fail.');
  }
  return {
    command,
    out: values.out,
    nodeDir: values['node-dir'],
    relay: values.relay,
    image: values.image,
    webhook: values.webhook,
    failurePolicy: policy,
    defaultAllow: values['default-allow'],
    hosts: values.hosts.split(',').filter((host) => host !== ''),
    cluster: values.cluster,
    core: values.core,
    server: values.server,
    namespace: values.namespace,
    password: values.password ?? process.env['TIDEWAITER_ADMIN_PASSWORD'],
  };
}
