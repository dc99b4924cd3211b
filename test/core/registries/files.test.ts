import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { errorOf, image } from '../api/samples.ts';

const USER = 'robot';
const SECRET = 'secret-of-the-file';

let core: TestCore;
let registry: TestRegistry;
let folder: string;
let file: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tw-files-'));
  file = join(folder, '.dockerconfigjson');
  registry = await startRegistry({ auth: { kind: 'token', username: USER, password: SECRET } });
  registry.push('team/app', '1', image('of a file'));
  core = await startTestCore({
    environment: {
      TIDEWAITER_ENCRYPTION_KEY: 'a key for the tests of files',
      TIDEWAITER_REGISTRY_CONFIG_FILES: `${join(folder, 'away', 'config.json')}, ${file}`,
    },
  });
});
afterAll(async () => {
  await core.stop();
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

function write(password: string, key = registry.host): void {
  const auth = Buffer.from(`${USER}:${password}`).toString('base64');
  writeFileSync(file, JSON.stringify({ auths: { [key]: { auth } } }));
}

const tag = () => `${registry.host}/team/app:1`;
const submit = () => core.api('POST', '/images', { tag: tag() });

async function expectRefused(): Promise<void> {
  expect(errorOf(await submit())).toMatchObject({ code: 'registry_refused_login' });
}

describe('a file of credentials beside a running core', () => {
  it('that is missing is told about at the start', () => {
    expect(core.log()).toMatch(/warn .*not there.*away\/config\.json/);
    // The other one may be an optional Secret: its folder is there and empty.
    expect(core.log().split('\n').filter((line) => line.includes(file)))
      .toEqual([expect.stringMatching(/ debug .*not there/)]);
  });

  it('counts as soon as it is there, for every account', async () => {
    await expectRefused();
    write(SECRET);
    const { imageDigest } = await submitImage(core, tag());
    expect(await untilAnalysed(core, imageDigest)).toMatchObject({ analysis_status: 'analyzed' });
  });

  it('counts as it is now', async () => {
    write('another');
    await expectRefused();
    write(SECRET, `https://${registry.host}/v2/`);
    expect((await submit()).status).toBe(200);
    write(SECRET, `${registry.host}/other`);
    await expectRefused();
    write(SECRET, `${registry.host}/team`);
    expect((await submit()).status).toBe(200);
    writeFileSync(file, `{"auths": ${SECRET}`);
    expect((await submit()).status).toBe(200);
    rmSync(file);
    await expectRefused();
  });

  it('counts less than what an account has stored', async () => {
    write(SECRET);
    const stored = { registry: registry.host, registry_user: USER, registry_pass: 'wrong' };
    expect((await core.api('POST', '/registries?validate=false', stored)).status).toBe(200);
    await expectRefused();
    expect((await core.api('DELETE', `/registries/${registry.host}`)).status).toBe(200);
    expect((await submit()).status).toBe(200);
  });

  it('is never quoted in the log', () => {
    expect(core.log()).toContain(`${file}`);
    expect(core.log()).not.toContain(SECRET);
    expect(core.log()).not.toContain(Buffer.from(`${USER}:${SECRET}`).toString('base64'));
  });
});
