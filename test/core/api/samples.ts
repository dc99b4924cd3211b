/**
 * Small images and answers for the tests of the API.
 *
 * @module
 */
import { expect } from 'vitest';
import { type ComposedImage, composeImage } from 'oci-client/compose';
import type { Digest } from 'oci-client';
import type { Answer, TestCore } from '../../support/core.ts';

/** An image that differs from all others by its content. */
export function image(content: string): ComposedImage {
  return composeImage({
    layers: [[
      { path: 'etc/os-release', content: 'ID=alpine\nVERSION_ID=3.20.3\n' },
      { path: 'content', content },
    ]],
  });
}

/** Digest of an image's n-th layer. */
export function layerOf(composed: ComposedImage, index = 0): Digest {
  const { layers } = JSON.parse(new TextDecoder().decode(composed.manifest.bytes)) as {
    layers: { digest: Digest }[];
  };
  const digest = layers[index]?.digest;
  if (digest === undefined) throw new Error('the image has no such layer');
  return digest;
}

/** An image as the API shows it, as far as tests look. */
export interface ImageBody {
  readonly imageDigest: string;
  readonly parentDigest: string;
  readonly userId: string;
  readonly annotations: Record<string, string>;
  readonly analysis_status: string;
  readonly last_updated: string;
  readonly analyzed_at: string | null;
  readonly image_content: { readonly metadata: Record<string, unknown> };
  readonly image_detail: {
    readonly fulltag: string;
    readonly tag: string | null;
    readonly imageId: string;
    readonly dockerfile: string | null;
  }[];
  readonly analysis_error: { readonly code: string; readonly message: string } | null;
}

/** The images of a good answer. */
export function imagesOf(answer: Answer): ImageBody[] {
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  expect(answer.body).toBeInstanceOf(Array);
  return answer.body as ImageBody[];
}

/** The only image of a good answer. */
export function onlyImage(answer: Answer): ImageBody {
  const images = imagesOf(answer);
  expect(images).toHaveLength(1);
  return images[0] as ImageBody;
}

export interface ErrorBody {
  readonly message: string;
  readonly httpcode: number;
  readonly code: string;
  readonly detail: { readonly error_codes: string[] } & Record<string, unknown>;
}

/** An error's body; its shape and that its message is one clear sentence are checked. */
export function errorOf(answer: Answer): ErrorBody {
  const body = answer.body as ErrorBody;
  expect(body, JSON.stringify(body)).toMatchObject({
    message: expect.any(String) as string,
    httpcode: answer.status,
    code: expect.stringMatching(/^[a-z][a-z0-9_]*$/) as string,
    detail: { error_codes: expect.any(Array) as string[] },
  });
  expectSentence(body.message);
  return body;
}

/** One line that a person can read. */
export function expectSentence(message: string): void {
  expect(message.length).toBeGreaterThan(15);
  expect(message.length).toBeLessThan(700);
  // deno-lint-ignore no-control-regex
  expect(message).not.toMatch(/[\u0000-\u001f\u202e]|\[object|undefined|Error:| at \//);
}

/** Asks with any headers and without the `/v1` that `core.api` adds. */
export async function ask(
  core: TestCore,
  path: string,
  init: RequestInit = {},
): Promise<Answer> {
  const response = await fetch(`${core.url}${path}`, init);
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? JSON.parse(text) as unknown : text,
  };
}

/** The header of HTTP Basic. */
export function basic(user: string, password: string): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}
