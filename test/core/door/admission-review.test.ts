import { describe, expect, it } from 'vitest';
import {
  admissionQuestion,
  AdmissionReview,
  admissionReviewBody,
} from '../../../core/door/admission-review.ts';

const asker = { cluster: 'blue', identified: true };
const connection = { until: 1000, signal: new AbortController().signal };

type Json = Record<string, unknown>;

function pod(images: readonly string[], more: Json = {}, metadata: Json = {}): Json {
  return {
    metadata: { name: 'p', ...metadata },
    spec: { containers: images.map((image) => ({ name: 'c', image })), ...more },
  };
}

function ask(request: Json) {
  const review = AdmissionReview.parse({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      namespace: 'n',
      operation: 'CREATE',
      userInfo: { username: 'alice', groups: ['system:authenticated'] },
      object: null,
      oldObject: null,
      ...request,
    },
  });
  const asked = admissionQuestion(review, asker, connection);
  return asked.kind === 'question' ? asked.question : asked;
}

describe('admissionQuestion', () => {
  it('asks about containers of all kinds and image volumes, each image once', () => {
    const object = pod(['a', 'a'], {
      initContainers: [{ name: 'i', image: 'b' }],
      ephemeralContainers: [{ name: 'e', image: 'c' }],
      volumes: [{ name: 'v', image: { reference: 'd' } }, { name: 'w', emptyDir: {} }],
    }, { annotations: { key: 'value' } });
    expect(ask({ object })).toMatchObject({
      door: 'admission',
      namespace: 'n',
      images: ['a', 'b', 'c', 'd'],
      annotations: { key: 'value' },
      waiting: { kind: 'connection', until: 1000 },
      isBlind: false,
      makesPod: true,
      onlyWarns: false,
      request: { operation: 'CREATE', kind: 'Pod', user: 'alice', dryRun: false, identified: true },
    });
  });

  it.each([
    'system:serviceaccount:kube-system:replicaset-controller',
    'system:node:node-1',
    'system:kube-scheduler',
  ])('does not let %s wait', (username) => {
    expect(ask({ object: pod(['a']), userInfo: { username } }))
      .toMatchObject({ waiting: { kind: 'none' } });
  });

  it('counts a dry run as one that makes no pod', () => {
    expect(ask({ object: pod(['a']), dryRun: true }))
      .toMatchObject({ makesPod: false, request: { dryRun: true } });
  });

  it.each([
    ['labels alone change', pod(['a'], {}, { labels: { x: 'y' } }), pod(['a'])],
    [
      'a finalizer goes while it is deleted',
      pod(['b'], {}, { deletionTimestamp: 'T' }),
      pod(['a']),
    ],
    ['an image goes', pod(['a']), pod(['a', 'b'])],
  ])('has nothing to ask when %s', (_, object, oldObject) => {
    expect(ask({ operation: 'UPDATE', object, oldObject })).toEqual({ kind: 'nothing' });
  });

  it('asks about the images that an update brings', () => {
    expect(ask({ operation: 'UPDATE', object: pod(['a', 'b']), oldObject: pod(['a']) }))
      .toMatchObject({ images: ['b'], waiting: { kind: 'none' } });
    expect(ask({
      operation: 'UPDATE',
      subResource: 'ephemeralcontainers',
      object: pod(['a'], { ephemeralContainers: [{ name: 'e', image: 'x' }] }),
      oldObject: pod(['a']),
    })).toMatchObject({ images: ['x'] });
  });

  it.each([['DELETE', {}], ['CONNECT', {}], ['UPDATE', { subResource: 'status' }]])(
    'has nothing to ask of %s %j',
    (operation, more) => {
      const request = { operation, object: pod(['b']), oldObject: pod(['a']), ...more };
      expect(ask(request)).toEqual({ kind: 'nothing' });
    },
  );

  it.each([
    ['apps', 'deployments', { template: pod(['a']) }],
    ['apps', 'replicasets', { template: pod(['a']) }],
    ['apps', 'statefulsets', { template: pod(['a']) }],
    ['apps', 'daemonsets', { template: pod(['a']) }],
    ['batch', 'jobs', { template: pod(['a']) }],
    ['', 'replicationcontrollers', { template: pod(['a']) }],
    ['batch', 'cronjobs', { jobTemplate: { spec: { template: pod(['a']) } } }],
  ])('warns about the template of %s/%s', (group, resource, spec) => {
    const request = {
      kind: { group, version: 'v1', kind: 'K' },
      resource: { group, version: 'v1', resource },
      object: { metadata: { name: 'w' }, spec },
    };
    expect(ask(request)).toMatchObject({ images: ['a'], onlyWarns: true, makesPod: false });
    const scaled = { ...request, operation: 'UPDATE', oldObject: request.object };
    expect(ask(scaled)).toEqual({ kind: 'nothing' });
  });

  it.each([
    ['no object', null],
    ['containers of another shape', { spec: { containers: 'a' } }],
    ['10,000 containers', pod(Array.from({ length: 10_000 }, () => 'a'))],
    ['an image that is a number', { spec: { containers: [{ image: 7 }] } }],
  ])('cannot read a pod with %s', (_, object) => {
    expect(ask({ object })).toMatchObject({
      kind: 'unreadable',
      why: expect.stringMatching(/^object/),
    });
  });

  it('lets kinds pass that make no pods', () => {
    const resource = { group: '', version: 'v1', resource: 'configmaps' };
    expect(ask({ resource, object: { data: {} } })).toEqual({ kind: 'nothing' });
  });
});

describe('admissionReviewBody', () => {
  it('says no with status 403 and one escaped line', () => {
    expect(admissionReviewBody('u', { allowed: false, reason: 'a\u202eb\nc' })).toEqual({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: {
        uid: 'u',
        allowed: false,
        status: { code: 403, message: 'a\\u202eb\\u000ac' },
        auditAnnotations: {},
      },
    });
  });

  it('warns within what the API server shows', () => {
    const { response } = admissionReviewBody('u', {
      allowed: true,
      reason: '',
      warning: 'w'.repeat(500),
    });
    expect((response as { warnings: string[] }).warnings[0]).toHaveLength(250);
  });
});
