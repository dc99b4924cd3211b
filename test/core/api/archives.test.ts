import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeImage } from 'oci-client/compose';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { forgetPackages } from '../../../core/catalog/unused.ts';
import { advisory, loadRecords, saying } from '../../support/loaded-feed.ts';
import {
  type Answer,
  PASSWORD,
  startTestCore,
  submitImage,
  type TestCore,
  untilAnalysed,
} from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { basic, errorOf, onlyImage } from './samples.ts';

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string;

let core: TestCore;
let registry: TestRegistry;
let sql: Sql;
beforeAll(async () => {
  registry = await startRegistry();
  core = await startTestCore({ environment: { TIDEWAITER_ARCHIVE_RULES_SECONDS: '1' } });
  sql = openDatabase(core.databaseUrl ?? '', { max: 2 });
  await loadRecords(sql, 'osv', [advisory('GHSA-1', [saying('npm', 'left-pad', '1.3.1')])], 'npm');
});
afterAll(async () => {
  await sql.end();
  await core.stop();
  await registry.close();
});

/** An analysed image with one package in which something is found. */
async function analysed(name: string): Promise<string> {
  registry.push(
    name,
    '1',
    composeImage({
      layers: [[
        { path: 'etc/os-release', content: 'ID=alpine\nVERSION_ID=3.20.3\n' },
        { path: 'content', content: name },
        {
          path: 'app/node_modules/left-pad/package.json',
          content: JSON.stringify({ name: 'left-pad', version: '1.3.0' }),
        },
      ]],
    }),
  );
  const { imageDigest } = await submitImage(core, `${registry.host}/${name}:1`);
  await untilAnalysed(core, imageDigest);
  return imageDigest;
}

const archive = (digests: unknown, query = '') =>
  core.api('POST', `/archives/images${query}`, digests);
const restore = (digest: string) =>
  core.api('POST', '/images', { source: { archive: { digest } } });

function bodyOf<T>(answer: Answer): T {
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body as T;
}

