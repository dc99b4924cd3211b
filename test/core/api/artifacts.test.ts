import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeImage } from 'oci-client/compose';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';

const KEY = 'x\n-----BEGIN EC PRIVATE KEY-----\n';
const EXPRESSION = '.*flavour=\\w+';

let core: TestCore;
let registry: TestRegistry;
let digest: string;

beforeAll(async () => {
  registry = await startRegistry();
  core = await startTestCore({
    environment: {
      TIDEWAITER_CONTENT_SEARCH: JSON.stringify({ regexp_match: [`FLAVOUR=${EXPRESSION}`] }),
      TIDEWAITER_RETRIEVE_FILES: '{file_list: [/etc/passwd, /etc/none]}',
    },
  });
  registry.push(
    'inspected',
    '1',
    composeImage({
      layers: [[
        { path: 'root/key', content: KEY },
        { path: 'srv/config', content: 'flavour=mint\n' },
        { path: 'srv/both', content: `flavour=mint\n${KEY}` },
        { path: 'srv/link', type: 'symlink', link: '/root/key' },
        { path: 'etc/passwd', content: 'root:x:0:0::/root:/bin/sh\n' },
      ]],
    }),
  );
  digest = (await submitImage(core, `${registry.host}/inspected:1`)).imageDigest;
  expect(await untilAnalysed(core, digest)).toMatchObject({ analysis_status: 'analyzed' });
});
afterAll(async () => {
  await core.stop();
  await registry.close();
});

const artifacts = (kind: string, of = digest) => core.api('GET', `/images/${of}/artifacts/${kind}`);

describe('GET /images/{digest}/artifacts', () => {
  it('secret_search tells files, expressions and lines, and nothing of what is in them', async () => {
    const { status, body } = await artifacts('secret_search');
    const matches = (line: number) => [
      { name: 'PRIV_KEY', regex: '(?i)-+BEGIN(.*)PRIVATE KEY-+', lines: [line] },
    ];
    expect(status).toBe(200);
    expect(body).toEqual([
      { path: '/root/key', matches: matches(1) },
      { path: '/srv/both', matches: matches(2) },
      { path: '/srv/link', matches: matches(1) },
    ]);
  });

  it('file_content_search tells those of its own expressions', async () => {
    const matches = [{ name: 'FLAVOUR', regex: EXPRESSION, lines: [0] }];
    expect((await artifacts('file_content_search')).body).toEqual([
      { path: '/srv/both', matches },
      { path: '/srv/config', matches },
    ]);
  });

  it('retrieved_files has the content of the files that are there', async () => {
    expect((await artifacts('retrieved_files')).body).toEqual([{
      path: '/etc/passwd',
      b64_content: Buffer.from('root:x:0:0::/root:/bin/sh\n').toString('base64'),
    }]);
  });

  it('has nothing of images nobody knows, and no other kinds', async () => {
    const unknown = `sha256:${'0'.repeat(64)}`;
    expect((await artifacts('secret_search', unknown)).status).toBe(404);
    expect((await artifacts('malware_search')).status).toBe(400);
  });
});

it('an expression that is none keeps core from starting, and says which', async () => {
  const wrong = { TIDEWAITER_SECRET_SEARCH: '{regexp_match: ["BROKEN=(", "NONAME"]}' };
  const started = startTestCore({ environment: wrong });
  await expect(started).rejects.toThrow(/TIDEWAITER_SECRET_SEARCH[\s\S]*BROKEN/);
});
