/**
 * Image configurations with everything that builders leave out or set to null.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';

import { MAX_CONFIG_BYTES, parseConfig } from '../../../jobs/oci-client/config.ts';
import { OciError } from '../../../jobs/oci-client/errors.ts';
import { bytesOf, failureOf, mulberry32 } from './support.ts';
import { cpuMs } from '../../support/cpu.ts';

const DIFF_ID = `sha256:${'a'.repeat(64)}`;

const FULL = {
  architecture: 'arm64',
  os: 'linux',
  variant: 'v8',
  created: '2026-01-02T03:04:05Z',
  author: 'someone',
  rootfs: { type: 'layers', diff_ids: [DIFF_ID] },
  history: [
    { created: '2026-01-02T03:04:05Z', created_by: 'COPY . /', comment: 'buildkit' },
    { created_by: 'USER app', empty_layer: true },
  ],
  config: {
    User: 'app',
    Env: ['PATH=/bin'],
    Entrypoint: ['/app'],
    Cmd: ['--serve'],
    WorkingDir: '/srv',
    ExposedPorts: { '80/tcp': {}, '443/tcp': {} },
    Volumes: { '/data': {} },
    Labels: { a: 'b', A: 'c' },
    Healthcheck: { Test: ['NONE'] },
  },
};

describe('parseConfig', () => {
  it('reads all there is', () => {
    expect(parseConfig(bytesOf(FULL))).toEqual({
      architecture: 'arm64',
      os: 'linux',
      variant: 'v8',
      created: '2026-01-02T03:04:05Z',
      diffIds: [DIFF_ID],
      history: [
        { created: '2026-01-02T03:04:05Z', created_by: 'COPY . /', comment: 'buildkit' },
        { created_by: 'USER app', empty_layer: true },
      ],
      config: {
        user: 'app',
        env: ['PATH=/bin'],
        entrypoint: ['/app'],
        cmd: ['--serve'],
        workingDir: '/srv',
        exposedPorts: ['80/tcp', '443/tcp'],
        volumes: ['/data'],
        labels: { a: 'b', A: 'c' },
      },
    });
  });

  it.each<[what: string, document: unknown]>([
    ['nothing', {}],
    ['nulls', { architecture: null, os: null, rootfs: null, history: null, config: null }],
    ['nulls inside', {
      rootfs: { type: 'layers', diff_ids: null },
      history: [],
      config: {
        User: '',
        Env: null,
        Entrypoint: null,
        Cmd: null,
        WorkingDir: '',
        ExposedPorts: null,
        Volumes: null,
        Labels: null,
      },
    }],
  ])('takes %s for absent', (_what, document) => {
    expect(parseConfig(bytesOf(document))).toEqual({
      architecture: '',
      os: '',
      diffIds: [],
      history: [],
      config: {},
    });
  });

  it('reads names in any case, as the runtimes do', () => {
    expect(parseConfig(bytesOf({ config: { user: 'root', ENV: ['A=b'] } })).config).toEqual({
      user: 'root',
      env: ['A=b'],
    });
  });

  it('takes no harm from a label named __proto__', () => {
    const { config } = parseConfig(bytesOf('{"config":{"Labels":{"__proto__":"x","a":"b"}}}'));
    expect(config.labels?.['a']).toBe('b');
    expect(Object.getPrototypeOf(config.labels ?? null)).toBe(Object.prototype);
  });

  it.each<[what: string, document: unknown, says: string]>([
    ['no JSON', 'x', 'not JSON'],
    ['no object', [], 'expected object'],
    ['invalid UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), 'not JSON'],
    ['two users', { config: { User: 'root', user: 'app' } }, 'twice'],
    ['two users of one spelling', '{"config":{"User":"root","User":"app"}}', 'twice'],
    ['an environment that is a map', { config: { Env: { A: 'b' } } }, 'Env'],
    ['ports that are a list', { config: { ExposedPorts: ['80/tcp'] } }, 'ExposedPorts'],
    ['a label that is a number', { config: { Labels: { a: 1 } } }, 'Labels'],
    ['a broken layer digest', { rootfs: { diff_ids: ['sha256:x'] } }, 'diff_ids'],
    ['a history that is a map', { history: {} }, 'history'],
  ])('refuses %s', (_what, document, says) => {
    const bytes = document instanceof Uint8Array ? document : bytesOf(document);
    const error = failureOf(() => parseConfig(bytes));
    expect(error.code).toBe('manifest_invalid');
    expect(error.message).toContain(says);
  });

  it('refuses more than 8 MiB', () => {
    const error = failureOf(() => parseConfig(new Uint8Array(MAX_CONFIG_BYTES + 1)));
    expect(error.code).toBe('body_too_large');
  });

  it('reads a configuration of many labels in reasonable time', () => {
    const labels = Object.fromEntries(
      Array.from({ length: 100_000 }, (_, i) => [`label${i}`, 'x']),
    );
    const startedAt = cpuMs();
    const { config } = parseConfig(bytesOf({ config: { Labels: labels } }));
    expect(Object.keys(config.labels ?? {})).toHaveLength(100_000);
    expect(cpuMs() - startedAt).toBeLessThan(2000);
  });

  it('fails with nothing but an OciError on damaged documents', () => {
    const random = mulberry32(5);
    const sample = JSON.stringify(FULL);
    const pieces = ['null', '{}', '[]', '"', '\\', ',', '1', '{"a":', ']', '}', '"__proto__":1,'];
    for (let round = 0; round < 1000; round++) {
      const at = Math.floor(random() * sample.length);
      const piece = pieces[Math.floor(random() * pieces.length)] ?? '';
      const text = sample.slice(0, at) + piece + sample.slice(at + Math.floor(random() * 20));
      try {
        expect(parseConfig(bytesOf(text)).diffIds).toBeInstanceOf(Array);
      } catch (error) {
        expect(error, text).toBeInstanceOf(OciError);
      }
    }
  });
});