describe('/archives/images', () => {
  it('keeps an analysis until it is restored, by which no registry is asked', async () => {
    const digest = await analysed('round');
    const read = async () => ({
      image: onlyImage(await core.api('GET', `/images/${digest}`)),
      content: bodyOf(await core.api('GET', `/images/${digest}/content/npm`)),
      files: bodyOf(await core.api('GET', `/images/${digest}/content/files`)),
      found: bodyOf<{ vulnerabilities: unknown[] }>(
        await core.api('GET', `/images/${digest}/vuln/all`),
      ),
    });
    const before = await read();
    expect(before.found.vulnerabilities).toMatchObject([{ vuln: 'GHSA-1', fix: '1.3.1' }]);
    expect(bodyOf(await archive([digest], '?remove=True')))
      .toEqual([{ digest, status: 'archived', detail: 'Completed successfully' }]);
    expect((await core.api('GET', `/images/${digest}`)).status).toBe(404);
    while (await forgetPackages(sql, 0) > 0);
    const record = {
      imageDigest: digest,
      parentDigest: digest,
      annotations: {},
      status: 'archived',
      image_detail: [{
        pullstring: `${registry.host}/round:1`,
        registry: registry.host,
        repository: 'round',
        tag: '1',
        detected_at: TIME,
      }],
      created_at: TIME,
      last_updated: TIME,
      analyzed_at: before.image.analyzed_at,
      archive_size_bytes: expect.any(Number) as number,
    };
    expect(bodyOf(await core.api('GET', `/archives/images/${digest}`))).toEqual(record);
    expect(bodyOf(await core.api('GET', '/archives/images'))).toEqual([record]);
    expect(bodyOf(await core.api('GET', '/archives'))).toEqual({
      images: {
        total_image_count: 1,
        total_tag_count: 1,
        total_data_bytes: expect.any(Number) as number,
        last_updated: TIME,
      },
      rules: { count: 0, last_updated: null },
    });
    const requests = registry.requests.length;
    expect(onlyImage(await restore(digest)))
      .toMatchObject({ imageDigest: digest, analysis_status: 'analyzed' });
    const after = await read();
    expect(after).toEqual({
      ...before,
      image: {
        ...before.image,
        last_updated: TIME,
        image_detail: before.image.image_detail.map((tag) => ({ ...tag, last_updated: TIME })),
      },
    });
    const bundle = bodyOf<object[]>(
      await core.api('GET', `/images/${digest}/check?tag=${registry.host}/round:1`),
    );
    expect(bundle).toHaveLength(1);
    expect(registry.requests.length).toBe(requests);
    expect((await core.api('GET', `/images/${digest}/progress`)).body)
      .toMatchObject({ analysis_status: 'analyzed', attempt: 0 });
    const refused = await restore(digest);
    expect([refused.status, errorOf(refused).code]).toEqual([409, 'image_exists']);
    const events = await sql<{ type: string }[]>`
      select type from events where resource = ${digest} and type like 'system.%'
      order by created_at`;
    expect(events.map(({ type }) => type)).toEqual([
      'system.analysis_archive.image_archived',
      'system.image_analysis.restored_from_archive',
      'system.image_analysis.restore_from_archive_failed',
    ]);
    expect(bodyOf(await core.api('DELETE', `/archives/images/${digest}`))).toBe(null);
    expect(errorOf(await core.api('DELETE', `/archives/images/${digest}`)).httpcode).toBe(404);
    expect(errorOf(await core.api('GET', `/archives/images/${digest}`)).httpcode).toBe(404);
    expect(errorOf(await restore('sha256:0')).code).toBe('archived_image_not_found');
  });

  it('leaves the image in the working set unless it is told otherwise', async () => {
    const digest = await analysed('copied');
    bodyOf(await archive([digest]));
    expect(onlyImage(await core.api('GET', `/images/${digest}`)).analysis_status).toBe('analyzed');
  });

  it('says of each image what became of it', async () => {
    const digest = await analysed('mixed');
    expect(bodyOf(await archive([digest, 'sha256:none', digest]))).toEqual([
      { digest, status: 'archived', detail: 'Completed successfully' },
      {
        digest: 'sha256:none',
        status: 'error',
        detail: 'The account has no image with this digest: nothing can be archived.',
      },
    ]);
    expect(
      await sql`
        select level from events where type = 'system.analysis_archive.image_archive_failed'`,
    ).toEqual([{ level: 'error' }]);
  });

  it.each([[[]], [{}], [['']], [[1]], [Array.from({ length: 101 }, (_, n) => `sha256:${n}`)]])(
    'refuses a body that is no list of 1 to 100 digests: %#',
    async (body) => {
      expect((await archive(body)).status).toBe(400);
    },
  );

  it.each([
    [{ archive: { digest: 'a' }, tag: { pullstring: 'a' } }],
    [{ archive: {} }],
    [{ archive: null }],
  ])('restores by one source: %j', async (source) => {
    expect((await core.api('POST', '/images', { source })).status).toBe(400);
  });
});

