import { expect } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { composeImage } from 'oci-client/compose';
import type { Answer, TestCore } from '../../support/core.ts';

/** What the door says to an ImageReview. */
export interface ImageStatus {
  readonly allowed: boolean;
  readonly reason: string;
  readonly auditAnnotations: Record<string, string>;
}

/** What it says to an AdmissionReview. */
export interface AdmissionResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: { readonly code: number; readonly message: string };
  readonly warnings?: readonly string[];
  readonly auditAnnotations: Record<string, string>;
}

/** The status of an answer that has to be one. */
export function statusOf(answer: Answer): ImageStatus {
  expect(answer.status).toBe(200);
  const { apiVersion, kind, status } = answer.body as Record<string, unknown>;
  expect({ apiVersion, kind }).toEqual({
    apiVersion: 'imagepolicy.k8s.io/v1alpha1',
    kind: 'ImageReview',
  });
  return status as ImageStatus;
}

/** An image that differs from all others by its content; the default policy refuses port 22. */
export function image(content: string, ports: readonly string[] = []) {
  return composeImage({
    layers: [[
      { path: 'etc/os-release', content: 'ID=alpine\nVERSION_ID=3.20.3\n' },
      { path: 'content', content },
    ]],
    config: { ExposedPorts: ports },
  });
}

/** Asks as the API server does: again each second for as long as it is told so. */
export async function ask(
  core: TestCore,
  images: readonly string[],
  namespace?: string,
): Promise<{ held: number; status: ImageStatus }> {
  for (let held = 0;; held += 1) {
    const answer = await core.review(images, namespace);
    if (answer.status !== 503) return { held, status: statusOf(answer) };
    expect(answer.headers.get('retry-after')).toBe('1');
    await sleep(1000);
  }
}

/** Asks until the images are analysed, however many others are held. */
export async function settle(
  core: TestCore,
  images: readonly string[],
  namespace?: string,
): Promise<ImageStatus> {
  for (;;) {
    const { status } = await ask(core, images, namespace);
    if (!/waits for its analysis|is being analysed/.test(status.reason)) return status;
    await sleep(500);
  }
}

/** Asks the validating door on loopback about a pod, or what `request` says instead. */
export async function admit(
  core: TestCore,
  images: readonly string[],
  request: Record<string, unknown> = {},
  timeout = '10s',
): Promise<AdmissionResponse> {
  const answer = await fetch(`${core.url}/admission?timeout=${timeout}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: {
        uid: 'uid-1',
        kind: { group: '', version: 'v1', kind: 'Pod' },
        resource: { group: '', version: 'v1', resource: 'pods' },
        namespace: 'default',
        operation: 'CREATE',
        userInfo: { username: 'alice' },
        object: podOf(images),
        oldObject: null,
        dryRun: false,
        ...request,
      },
    }),
  });
  expect(answer.status).toBe(200);
  const body = await answer.json() as { kind: string; response: AdmissionResponse };
  expect(body).toMatchObject({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' });
  return body.response;
}

/** A pod with a container for each image. */
export function podOf(
  images: readonly string[],
  metadata: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    metadata: { name: 'p', ...metadata },
    spec: { containers: images.map((image, index) => ({ name: `c${index}`, image })) },
  };
}
