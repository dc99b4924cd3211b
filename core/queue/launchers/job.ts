/**
 * The Kubernetes Job of one attempt: pure, from the operator's pod template and a run.
 *
 * @module
 */
import type {
  V1Affinity,
  V1Container,
  V1Job,
  V1PodSpec,
  V1PodTemplateSpec,
  V1TopologySpreadConstraint,
} from '@kubernetes/client-node';
import { EXIT_PERMANENT, EXIT_SUPERSEDED, EXIT_USAGE } from '../../../jobs/contract/index.ts';
import { LANE_NAMES } from '../lanes.ts';
import { confinement } from './permissions.ts';
import type { Run } from './types.ts';

/** Label and annotation prefix, and the label and taint of hosts for analyses. */
export const PREFIX = 'tidewaiter.dev/';
export const HOST_LABEL = `${PREFIX}analyzer`;
/** Labels that every Job of core has. */
export const JOB_LABELS = {
  'app.kubernetes.io/name': 'tidewaiter-analyzer',
  'app.kubernetes.io/managed-by': 'tidewaiter',
} as const;
export const JOB_SELECTOR = Object.entries(JOB_LABELS).map(([key, value]) => `${key}=${value}`)
  .join(',');
export const TASK_LABEL = `${PREFIX}task`;
/** Audience of the token that a Job shows to core. */
export const TOKEN_AUDIENCE = 'tidewaiter-core';

/** Whose token core believes. */
export const JOB_IDENTITY = {
  audience: TOKEN_AUDIENCE,
  serviceAccount: 'tidewaiter-analyzer',
  taskLabel: TASK_LABEL,
} as const;

/** The program of the analyzer's second thread, which the runtime asks a permission for. */
const SECOND_THREAD = '/app/unpack-worker.js';
const SCRATCH = '/scratch';
const TOKEN_DIR = '/var/run/secrets/tidewaiter';
// Not in /dev: the runtime opens nothing there without all permissions.
const TERMINATION_LOG = '/tmp/termination-log';
/** Seconds a pod stays bound to a host that is lost. */
const LOST_HOST_SECONDS = 10;

export interface JobOptions {
  readonly namespace: string;
  readonly placement: 'isolate' | 'spread' | 'pack';
  readonly deadlineSeconds: number;
  /** How long a Job that is done, or has failed, can be looked at. */
  readonly ttlSeconds: number;
  readonly failedTtlSeconds: number;
  readonly priorityClass?: string | undefined;
}

/** Bytes that a run needs. */
export interface Needs {
  readonly memoryMb: number;
  readonly scratchMb: number;
}

/** A text as a label's value: 63 characters of a small alphabet. */
export function labelValue(text: string): string {
  return text.replace(/[^\w.-]+/g, '_').slice(-63).replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
}

/** Name of a run's Job: deterministic, so that it cannot be made twice. */
export function jobName(task: string): string {
  return `analyze-${task}`;
}

function affinityOf(placement: JobOptions['placement']): V1Affinity | undefined {
  const term = {
    topologyKey: 'kubernetes.io/hostname',
    labelSelector: { matchLabels: { ...JOB_LABELS } },
  };
  if (placement === 'isolate') {
    return { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  }
  if (placement === 'pack') {
    const preferred = [{ weight: 100, podAffinityTerm: term }];
    return { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } };
  }
  return undefined;
}

function spreadOf(placement: JobOptions['placement']): V1TopologySpreadConstraint[] | undefined {
  if (placement !== 'spread') return undefined;
  return [{
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: { ...JOB_LABELS } },
  }];
}

/** What the runtime lets the analyzer do inside its pod. */
function argumentsOf(run: Run, memoryMb: number): string[] {
  return [
    ...confinement(run, {
      read: [SCRATCH, TOKEN_DIR, SECOND_THREAD],
      write: [SCRATCH, TERMINATION_LOG],
      memoryMb,
    }),
    '/app/analyzer.js',
    '--core',
    run.coreUrl,
    '--task',
    run.task,
    '--scratch',
    SCRATCH,
    '--token-file',
    `${TOKEN_DIR}/token`,
    '--termination-log',
    TERMINATION_LOG,
  ];
}

