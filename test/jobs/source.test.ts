import { describe, expect, it, onTestFinished } from 'vitest';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeImage, packTar } from 'oci-client/compose';
import { createAuthority, issueServerCertificate } from '../../core/server/certificates.ts';
import type { Task, TaskSource } from '../../jobs/contract/index.ts';
import { openSource } from '../../jobs/source.ts';
import { type RegistryOptions, startRegistry, type TestRegistry } from '../support/registry.ts';
import { layoutEntries, named, oldSave, PLAIN } from './oci-client/archives.ts';
import { coreWith, layerDigests, layoutOf, reportOf, taskOf, TOKEN } from './support.ts';

const IMAGE = composeImage({ layers: [[{ path: 'a', content: 'a' }], [{ path: 'b' }]] });
const DIGEST = IMAGE.manifest.descriptor.digest;

async function registryWith(options?: RegistryOptions): Promise<TestRegistry> {
  const registry = await startRegistry(options);
  onTestFinished(() => registry.close());
  registry.push('app', '1', IMAGE);
  return registry;
}

function sourceOf(
  registry: TestRegistry,
  more: Partial<Extract<TaskSource, { kind: 'registry' }>> = {},
): Task {
  return taskOf(DIGEST, {
    kind: 'registry',
    origin: registry.origin,
    repository: 'app',
    hosts: { '127.0.0.1': ['127.0.0.1'] },
    viaCore: false,
    ...more,
  });
}

/** A token as core would get it for the Job. */
async function issued(registry: TestRegistry): Promise<string> {
  const query = 'service=test-registry&scope=repository:app:pull';
  const answer = await fetch(`${registry.origin}/token?${query}`);
  return `Bearer ${(await answer.json() as { token: string }).token}`;
}

describe('the source of a task', () => {
  it('is a layout where the task names a folder', async () => {
    const task = taskOf(DIGEST, await layoutOf(IMAGE));
    expect((await reportOf(task)).files.map(({ path }) => path)).toEqual(['/a', '/b']);
  });

  it.each(
    [
      ['oci-archive', layoutEntries(PLAIN, [named(PLAIN, '1')])],
      ['docker-archive', oldSave([{ image: PLAIN }])],
    ] as const,
  )('is an archive where the task names an %s', async (kind, entries) => {
    const folder = mkdtempSync(join(tmpdir(), 'tw-archive-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'image.tar');
    writeFileSync(path, packTar(entries));
    const task = taskOf(PLAIN.manifest.descriptor.digest, { kind, path });
    expect((await reportOf(task)).files.map((file) => file.path)).toEqual(['/a', '/b']);
  });

  it('shows the authorization of the task, and asks core for another one when it expired', async () => {
    const registry = await registryWith({ auth: { kind: 'token', expiresIn: 60 } });
    const task = sourceOf(registry, { authorization: await issued(registry) });
    const [first = 'sha256:', second = 'sha256:'] = layerDigests(IMAGE);
    const reached = registry.faults.hangBlob(first);
    const core = coreWith(sourceOf(registry, { authorization: 'to be set' }));
    const renewing = {
      ...core,
      readTask: async () => {
        await core.readTask();
        return sourceOf(registry, { authorization: await issued(registry) });
      },
    };
    const report = reportOf(task, openSource(task, renewing, () => TOKEN));
    await reached;
    registry.expireTokens();
    registry.faults.release(first);
    expect((await report).files).toHaveLength(2);
    expect(core.reads()).toBe(1);
    const shown = registry.requests.filter(({ path }) => path.endsWith(second))
      .map(({ headers }) => headers.authorization);
    expect(shown).toHaveLength(2);
    expect(shown[0]).not.toBe(shown[1]);
  });

  it('shows none where the task has none', async () => {
    const registry = await registryWith();
    await reportOf(sourceOf(registry));
    expect(registry.requests.map(({ headers }) => headers.authorization))
      .toEqual(registry.requests.map(() => undefined));
    expect(registry.requests.every(({ headers }) => headers['user-agent'] === 'tidewaiter'))
      .toBe(true);
  });

  it('shows the token of the attempt to core, and to core only', async () => {
    const registry = await registryWith({ redirectBlobs: true });
    await reportOf(sourceOf(registry, { viaCore: true, authorization: 'Bearer of the registry' }));
    const shown = (server: string) =>
      new Set(
        registry.requests.filter((request) => request.server === server)
          .map(({ headers }) => headers.authorization),
      );
    expect(shown('registry')).toEqual(new Set([`Bearer ${TOKEN}`]));
    expect(shown('blobs')).toEqual(new Set([undefined]));
  });

  it('fails as temporary where core cannot give another authorization', async () => {
    const registry = await registryWith({ auth: { kind: 'token' } });
    const task = sourceOf(registry, { authorization: 'Bearer expired' });
    await expect(reportOf(task)).rejects.toMatchObject({
      code: 'registry_refused_login',
      temporary: true,
    });
  });

  it('asks no host that the task does not name', async () => {
    const registry = await registryWith();
    const task = sourceOf(registry, { hosts: { 'registry.example': ['127.0.0.1'] } });
    await expect(reportOf(task)).rejects.toMatchObject({ code: 'forbidden_address' });
    expect(registry.requests).toEqual([]);
  });

  it('follows no redirect to a host that the task does not name', async () => {
    const registry = await registryWith({ redirectBlobs: true });
    const task = sourceOf(registry, {
      origin: registry.origin.replace('127.0.0.1', 'registry.example'),
      hosts: { 'registry.example': ['127.0.0.1'] },
    });
    await expect(reportOf(task)).rejects.toMatchObject({ code: 'forbidden_address' });
    expect(registry.requests.filter(({ server }) => server === 'blobs')).toEqual([]);
  });

  it('is asked at the addresses that core found, without name resolution', async () => {
    const registry = await registryWith();
    const task = sourceOf(registry, {
      origin: registry.origin.replace('127.0.0.1', 'registry.example'),
      hosts: { 'registry.example': ['127.0.0.1'] },
    });
    expect((await reportOf(task)).files).toHaveLength(2);
  });

  it('trusts the certificate authority of the task, and no stranger without it', async () => {
    const authority = await createAuthority({ commonName: 'Test CA', days: 1 });
    const issued = await issueServerCertificate(authority, { names: ['127.0.0.1'], days: 1 });
    const registry = await registryWith({ tls: { key: issued.key, cert: issued.certificate } });
    const trusting = sourceOf(registry, { ca: authority.certificate });
    expect((await reportOf(trusting)).files).toHaveLength(2);
    await expect(reportOf(sourceOf(registry))).rejects.toMatchObject({
      code: 'registry_tls_failed',
    });
  });
});
