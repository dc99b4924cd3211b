import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { type ComposedImage, composeImage } from 'oci-client/compose';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { expireImports } from '../../../core/imports/operations.ts';
import { advisory, loadRecords, saying } from '../../support/loaded-feed.ts';
import {
  type Answer,
  PASSWORD,
  startTestCore,
  type TestCore,
  untilAnalysed,
} from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { bundleOf } from '../policy/samples.ts';
import { syftDocument } from '../imports/samples.ts';
import { ask, basic, errorOf, onlyImage } from './samples.ts';

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string;
const HEX = expect.stringMatching(/^[0-9a-f]{64}$/) as string;

let core: TestCore;
let registry: TestRegistry;
let sql: Sql;
let jane: Record<string, string>;
beforeAll(async () => {
  registry = await startRegistry();
  core = await startTestCore();
  sql = openDatabase(core.databaseUrl ?? '', { max: 4 });
  await loadRecords(sql, 'debian', [
    advisory('CVE-1', [saying('debian:12', 'openssl', '3.0.11-1')]),
  ], 'bookworm');
  await core.api('POST', '/accounts', { name: 'team' });
  await core.api('POST', '/accounts/team/users', { username: 'jane', password: PASSWORD });
  jane = basic('jane', PASSWORD);
});
afterAll(async () => {
  await sql.end();
  await core.stop();
  await registry.close();
});

function bodyOf<T>(answer: Answer): T {
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body as T;
}

function image(content: string): ComposedImage {
  return composeImage({
    layers: [[
      { path: 'etc/os-release', content: 'ID=debian\nVERSION_ID=12\n' },
      { path: 'content', content },
    ]],
  });
}

const digestOf = (composed: ComposedImage) => composed.manifest.descriptor.digest as string;
const hex = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

type Headers = Record<string, string>;

async function begin(headers: Headers = {}): Promise<string> {
  return bodyOf<{ uuid: string }>(await core.api('POST', '/imports/images', undefined, headers))
    .uuid;
}

async function upload(
  uuid: string,
  kind: string,
  bytes: Uint8Array | string,
  headers: Headers = {},
): Promise<Answer> {
  return await ask(core, `/v1/imports/images/${uuid}/${kind}`, {
    method: 'POST',
    headers: { ...basic('admin', PASSWORD), ...headers },
    body: typeof bytes === 'string' ? bytes : Buffer.from(bytes),
  });
}

interface Options {
  readonly document?: unknown;
  readonly tags?: readonly string[];
  readonly headers?: Headers;
  readonly source?: Record<string, unknown>;
  readonly contents?: Record<string, unknown>;
  readonly uploads?: Readonly<Record<string, Uint8Array | string>>;
}

/** Uploads all of an image and ends its import; the answer to that, and the import's id. */
async function imported(
  composed: ComposedImage,
  { document = syftDocument(), tags = ['r.example/app:1'], headers = {}, ...more }: Options = {},
): Promise<{ uuid: string; answer: Answer }> {
  const uuid = await begin(headers);
  const parts = {
    packages: JSON.stringify(document),
    manifest: composed.manifest.bytes,
    image_config: composed.config,
    ...more.uploads,
  };
  const contents: Record<string, unknown> = {};
  for (const [kind, bytes] of Object.entries(parts)) {
    contents[kind] = bodyOf<{ digest: string }>(await upload(uuid, kind, bytes, headers)).digest;
  }
  const source = {
    digest: digestOf(composed),
    operation_uuid: uuid,
    tags,
    contents: { ...contents, ...more.contents },
    ...more.source,
  };
  return {
    uuid,
    answer: await core.api('POST', '/images', { source: { import: source } }, headers),
  };
}

const state = async (uuid: string, headers: Headers = {}) =>
  bodyOf<Record<string, unknown>>(
    await core.api('GET', `/imports/images/${uuid}`, undefined, headers),
  );

