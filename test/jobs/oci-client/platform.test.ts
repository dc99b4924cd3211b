/**
 * Which image of an index a platform gets.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';

import { choosePlatform } from '../../../jobs/oci-client/platform.ts';
import type { Descriptor, Index, Platform } from '../../../jobs/oci-client/types.ts';
import { failureOf, sha256 } from './support.ts';

function platformOf(text: string): Platform {
  const [os = '', architecture = '', variant] = text.split('/');
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

/** An index with one entry per platform; `-` stands for an entry without one. */
function indexOf(platforms: readonly string[], more: Partial<Descriptor> = {}): Index {
  const manifests = platforms.map((text): Descriptor => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: sha256(text),
    size: 1,
    ...(text === '-' ? {} : { platform: platformOf(text) }),
    ...more,
  }));
  return { kind: 'index', mediaType: 'application/vnd.oci.image.index.v1+json', manifests };
}

describe('choosePlatform', () => {
  it.each<[wanted: string, offered: string, chosen: string]>([
    ['linux/amd64', 'linux/arm64 linux/amd64', 'linux/amd64'],
    ['linux/amd64', 'linux/amd64/v3 linux/amd64', 'linux/amd64'],
    ['linux/amd64', 'linux/amd64/v1', 'linux/amd64/v1'],
    ['linux/amd64/v3', 'linux/amd64 linux/amd64/v2', 'linux/amd64/v2'],
    ['linux/amd64/v3', 'linux/amd64/v4 linux/amd64', 'linux/amd64'],
    ['linux/amd64', 'linux/x86_64', 'linux/x86_64'],
    ['linux/amd64', 'Linux/AMD64', 'Linux/AMD64'],
    ['linux/arm64', 'linux/arm/v7 linux/arm64/v8', 'linux/arm64/v8'],
    ['linux/arm64/v8', 'linux/arm64', 'linux/arm64'],
    ['linux/arm64', 'linux/arm64/8', 'linux/arm64/8'],
    ['linux/arm64', 'linux/aarch64', 'linux/aarch64'],
    ['linux/arm/v7', 'linux/arm/v5 linux/arm/v6', 'linux/arm/v6'],
    ['linux/arm/v7', 'linux/arm/v6 linux/arm/v7', 'linux/arm/v7'],
    ['linux/arm', 'linux/arm/v8 linux/arm/v7', 'linux/arm/v7'],
    ['linux/s390x', 'linux/amd64 linux/s390x', 'linux/s390x'],
    ['windows/amd64', 'linux/amd64 windows/amd64', 'windows/amd64'],
    ['linux/amd64', 'unknown/unknown linux/amd64 unknown/unknown', 'linux/amd64'],
    ['linux/amd64', '-', '-'],
    ['linux/amd64', '- linux/amd64', 'linux/amd64'],
    ['linux/amd64', '- unknown/unknown', '-'],
  ])('gives %s from [%s] the image for %s', (wanted, offered, chosen) => {
    const index = indexOf(offered.split(' '));
    expect(choosePlatform(index, platformOf(wanted)).digest).toBe(sha256(chosen));
  });

  it('takes the first of several that are equally good', () => {
    const index = indexOf(['linux/amd64', 'linux/amd64']);
    expect(choosePlatform(index, platformOf('linux/amd64'))).toBe(index.manifests[0]);
  });

  it.each<[wanted: string, offered: string, says: string]>([
    ['linux/amd64', 'linux/arm64 linux/arm/v7', 'images for linux/arm64, linux/arm/v7;'],
    ['linux/amd64', 'linux/amd64/v3', 'images for linux/amd64/v3'],
    ['linux/arm64', 'linux/arm64/v9', 'images for linux/arm64/v9'],
    ['linux/arm/v6', 'linux/arm/v7', 'images for linux/arm/v7'],
    ['linux/amd64', 'windows/amd64', 'images for windows/amd64'],
    ['linux/amd64', 'unknown/unknown', 'no images at all'],
    ['linux/amd64', '- -', 'images for ?'],
  ])('has nothing for %s in [%s] and says so', (wanted, offered, says) => {
    const error = failureOf(() => choosePlatform(indexOf(offered.split(' ')), platformOf(wanted)));
    expect(error.code).toBe('platform_not_found');
    expect(error.message).toContain(says);
    expect(error.message).toContain(wanted);
  });

  it('skips attestations even where they claim a platform', () => {
    const annotations = { 'vnd.docker.reference.type': 'attestation-manifest' };
    const index = indexOf(['linux/amd64'], { annotations });
    expect(failureOf(() => choosePlatform(index, platformOf('linux/amd64'))).message)
      .toContain('no images at all');
  });

  it('lists a few of very many platforms, without control characters', () => {
    const platforms = Array.from({ length: 1000 }, (_, i) => `os\u001b${i}/cpu`);
    const { message } = failureOf(() => choosePlatform(indexOf(platforms), platformOf('linux/a')));
    expect(message).toContain('os\\u{1b}0/cpu');
    expect(message).toContain('and 980 more');
    expect(message.length).toBeLessThan(1000);
  });
});
