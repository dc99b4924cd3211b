import { describe, expect, it } from 'vitest';
import * as contract from '../../../jobs/contract/index.ts';
import { Failure, Progress, Task, type TaskSource } from '../../../jobs/contract/index.ts';
import { taskOf } from '../support.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const REGISTRY: Extract<TaskSource, { kind: 'registry' }> = {
  kind: 'registry',
  origin: 'https://registry.example:5000',
  repository: 'team/app',
  authorization: 'Bearer abc',
  hosts: { 'registry.example': ['192.0.2.1', '2001:db8::1'] },
  viaCore: false,
};

describe('a task', () => {
  it.each([
    taskOf(DIGEST, REGISTRY),
    taskOf(DIGEST, { ...REGISTRY, ca: 'PEM' }),
    taskOf(`sha512:${'b'.repeat(128)}`, { kind: 'layout', path: '/images' }),
    taskOf(DIGEST, { kind: 'oci-archive', path: '/image.tar' }),
    taskOf(DIGEST, { kind: 'docker-archive', path: '/image.tar' }),
  ])('is read as core wrote it', (task) => {
    expect(Task.parse(JSON.parse(JSON.stringify(task)))).toEqual(task);
  });

  it.each<[string, object]>([
    ['without a source', { source: undefined }],
    ['with a source of another kind', { source: { kind: 'ftp', path: '/x' } }],
    ['with an origin that is no URL', { source: { ...REGISTRY, origin: 'registry' } }],
    ['with a host without addresses', { source: { ...REGISTRY, hosts: { a: '192.0.2.1' } } }],
    ['with an archive nowhere', { source: { kind: 'oci-archive', path: '' } }],
    ['with a layout nowhere', { source: { kind: 'layout', path: '' } }],
    ['of no attempt', { attempt: 0 }],
    ['without an id', { id: '' }],
    ['with a limit of nothing', { limits: { ...taskOf(DIGEST, REGISTRY).limits, entries: 0 } }],
    ['with half a digest', { image: { ...taskOf(DIGEST, REGISTRY).image, digest: 'sha256:abc' } }],
  ])('%s is refused', (_, change) => {
    expect(Task.safeParse({ ...taskOf(DIGEST, REGISTRY), ...change }).success).toBe(false);
  });
});

describe('progress', () => {
  const progress = { phase: 'reading', bytes: 1, totalBytes: 2, layers: 0, totalLayers: 1 };
  it('is read as it was sent', () => {
    expect(Progress.parse(progress)).toEqual(progress);
  });

  it.each([{ phase: 'thinking' }, { bytes: -1 }, { totalBytes: 0.5 }, { layers: '1' }])(
    'with %j is refused',
    (change) => {
      expect(Progress.safeParse({ ...progress, ...change }).success).toBe(false);
    },
  );
});

describe('a failure', () => {
  const failure = { code: 'digest_mismatch', message: 'It is another one.', temporary: false };
  it('is read as it was sent', () => {
    expect(Failure.parse(failure)).toEqual(failure);
  });

  it('loses what the database does not store', () => {
    expect(Failure.parse({ ...failure, message: 'a\0b\ud83d' }).message).toBe('a\ufffdb\ufffd');
  });

  it.each([
    { code: 'Digest Mismatch' },
    { code: '' },
    { code: `a${'b'.repeat(64)}` },
    { message: '' },
    { message: 'x'.repeat(2001) },
    { temporary: 'yes' },
  ])('with %j is refused', (change) => {
    expect(Failure.safeParse({ ...failure, ...change }).success).toBe(false);
  });
});

describe('the exit codes', () => {
  it('stay what pod failure policies were written for', () => {
    const { EXIT_DONE, EXIT_PERMANENT, EXIT_SUPERSEDED, EXIT_TEMPORARY, EXIT_USAGE } = contract;
    expect({ EXIT_DONE, EXIT_PERMANENT, EXIT_SUPERSEDED, EXIT_TEMPORARY, EXIT_USAGE }).toEqual({
      EXIT_DONE: 0,
      EXIT_PERMANENT: 42,
      EXIT_SUPERSEDED: 43,
      EXIT_TEMPORARY: 75,
      EXIT_USAGE: 64,
    });
  });
});
