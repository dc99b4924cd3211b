/**
 * The test registry's faults: each does what its name says, and only that.
 *
 * @module
 */

import { Buffer } from 'node:buffer';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { composeImage } from '../../jobs/oci-client/compose/index.ts';
import { startRegistry, type TestRegistry } from './registry.ts';

// Without compression the layer has a size that a test can reckon with.
const tar = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 253));
const image = composeImage({ layers: [{ tar, compression: 'none' }] });
const [, [layer] = ['sha256:' as const]] = [...image.blobs];

let registry: TestRegistry;

beforeEach(async () => {
  registry = await startRegistry();
  registry.push('app', '1.0', image);
});

afterEach(() => registry.close());

function getBlob(init?: RequestInit): Promise<Response> {
  return fetch(`${registry.origin}/v2/app/blobs/${layer}`, init);
}

async function readBlob(init?: RequestInit): Promise<Buffer> {
  return Buffer.from(await (await getBlob(init)).arrayBuffer());
}

/** Reads until the body ends or breaks. */
async function readBroken(): Promise<{ readonly received: number; readonly broken: boolean }> {
  const response = await getBlob();
  let received = 0;
  try {
    for await (const chunk of response.body ?? []) received += chunk.length;
  } catch {
    return { received, broken: true };
  }
  return { received, broken: false };
}

async function statusOf(path: string): Promise<number> {
  const response = await fetch(`${registry.origin}${path}`);
  await response.body?.cancel();
  return response.status;
}

describe('faults', () => {
  it('fails the next requests with a status and headers, then recovers', async () => {
    registry.faults.failNext(1, 429, { 'Retry-After': '7' });
    registry.faults.failNext(1, 503);
    const limited = await fetch(`${registry.origin}/v2/`);
    expect(limited.status).toBe(429);
    expect(limited.headers.get('retry-after')).toBe('7');
    expect(await limited.json()).toMatchObject({ errors: [{ code: 'TOOMANYREQUESTS' }] });
    expect(await statusOf('/v2/')).toBe(503);
    expect(await statusOf('/v2/')).toBe(200);
  });

  it('fails only the server that was named', async () => {
    registry.faults.failNext(1, 500, {}, 'realm');
    expect(await statusOf('/v2/')).toBe(200);
    expect(await statusOf('/token')).toBe(500);
  });

  it.each([0, 1, 100_000, tar.length])('cuts the connection after %i bytes', async (atBytes) => {
    registry.faults.truncateBlob(layer, atBytes, 1);
    const { received, broken } = await readBroken().catch(() => ({ received: 0, broken: true }));
    // The client's own buffers may lose the last bytes before a cut, but never add any.
    expect(received).toBeLessThanOrEqual(atBytes);
    expect(broken).toBe(atBytes < tar.length);
    expect(registry.blobBytesSent).toBe(atBytes);
    expect(await readBlob()).toEqual(tar);
  });

  it('flips one bit of a blob', async () => {
    registry.faults.corruptBlob(layer, 1);
    const corrupted = await readBlob();
    const wrong = corrupted.filter((byte, index) => byte !== tar[index]);
    expect(corrupted.length).toBe(tar.length);
    expect(wrong.length).toBe(1);
    expect(await readBlob()).toEqual(tar);
  });

  it('drops connections', async () => {
    registry.faults.dropConnections = true;
    await expect(getBlob()).rejects.toThrow();
    registry.faults.reset();
    expect(await readBlob()).toEqual(tar);
  });

  it('hangs after half of a blob until it is released', async () => {
    const hung = registry.faults.hangBlob(layer);
    const reading = readBlob();
    await hung;
    expect(registry.blobBytesSent).toBe(tar.length / 2);
    registry.faults.release(layer);
    expect(await reading).toEqual(tar);
  });

  it('stops sending when the client goes away', async () => {
    registry.faults.bytesPerSecond = 100_000;
    const controller = new AbortController();
    const response = await getBlob({ signal: controller.signal });
    controller.abort();
    await expect(response.arrayBuffer()).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const sent = registry.blobBytesSent;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(registry.blobBytesSent).toBe(sent);
    expect(sent).toBeLessThan(tar.length);
  });

  it('throttles bodies and delays answers', async () => {
    registry.faults.bytesPerSecond = 400_000;
    registry.faults.latencyMs = 100;
    const start = performance.now();
    expect(await readBlob()).toEqual(tar);
    expect(performance.now() - start).toBeGreaterThan(550);
  });

  it('tells of blobs before it sends them', async () => {
    const seen: string[] = [];
    registry.faults.onBlob = (digest) => {
      seen.push(`${digest} after ${registry.blobBytesSent}`);
    };
    await readBlob();
    expect(seen).toEqual([`${layer} after 0`]);
  });

  it('closes while a blob hangs', async () => {
    const hung = registry.faults.hangBlob(layer);
    const reading = readBroken();
    await hung;
    await registry.close();
    await expect(reading).resolves.toBeDefined();
  });
});