describe('an import', () => {
  it('makes an analysed image of what was uploaded, without a registry or a Job', async () => {
    const composed = image('imported');
    const digest = digestOf(composed);
    const { uuid, answer } = await imported(composed, {
      tags: ['r.example/app:1', 'r.example/app:stable'],
      uploads: { dockerfile: 'FROM debian:12\nUSER app\n' },
    });
    expect(onlyImage(answer)).toMatchObject({
      imageDigest: digest,
      analysis_status: 'analyzed',
      annotations: { 'anchore.system/import_operation_id': uuid },
      image_content: {
        metadata: {
          arch: 'amd64',
          distro: 'debian',
          distro_version: '12',
          dockerfile_mode: 'Actual',
          image_size: 1234,
          layer_count: 1,
        },
      },
      image_detail: [
        { fulltag: 'r.example/app:stable', imageId: hex(composed.config) },
        { fulltag: 'r.example/app:1' },
      ],
    });
    const { content } = bodyOf<{ content: unknown[] }>(
      await core.api('GET', `/images/${digest}/content/os`),
    );
    expect(content).toMatchObject([{ package: 'libssl3' }, { package: 'python3-requests' }]);
    const { vulnerabilities } = bodyOf<{ vulnerabilities: unknown[] }>(
      await core.api('GET', `/images/${digest}/vuln/all`),
    );
    expect(vulnerabilities).toMatchObject([{ vuln: 'CVE-1', package_name: 'libssl3' }]);
    const check = `/images/${digest}/check?tag=r.example/app:1`;
    expect(bodyOf<unknown[]>(await core.api('GET', check))).toHaveLength(1);
    expect(await state(uuid)).toEqual({
      uuid,
      status: 'complete',
      expires_at: TIME,
      created_at: TIME,
      last_updated: TIME,
      digest,
      error: null,
    });
    expect(await sql`select imported_by, analyzers is not null as told from analyses`)
      .toEqual([{ imported_by: 'admin', told: true }]);
    expect(await sql`select from import_contents`).toEqual([]);
    expect(await sql`select from layer_witnesses`).toEqual([]);
    expect(await sql`select from current_analyzers`).toEqual([]);
    expect(await sql`select type from events where resource = ${digest}`)
      .toEqual([{ type: 'user.image.analysis.completed' }]);
    const again = await upload(uuid, 'manifest', 'x');
    expect([again.status, errorOf(again).code]).toEqual([409, 'import_closed']);
  });

  it.each(['secret_scans content_regex_checks', 'files suid_or_guid_set', 'always always'])(
    'stops at a rule that it says nothing about: %s',
    async (names) => {
      const [gate = '', trigger = ''] = names.split(' ');
      const composed = image(names);
      onlyImage((await imported(composed)).answer);
      const bundle = bundleOf([{ id: 'r', gate, trigger, action: 'GO' }]);
      bodyOf(await core.api('POST', '/policies', { ...bundle, id: gate, name: gate }));
      const path = `/images/${digestOf(composed)}/check?tag=r.example/app:1&policyId=${gate}`;
      const answer = bodyOf<unknown[]>(await core.api('GET', path));
      const text = JSON.stringify(answer);
      expect(text).toContain(`"status":"${gate === 'always' ? 'pass' : 'fail'}"`);
      expect(text.includes('have it analysed again') || text.includes('have the image analysed'))
        .toBe(gate !== 'always');
    },
  );

  it('can be made anew, and is then as it was uploaded last', async () => {
    const composed = image('anew');
    await imported(composed);
    const digest = digestOf(composed);
    const first = sql`
      select first_analyzed_at::text as at from analyses where digest = ${digest}`;
    const [before] = await first;
    const { artifacts } = syftDocument();
    onlyImage(
      (await imported(composed, { document: syftDocument({ artifacts: artifacts.slice(3) }) }))
        .answer,
    );
    const [after] = await sql`
      select first_analyzed_at::text as at from analyses where digest = ${digest}`;
    expect(after?.['at']?.slice(0, 23)).toBe(before?.['at']?.slice(0, 23));
    const { content } = bodyOf<{ content: unknown[] }>(
      await core.api('GET', `/images/${digest}/content/os`),
    );
    expect(content).toEqual([]);
  });

  it('tells each upload by the SHA-256 of its bytes, and lists it', async () => {
    const uuid = await begin();
    const first = bodyOf(await upload(uuid, 'dockerfile', 'FROM a\n'));
    expect(first).toEqual({ digest: hex('FROM a\n'), created_at: TIME });
    expect(bodyOf(await upload(uuid, 'dockerfile', 'FROM a\n'))).toEqual(first);
    bodyOf(await upload(uuid, 'dockerfile', 'FROM b\n'));
    expect(bodyOf(await core.api('GET', `/imports/images/${uuid}/dockerfile`)))
      .toEqual([first, { digest: HEX, created_at: TIME }]);
    expect(bodyOf(await core.api('GET', `/imports/images/${uuid}/manifest`))).toEqual([]);
    for (const text of ['FROM c\n', 'FROM d\n']) bodyOf(await upload(uuid, 'dockerfile', text));
    expect(errorOf(await upload(uuid, 'dockerfile', 'FROM e\n')).code).toBe('import_full');
    expect((await upload(uuid, 'files', 'x')).status).toBe(400);
    expect(errorOf(await upload(uuid, 'manifest', '')).code).toBe('import_invalid');
    const mib = 1024 * 1024;
    for (const [kind, most] of [['packages', 32], ['manifest', 4], ['dockerfile', 1]] as const) {
      const large = await upload(uuid, kind, 'x'.repeat(most * mib + 1));
      expect([large.status, errorOf(large).code]).toEqual([413, 'body_too_large']);
    }
    bodyOf(await upload(uuid, 'packages', 'x'.repeat(20 * mib)));
  });

  it('ends with its deletion or its time', async () => {
    const [deleted, old] = [await begin(), await begin()];
    for (const uuid of [deleted, old]) bodyOf(await upload(uuid, 'manifest', '{}'));
    expect(bodyOf(await core.api('DELETE', `/imports/images/${deleted}`)))
      .toMatchObject({ uuid: deleted, status: 'expired' });
    await sql`update import_operations set expires_at = now() - interval '1 hour' where id = ${old}`;
    expect((await state(old))['status']).toBe('expired');
    for (const uuid of [deleted, old]) {
      expect(errorOf(await upload(uuid, 'manifest', '{}')).code).toBe('import_closed');
    }
    await expireImports(sql, 7);
    expect(await sql`select from import_contents where operation in ${sql([deleted, old])}`)
      .toEqual([]);
    await sql`update import_operations set expires_at = now() - interval '8 days' where id = ${old}`;
    await expireImports(sql, 7);
    expect((await core.api('GET', `/imports/images/${old}`)).status).toBe(404);
    const listed = bodyOf<{ uuid: string }[]>(await core.api('GET', '/imports/images'));
    expect(listed.map(({ uuid }) => uuid)).toContain(deleted);
    expect((await core.api('GET', '/imports/images/none')).status).toBe(404);
    expect((await core.api('DELETE', '/imports/images/none')).status).toBe(404);
  });

  it('is bounded in number', async () => {
    const made: string[] = [];
    let last: Answer;
    do {
      last = await core.api('POST', '/imports/images', undefined, jane);
      if (last.status === 200) made.push((last.body as { uuid: string }).uuid);
    } while (last.status === 200 && made.length < 60);
    expect([made.length, errorOf(last).code]).toEqual([50, 'imports_too_many']);
    for (const uuid of made) await core.api('DELETE', `/imports/images/${uuid}`, undefined, jane);
    await begin(jane);
  });
});