function container(template: V1PodSpec, run: Run, needs: Needs): V1Container {
  const given = template.containers.find(({ name }) => name === 'analyzer') ??
    template.containers[0] ?? { name: 'analyzer' };
  const memory = `${needs.memoryMb}Mi`;
  const storage = `${needs.scratchMb + 64}Mi`;
  return {
    ...given,
    name: 'analyzer',
    args: argumentsOf(run, needs.memoryMb),
    resources: {
      requests: { cpu: '500m', ...given.resources?.requests, memory, 'ephemeral-storage': storage },
      limits: { ...given.resources?.limits, memory, 'ephemeral-storage': storage },
    },
    securityContext: {
      ...given.securityContext,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    terminationMessagePath: TERMINATION_LOG,
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [
      ...given.volumeMounts ?? [],
      { name: 'scratch', mountPath: SCRATCH },
      { name: 'token', mountPath: TOKEN_DIR, readOnly: true },
    ],
  };
}

function podSpec(template: V1PodSpec, run: Run, needs: Needs, options: JobOptions): V1PodSpec {
  const affinity = affinityOf(options.placement);
  const spread = spreadOf(options.placement);
  return {
    ...template,
    containers: [
      container(template, run, needs),
      ...template.containers.filter(({ name }) => name !== 'analyzer').slice(
        template.containers.some(({ name }) => name === 'analyzer') ? 0 : 1,
      ),
    ],
    restartPolicy: 'Never',
    serviceAccountName: JOB_IDENTITY.serviceAccount,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    nodeSelector: { ...template.nodeSelector, [HOST_LABEL]: 'true' },
    tolerations: [
      ...template.tolerations ?? [],
      { key: HOST_LABEL, operator: 'Exists' },
      ...['not-ready', 'unreachable'].map((state) => ({
        key: `node.kubernetes.io/${state}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: LOST_HOST_SECONDS,
      })),
    ],
    securityContext: {
      runAsUser: 65_532,
      runAsGroup: 65_532,
      fsGroup: 65_532,
      ...template.securityContext,
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(affinity === undefined ? {} : { affinity: { ...template.affinity, ...affinity } }),
    ...(spread === undefined ? {} : { topologySpreadConstraints: spread }),
    ...(options.priorityClass === undefined ? {} : { priorityClassName: options.priorityClass }),
    volumes: [
      ...template.volumes ?? [],
      { name: 'scratch', emptyDir: { sizeLimit: `${needs.scratchMb}Mi` } },
      {
        name: 'token',
        projected: {
          defaultMode: 0o440,
          sources: [{
            serviceAccountToken: {
              audience: TOKEN_AUDIENCE,
              expirationSeconds: 3600,
              path: 'token',
            },
          }],
        },
      },
    ],
  };
}

/** The Job that runs one attempt. */
export function jobOf(
  template: V1PodTemplateSpec,
  run: Run,
  needs: Needs,
  options: JobOptions,
): V1Job {
  const spec = template.spec ?? { containers: [] };
  const labels = {
    ...JOB_LABELS,
    [TASK_LABEL]: run.task,
    [`${PREFIX}digest`]: run.digest.replace(/^sha\d+:/, '').slice(0, 32),
    [`${PREFIX}image`]: labelValue(run.reference),
    [`${PREFIX}lane`]: LANE_NAMES[run.lane],
  };
  const annotations = {
    [`${PREFIX}reference`]: run.reference,
    [`${PREFIX}digest`]: run.digest,
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: jobName(run.task), namespace: options.namespace, labels, annotations },
    spec: {
      parallelism: 1,
      completions: 1,
      backoffLimit: 0,
      activeDeadlineSeconds: Math.ceil(options.deadlineSeconds),
      ttlSecondsAfterFinished: Math.ceil(options.ttlSeconds),
      podReplacementPolicy: 'Failed',
      podFailurePolicy: {
        rules: [
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
          {
            action: 'FailJob',
            onExitCodes: {
              containerName: 'analyzer',
              operator: 'In',
              values: [EXIT_PERMANENT, EXIT_SUPERSEDED, EXIT_USAGE],
            },
          },
        ],
      },
      template: {
        metadata: {
          ...template.metadata,
          labels: {
            'sidecar.istio.io/inject': 'false',
            ...template.metadata?.labels,
            ...labels,
          },
          annotations: { ...template.metadata?.annotations, ...annotations },
        },
        spec: podSpec(spec, run, needs, options),
      },
    },
  };
}
