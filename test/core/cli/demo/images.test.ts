/**
 * The demo's images: what their verdicts rest on is really in them.
 *
 * @module
 */

import { Buffer } from 'node:buffer';
import { gunzipSync } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { type DemoImage, demoImages } from '../../../../core/cli/demo/images.ts';

function configOf({ image }: DemoImage): unknown {
  return JSON.parse(Buffer.from(image.config).toString('utf8'));
}

/** The plain text of all layers, one after the other. */
function layersOf({ image }: DemoImage): string {
  const [, ...layers] = image.blobs.values();
  return layers.map((layer) => gunzipSync(layer).toString('utf8')).join('');
}

function count(text: string, pattern: RegExp): number {
  return new Set(text.match(pattern)).size;
}

describe('demoImages', () => {
  const { admitted, refused } = demoImages();

  it('composes the same digests every time', () => {
    const again = demoImages();
    expect(again.admitted.image.manifest).toEqual(admitted.image.manifest);
    expect(again.refused.image.manifest).toEqual(refused.image.manifest);
  });

  it('gives the admitted image a health check, a plain user and no port 22', () => {
    expect(admitted.name).toBe('welcome');
    expect(configOf(admitted)).toMatchObject({
      config: { User: '1000', ExposedPorts: { '8080/tcp': {} } },
      history: expect.arrayContaining([
        expect.objectContaining({ created_by: expect.stringContaining('#(nop)  HEALTHCHECK ') }),
      ]),
    });
    expect(JSON.stringify(configOf(admitted))).not.toContain('22/tcp');
  });

  it('gives the refused image port 22 and no health check', () => {
    expect(refused.name).toBe('backdoor');
    expect(configOf(refused)).toMatchObject({
      config: { ExposedPorts: { '22/tcp': {}, '80/tcp': {} } },
      history: expect.arrayContaining([
        expect.objectContaining({ created_by: '/bin/sh -c #(nop)  EXPOSE 22' }),
      ]),
    });
    expect(JSON.stringify(configOf(refused))).not.toMatch(/healthcheck/i);
  });

  it('fills the package databases', () => {
    const alpine = layersOf(admitted);
    expect(alpine).toContain('ID=alpine\nVERSION_ID=3.20.3\n');
    expect(count(alpine, /^P:.+$/gm)).toBe(10);
    expect(count(alpine, /"license": ".+"/g)).toBe(4);
    const debian = layersOf(refused);
    expect(debian).toContain('VERSION_ID="12"');
    expect(count(debian, /Package: .+$/gm)).toBe(11);
    expect(debian).toContain('Package: openssh-server\n');
    expect(count(debian, /Metadata-Version: 2\.1\nName: .+$/gm)).toBe(2);
  });

  it.each([admitted, refused])('counts as many layer steps as layers in $name', (demo) => {
    const config = configOf(demo);
    expect(config).toMatchObject({ history: expect.any(Array) });
    const steps = JSON.stringify(config).match(/"created_by":"(?:[^"\\]|\\.)*"(?!,"empty_layer")/g);
    expect(steps?.length).toBe(demo.image.blobs.size - 1);
  });
});