describe('an import is refused', () => {
  const other = image('another one');
  const index = (digest: string) =>
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 1 }],
    });

  it.each<[string, Options, string, string]>([
    [
      'with the manifest of another image',
      { uploads: { manifest: other.manifest.bytes } },
      'import_invalid',
      'not that of the image',
    ],
    [
      'with another configuration',
      { uploads: { image_config: other.config } },
      'import_invalid',
      'not the one of the manifest',
    ],
    [
      'with packages of another image',
      {
        document: syftDocument({ source: { metadata: { manifestDigest: digestOf(other) } } }),
      },
      'import_invalid',
      'of another image',
    ],
    ['with packages that are none', { uploads: { packages: '[]' } }, 'import_invalid', 'artifacts'],
    ['with packages that are no JSON', { uploads: { packages: '{' } }, 'inventory_invalid', 'JSON'],
    [
      'with what was not uploaded',
      { contents: { packages: 'a'.repeat(64) } },
      'import_incomplete',
      'contents.packages',
    ],
    [
      'with an upload of another kind',
      { contents: { dockerfile: hex(other.config) } },
      'import_incomplete',
      'contents.dockerfile',
    ],
    ['with tags that are none', { tags: ['not a tag'] }, 'invalid_reference', ''],
    [
      'with a digest as its tag',
      { tags: [`r.example/a@sha256:${'a'.repeat(64)}`] },
      'import_invalid',
      'without a digest',
    ],
    [
      'with a parent that is not shown',
      { source: { parent_digest: `sha256:${'a'.repeat(64)}` } },
      'import_invalid',
      'parent_manifest',
    ],
    [
      'with a parent of another digest',
      {
        source: { parent_digest: `sha256:${'a'.repeat(64)}` },
        uploads: { parent_manifest: index(digestOf(other)) },
      },
      'import_invalid',
      'another digest',
    ],
    [
      'with a parent of others',
      {
        source: { parent_digest: `sha256:${hex(index(digestOf(other)))}` },
        uploads: { parent_manifest: index(digestOf(other)) },
      },
      'import_invalid',
      'does not tell',
    ],
    ['without a manifest', { contents: { manifest: undefined } }, 'invalid_request', 'manifest'],
    ['without tags', { source: { tags: [] } }, 'invalid_request', ''],
    [
      'with an operation that is not there',
      { source: { operation_uuid: 'none' } },
      'import_not_found',
      '',
    ],
  ])('%s', async (name, options, code, message) => {
    const composed = image(name);
    const { answer } = await imported(composed, options);
    const body = answer.body as { code: string; message: string };
    expect([answer.status, body.code], body.message)
      .toEqual([code === 'import_not_found' ? 404 : 400, code]);
    expect(body.message).toContain(message);
    expect((await core.api('GET', `/images/${digestOf(composed)}`)).status).toBe(404);
    expect(await sql`select from analyses where digest = ${digestOf(composed)}`).toEqual([]);
  });

  it('and says why; one that lacks a part can be completed', async () => {
    const broken = await imported(image('broken'), { uploads: { packages: '[]' } });
    expect(await state(broken.uuid)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('artifacts') as string,
    });
    const lacking = await imported(image('lacking'), { contents: { packages: 'a'.repeat(64) } });
    expect((await state(lacking.uuid))['status']).toBe('pending');
  });

  it('takes a parent that tells of the image', async () => {
    const composed = image('with a parent');
    const parent = index(digestOf(composed));
    const { answer } = await imported(composed, {
      source: { parent_digest: `sha256:${hex(parent)}` },
      uploads: { parent_manifest: parent },
    });
    expect(onlyImage(answer).parentDigest).toBe(`sha256:${hex(parent)}`);
  });

  it('if a Job has analysed the image, for whomever', async () => {
    const composed = image('analysed');
    registry.push('analysed', '1', composed);
    const tag = `${registry.host}/analysed:1`;
    const { imageDigest } = onlyImage(await core.api('POST', '/images', { tag }));
    await untilAnalysed(core, imageDigest);
    const before = bodyOf(await core.api('GET', `/images/${imageDigest}/content/files`));
    for (const headers of [{}, jane]) {
      const { answer } = await imported(composed, { headers });
      expect([answer.status, errorOf(answer).code]).toEqual([409, 'image_known']);
    }
    expect(bodyOf(await core.api('GET', `/images/${imageDigest}/content/files`))).toEqual(before);
    expect((await core.api('GET', `/images/${imageDigest}`, undefined, jane)).status).toBe(404);
  });
});