describe('/archives/rules', () => {
  interface Rule {
    readonly rule_id: string;
  }
  const add = (body: unknown, headers?: Record<string, string>) =>
    core.api('POST', '/archives/rules', body, headers);

  it('shows a rule as it is kept, with what was not said', async () => {
    const rule = bodyOf<Rule>(
      await add({
        transition: 'archive',
        analysis_age_days: 1000,
        tag_versions_newer: 2,
        system_global: false,
        selector: { registry: '*', repository: 'none/*', tag: '*' },
        exclude: { expiration_days: '-1', selector: { registry: '', repository: 'x', tag: '' } },
      }),
    );
    expect(rule).toEqual({
      rule_id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      selector: { registry: '*', repository: 'none/*', tag: '*' },
      exclude: { expiration_days: -1, selector: { registry: '', repository: 'x', tag: '' } },
      analysis_age_days: 1000,
      tag_versions_newer: 2,
      transition: 'archive',
      system_global: false,
      max_images_per_account: null,
      created_at: TIME,
      last_updated: TIME,
    });
    expect(bodyOf(await core.api('GET', `/archives/rules/${rule.rule_id}`))).toEqual(rule);
    expect(bodyOf(await core.api('GET', '/archives/rules'))).toEqual([rule]);
    expect(bodyOf<{ rules: object }>(await core.api('GET', '/archives')).rules)
      .toEqual({ count: 1, last_updated: TIME });
    expect(bodyOf(await core.api('DELETE', `/archives/rules/${rule.rule_id}`))).toBe(null);
    expect(errorOf(await core.api('GET', `/archives/rules/${rule.rule_id}`)).code)
      .toBe('rule_not_found');
    expect((await core.api('DELETE', `/archives/rules/${rule.rule_id}`)).status).toBe(404);
  });

  it.each<[object, string]>([
    [{ transition: 'archive' }, 'rule_invalid'],
    [{ transition: 'delete', analysis_age_days: -1, tag_versions_newer: -5 }, 'rule_invalid'],
    [{ transition: 'archive', selector: { registry: '', repository: '*' } }, 'rule_invalid'],
    [{ transition: 'archive', max_images_per_account: 5 }, 'rule_invalid'],
    [{ transition: 'delete', max_images_per_account: 5, system_global: true }, 'rule_invalid'],
    [{ analysis_age_days: 5 }, 'invalid_request'],
    [{ transition: 'burn', analysis_age_days: 5 }, 'invalid_request'],
    [{ transition: 'archive', analysis_age_days: 1.5 }, 'invalid_request'],
    [{ transition: 'archive', analysis_age_days: 1e9 }, 'invalid_request'],
    [{ transition: 'archive', selector: 'all' }, 'invalid_request'],
  ])('refuses %j', async (body, code) => {
    const answer = await add(body);
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([400, code]);
  });

  it('lets the administrator alone add rules for all, one of them on the number', async () => {
    await core.api('POST', '/accounts', { name: 'team' });
    await core.api('POST', '/accounts/team/users', { username: 'jane', password: PASSWORD });
    const jane = basic('jane', PASSWORD);
    const body = { transition: 'archive', system_global: true, max_images_per_account: 1000 };
    const refused = await add(body, jane);
    expect([refused.status, errorOf(refused).code]).toEqual([403, 'admin_only']);
    const { rule_id } = bodyOf<Rule>(await add(body));
    const again = await add(body);
    expect([again.status, errorOf(again).code]).toEqual([409, 'rule_exists']);
    const listed = async (query: string) =>
      bodyOf<Rule[]>(await core.api('GET', `/archives/rules${query}`, undefined, jane));
    expect(await listed('')).toMatchObject([{ rule_id, max_images_per_account: 1000 }]);
    expect(await listed('?system_global=False')).toEqual([]);
    const path = `/archives/rules/${rule_id}`;
    expect((await core.api('GET', path, undefined, jane)).status).toBe(200);
    expect((await core.api('DELETE', path, undefined, jane)).status).toBe(404);
    expect((await core.api('DELETE', path)).status).toBe(200);
  });

  it('are applied by and by', async () => {
    const digest = await analysed('ruled');
    const { rule_id } = bodyOf<Rule>(
      await add({ transition: 'archive', selector: { repository: 'ruled' } }),
    );
    await expect.poll(async () => (await core.api('GET', `/images/${digest}`)).status).toBe(404);
    expect((await core.api('GET', `/archives/images/${digest}`)).status).toBe(200);
    await core.api('DELETE', `/archives/rules/${rule_id}`);
    expect(onlyImage(await restore(digest)).analysis_status).toBe('analyzed');
  });
});
