/**
 * AdmissionReview, admission.k8s.io/v1: what the API server asks a validating webhook and what it
 * understands as an answer.
 *
 * @module
 */
import { z } from 'zod';
import { LONGEST_NAMESPACE, shownAnnotations } from './image-review.ts';
import { imagesIn, Pod, templateOf, Workload } from './pod-images.ts';
import type { Answer, Asker, Question, Waiting } from './question.ts';
import { shown } from './text.ts';

export const ADMISSION_REVIEW_VERSION = 'admission.k8s.io/v1';

const Kind = z.looseObject({ group: z.string().default(''), kind: z.string() });
const Resource = z.looseObject({ group: z.string().default(''), resource: z.string() });

export const AdmissionReview = z.looseObject({
  apiVersion: z.literal(ADMISSION_REVIEW_VERSION),
  kind: z.literal('AdmissionReview'),
  request: z.looseObject({
    uid: z.string().min(1).max(200),
    kind: Kind,
    resource: Resource,
    subResource: z.string().nullish(),
    name: z.string().nullish(),
    namespace: z.string().max(LONGEST_NAMESPACE).nullish(),
    operation: z.enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']),
    userInfo: z.looseObject({
      username: z.string().default(''),
      groups: z.array(z.string()).nullish(),
    }).nullish(),
    object: z.unknown(),
    oldObject: z.unknown(),
    dryRun: z.boolean().nullish(),
  }),
});
export type AdmissionReview = z.infer<typeof AdmissionReview>;
type Request = AdmissionReview['request'];

/** Resources whose template is looked at, to warn. */
const WORKLOADS = new Set([
  'deployments.apps',
  'replicasets.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'jobs.batch',
  'cronjobs.batch',
  'replicationcontrollers.',
]);

/** What a review asks: a question, or nothing that anybody has to think about. */
export type Asked =
  | { readonly kind: 'question'; readonly question: Question }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unreadable'; readonly why: string };

/** Where a person waits: controllers have few workers, and nodes none at all. */
function isPerson({ userInfo }: Request): boolean {
  const username = userInfo?.username ?? '';
  return !username.startsWith('system:') || username === 'system:admin';
}

function problem(object: string, error: z.ZodError): Asked {
  const [issue] = error.issues;
  const why = `${object}.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'wrong shape'}`;
  return { kind: 'unreadable', why };
}

/** Images of a pod that were not in it before. */
function newImages(pod: z.infer<typeof Pod>, old: z.infer<typeof Pod>): string[] {
  const before = new Set(imagesIn(old.spec));
  return imagesIn(pod.spec).filter((image) => !before.has(image));
}

function aboutPod(request: Request, base: Omit<Question, 'images' | 'annotations'>): Asked {
  const pod = Pod.safeParse(request.object);
  if (!pod.success) return problem('object', pod.error);
  const { metadata } = pod.data;
  const annotations = metadata?.annotations ?? {};
  if (request.operation === 'CREATE') {
    return {
      kind: 'question',
      question: { ...base, images: imagesIn(pod.data.spec), annotations },
    };
  }
  // What is on its way out must get out.
  if (typeof metadata?.deletionTimestamp === 'string') return { kind: 'nothing' };
  const old = Pod.safeParse(request.oldObject);
  if (!old.success) return problem('oldObject', old.error);
  const images = newImages(pod.data, old.data);
  if (images.length === 0) return { kind: 'nothing' };
  return {
    kind: 'question',
    question: { ...base, images, annotations, waiting: { kind: 'none' } },
  };
}

function aboutWorkload(request: Request, base: Omit<Question, 'images' | 'annotations'>): Asked {
  const workload = Workload.safeParse(request.object);
  if (!workload.success) return problem('object', workload.error);
  const template = templateOf(workload.data);
  if (template === undefined) return { kind: 'nothing' };
  const images = imagesIn(template.spec);
  if (request.operation === 'UPDATE') {
    const old = Workload.safeParse(request.oldObject);
    const before = old.success ? templateOf(old.data) : undefined;
    const known = new Set(before === undefined ? [] : imagesIn(before.spec));
    if (images.every((image) => known.has(image))) return { kind: 'nothing' };
  }
  return {
    kind: 'question',
    question: {
      ...base,
      images,
      annotations: template.metadata?.annotations ?? {},
      waiting: { kind: 'none' },
      makesPod: false,
      onlyWarns: true,
    },
  };
}

/** The question that a review puts. `until` is when an answer must have been given. */
export function admissionQuestion(
  { request }: AdmissionReview,
  asker: Asker,
  connection: { readonly until: number; readonly signal: AbortSignal },
): Asked {
  const { operation, resource, subResource, namespace, name, userInfo, dryRun } = request;
  if (operation !== 'CREATE' && operation !== 'UPDATE') return { kind: 'nothing' };
  const waiting: Waiting = isPerson(request)
    ? { kind: 'connection', ...connection }
    : { kind: 'none' };
  const base = {
    door: 'admission',
    asker,
    namespace: namespace ?? '',
    waiting,
    isBlind: false,
    makesPod: dryRun !== true,
    onlyWarns: false,
    request: {
      identified: asker.identified,
      operation,
      kind: shown(request.kind.kind, 100),
      name: shown(name ?? '', 253),
      user: shown(userInfo?.username ?? '', 253),
      dryRun: dryRun === true,
    },
  } as const;
  const of = `${resource.resource}.${resource.group}`;
  if (of === 'pods.') {
    const isSpec = subResource === null || subResource === undefined || subResource === '' ||
      subResource === 'ephemeralcontainers';
    return isSpec ? aboutPod(request, base) : { kind: 'nothing' };
  }
  return WORKLOADS.has(of) && !subResource ? aboutWorkload(request, base) : { kind: 'nothing' };
}

/** The API server cuts warnings at 256 bytes, and ours say first what matters. */
const LONGEST_WARNING = 250;

/** The document that carries an answer. */
export function admissionReviewBody(uid: string, answer: Answer): Record<string, unknown> {
  const { allowed, reason, warning } = answer;
  return {
    apiVersion: ADMISSION_REVIEW_VERSION,
    kind: 'AdmissionReview',
    response: {
      uid,
      allowed,
      ...(allowed ? {} : { status: { code: 403, message: shown(reason) } }),
      ...(warning === undefined ? {} : { warnings: [shown(warning, LONGEST_WARNING)] }),
      auditAnnotations: shownAnnotations(answer),
    },
  };
}