describe('an imported analysis', () => {
  const content = async (digest: string, headers: Headers = {}) => {
    const path = `/images/${digest}/content/os`;
    const answer = await core.api('GET', path, undefined, headers);
    return (answer.body as { content?: unknown[] }).content?.length;
  };
  const inTeam = { 'x-anchore-account': 'team' };

  it('counts in its account alone: with another that submits the image it is analysed', async () => {
    const composed = image('shared');
    const digest = digestOf(composed);
    onlyImage((await imported(composed, { headers: jane })).answer);
    expect(await content(digest, jane)).toBe(2);
    registry.push('shared', '1', composed);
    const tag = `${registry.host}/shared:1`;
    const submitted = onlyImage(await core.api('POST', '/images', { tag }));
    expect(submitted.analysis_status).not.toBe('analyzed');
    await untilAnalysed(core, digest);
    expect(await content(digest)).toBe(0);
    expect(await content(digest, jane)).toBe(0);
    expect(await sql`select imported_by from analyses where digest = ${digest}`)
      .toEqual([{ imported_by: null }]);
    expect(errorOf((await imported(composed, { headers: jane })).answer).code).toBe('image_known');
  });

  it('gives way to a real one that its own account asks for', async () => {
    const composed = image('replaced');
    const digest = digestOf(composed);
    onlyImage((await imported(composed)).answer);
    registry.push('replaced', '1', composed);
    await core.api('POST', '/images', { tag: `${registry.host}/replaced:1` });
    await expect.poll(async () => await content(digest)).toBe(0);
    expect(await sql`select state, imported_by from analyses where digest = ${digest}`)
      .toEqual([{ state: 'analyzed', imported_by: null }]);
  });

  it('comes back from the archive as imported, and not where others have the image', async () => {
    const composed = image('archived');
    const digest = digestOf(composed);
    onlyImage((await imported(composed, { headers: jane })).answer);
    const archive = () => core.api('POST', '/archives/images?remove=true', [digest], jane);
    const restore = () => core.api('POST', '/images', { source: { archive: { digest } } }, jane);
    expect(bodyOf(await archive())).toMatchObject([{ status: 'archived' }]);
    expect(onlyImage(await restore()).analysis_status).toBe('analyzed');
    expect(await sql`select imported_by from analyses where digest = ${digest}`)
      .toEqual([{ imported_by: 'team' }]);
    expect(await content(digest, jane)).toBe(2);
    bodyOf(await archive());
    registry.push('archived', '1', composed);
    onlyImage(await core.api('POST', '/images', { tag: `${registry.host}/archived:1` }));
    onlyImage(await restore());
    await untilAnalysed(core, digest);
    expect(await content(digest, inTeam)).toBe(0);
    expect(await sql`select imported_by from analyses where digest = ${digest}`)
      .toEqual([{ imported_by: null }]);
  });

  it('never counts for another account, in whichever order both come', async () => {
    for (let turn = 0; turn < 12; turn += 1) {
      const composed = image(`raced ${turn}`);
      const digest = digestOf(composed);
      registry.push('raced', String(turn), composed);
      const tag = `${registry.host}/raced:${turn}`;
      const [{ answer }, submitted] = await Promise.all([
        imported(composed, { headers: jane }),
        new Promise((done) => setTimeout(done, turn * 8)).then(() =>
          core.api('POST', '/images', { tag })
        ),
      ]);
      expect([200, 409]).toContain(answer.status);
      onlyImage(submitted);
      await untilAnalysed(core, digest);
      expect(await sql`select imported_by, state from analyses where digest = ${digest}`)
        .toEqual([{ imported_by: null, state: 'analyzed' }]);
      expect(await content(digest)).toBe(0);
    }
  });
});
