import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeImage } from 'oci-client/compose';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { bundleOf, paramsOf } from '../policy/samples.ts';

const KEY = '-----BEGIN EC PRIVATE KEY-----\n';
const BINARY = 'not what was packed';

let core: TestCore;
let registry: TestRegistry;
let digest: string;

beforeAll(async () => {
  registry = await startRegistry();
  core = await startTestCore({
    environment: {
      TIDEWAITER_CONTENT_SEARCH: JSON.stringify({ regexp_match: ['FLAVOUR=.*flavour=\\w+'] }),
      TIDEWAITER_RETRIEVE_FILES: '{file_list: [/etc/passwd]}',
      TIDEWAITER_PACKAGE_VERIFICATION: 'true',
    },
  });
  registry.push(
    'judged',
    '1',
    composeImage({
      layers: [[
        { path: 'etc/os-release', content: 'ID=debian\nVERSION_ID="12"\n' },
        { path: 'etc/passwd', content: 'root:x:0:0::/root:/bin/bash\n' },
        { path: 'srv/config', content: `flavour=mint\n${KEY}` },
        { path: 'usr/bin/hello', content: BINARY, mode: 0o4755 },
        { path: 'var/lib/dpkg/info/hello.list', content: '/usr/bin/hello\n/usr/bin/gone\n' },
        {
          path: 'var/lib/dpkg/info/hello.md5sums',
          content: `${'0'.repeat(32)}  usr/bin/hello\n${'1'.repeat(32)}  usr/bin/gone\n`,
        },
        {
          path: 'var/lib/dpkg/status',
          content: 'Package: hello\nStatus: install ok installed\nVersion: 1.0-1\n' +
            'Architecture: amd64\n\n',
        },
      ]],
    }),
  );
  digest = (await submitImage(core, `${registry.host}/judged:1`)).imageDigest;
  expect(await untilAnalysed(core, digest)).toMatchObject({ analysis_status: 'analyzed' });
});
afterAll(async () => {
  await core.stop();
  await registry.close();
});

interface Checked {
  readonly detail: {
    readonly result: { readonly result: Readonly<Record<string, { readonly result?: Rows }>> };
  };
}
interface Rows {
  readonly rows: readonly (readonly unknown[])[];
}

/** Trigger id and text of all that one rule finds. */
async function judged(
  gate: string,
  trigger: string,
  params: Readonly<Record<string, string>>,
): Promise<readonly (readonly [unknown, unknown])[]> {
  const rule = { id: 'r1', gate, trigger, action: 'STOP', params: paramsOf(params) };
  const id = `bundle-${gate}-${trigger}-${JSON.stringify(params)}`;
  const added = await core.api('POST', '/policies', bundleOf([rule], { id, name: id }));
  expect(added.status, JSON.stringify(added.body)).toBe(200);
  const tag = `${registry.host}/judged:1`;
  const query = new URLSearchParams({ policyId: id, tag, detail: 'true' });
  const { status, body } = await core.api('GET', `/images/${digest}/check?${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  const [found] = body as Record<string, Record<string, Checked[]>>[];
  const results = found?.[digest]?.[tag]?.[0]?.detail.result.result ?? {};
  return Object.values(results).flatMap(({ result }) =>
    (result?.rows ?? []).map((row) => [row[2], row[5]] as const)
  );
}

const FIRST = 'Application of regex matched file found in container: file=';

describe('rules on what an analysis found in files', () => {
  it.each<[string, string, Readonly<Record<string, string>>, readonly string[]]>([
    ['files', 'name_match', { regex: '/usr/bin/h' }, [
      `${FIRST}/usr/bin/hello regexp=/usr/bin/h`,
    ]],
    ['files', 'suid_or_guid_set', {}, [
      'SUID or SGID found set on file /usr/bin/hello. Mode: 0o104755',
    ]],
    ['files', 'attribute_match', {
      filename: '/usr/bin/hello',
      checksum: createHash('sha256').update(BINARY).digest('hex'),
    }, [expect.stringContaining('filename=/usr/bin/hello and checksum=') as string]],
    ['files', 'content_regex_match', { regex_name: 'FLAVOUR' }, [
      'File content analyzer found regexp match in container: ' +
      'file=/srv/config regexp=FLAVOUR=.*flavour=\\w+',
    ]],
    ['secret_scans', 'content_regex_checks', {}, [
      'Secret content search analyzer found regexp match in container: ' +
      'file=/srv/config regexp=PRIV_KEY=(?i)-+BEGIN(.*)PRIVATE KEY-+',
    ]],
    ['retrieved_files', 'content_not_available', { path: '/etc/group' }, [
      'Cannot locate file in the image analysis',
    ]],
    ['passwd_file', 'blacklist_shells', { shells: '/bin/bash' }, [
      "Blacklisted shell '/bin/bash' found in image's /etc/passwd: " +
      'pentry=root:x:0:0::/root:/bin/bash',
    ]],
    ['packages', 'verify', {}, [
      "VERIFY check against package db for package 'hello' failed on entry '/usr/bin/gone' " +
      "with status: 'missing'",
      "VERIFY check against package db for package 'hello' failed on entry '/usr/bin/hello' " +
      "with status: 'changed'",
    ]],
  ])('%s.%s', async (gate, trigger, params, expected) => {
    const found = await judged(gate, trigger, params);
    expect(found.map(([, text]) => text).sort()).toEqual(expected);
    const hash = (text: unknown) =>
      createHash('md5').update(`${gate}${trigger}${String(text)}`).digest('hex');
    expect(found.map(([id]) => id)).toEqual(found.map(([, text]) => hash(text)));
  });

  it('names a finding in a retrieved file by its rule', async () => {
    const params = { path: '/etc/passwd', regex: 'root:', check: 'match' };
    expect(await judged('retrieved_files', 'content_regex', params)).toEqual([[
      'r1+file:///etc/passwd',
      "Content regex 'root:' check 'match' found in retrieved file '/etc/passwd'",
    ]]);
  });
});
