/**
 * The original's command line, unmodified, on real images: every command that its users rely on but
 * those of the suites beside this one (accounts, archive, events, feeds).
 *
 * Needs the folder of shared test material, named by the environment variable TIDEWAITER_SHARED, and
 * the corpus's registry; the command is installed where ANCHORE_CLI says, or into the user's cache.
 *
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCore, type TestCore } from '../support/core.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { image } from '../core/api/samples.ts';
import { installCommand, runCommand } from './anchore-cli.ts';
import { REGISTRY, requireImages, sharedFolder } from './corpus.ts';

const DEFAULT = '2c53a13c-1765-11e8-82ef-23527761d060';
const TAG = `${REGISTRY}/alpine-old:latest`;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const ID = /^[0-9a-f]{64}$/;

let core: TestCore;
let registry: TestRegistry;
let folder: string;
beforeAll(async () => {
  installCommand();
  await requireImages(['alpine-old']);
  folder = mkdtempSync(join(tmpdir(), 'tw-cli-'));
  registry = await startRegistry();
  const feeds = {
    defaults: false,
    sources: {
      secdb: { url: join(sharedFolder(), 'feeds/alpine/secdb'), groups: ['v3.*'] },
    },
  };
  core = await startTestCore({
    // As on a laptop: with a database, a password and a key of its own.
    embedded: true,
    environment: {
      TIDEWAITER_FEEDS: JSON.stringify(feeds),
      TIDEWAITER_WATCH_REPOSITORIES_SECONDS: '1',
    },
  });
  const waited = await run(['system', 'wait', '--timeout', '200', '--interval', '0.5']);
  expect(waited.flat()).toContain('Feed sync: Success.');
}, 300_000);
afterAll(async () => {
  await core.stop();
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

const run = (args: readonly string[], expected = 0, answer = '') =>
  runCommand(core, args, answer, expected);

/** A record that is shown as lines of `Name: value`. */
async function record(args: readonly string[], expected = 0): Promise<Record<string, string>> {
  const lines = (await run(args, expected)).map((cells) => cells.join('  '));
  return Object.fromEntries(
    lines.filter((line) => line.includes(': ')).map((line) => {
      const at = line.indexOf(': ');
      return [line.slice(0, at), line.slice(at + 2)];
    }),
  );
}

/** The rows of a table by their first cell, without its head. */
async function table(
  args: readonly string[],
  head: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const [first, ...rows] = await run(args);
  expect(first).toEqual(head);
  return new Map(rows.map((row) => [row[0] ?? '', row]));
}

const ADDED = {
  'Image Digest': expect.stringMatching(DIGEST),
  'Parent Digest': expect.stringMatching(DIGEST),
  'Image Type': 'docker',
  'Image ID': expect.stringMatching(ID),
  'Full Tag': TAG,
  'Tag Detected At': expect.stringMatching(TIME),
};
const ANALYSED = {
  ...ADDED,
  'Analysis Status': 'analyzed',
  'Analyzed At': expect.stringMatching(TIME),
  'Dockerfile Mode': 'Guessed',
  Distro: 'alpine',
  'Distro Version': expect.stringMatching(/^3\.\d+\.\d+$/),
  Size: expect.stringMatching(/^\d+$/),
  Architecture: 'amd64',
  'Layer Count': expect.stringMatching(/^\d+$/),
};

describe('anchore-cli system', () => {
  it('status lists the services that its users know', async () => {
    const lines = (await run(['system', 'status'])).flat();
    for (const name of ['apiext', 'catalog', 'simplequeue', 'policy_engine', 'analyzer']) {
      expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^Service ${name} .*: up$`)));
    }
    expect(lines).toContain('Engine DB Version: 0.0.16');
  });

  it('errorcodes names those of the original', async () => {
    const codes = await table(['system', 'errorcodes'], ['Error Code', 'Description']);
    expect([...codes.keys()]).toEqual(expect.arrayContaining([
      'REGISTRY_PERMISSION_DENIED',
      'REGISTRY_IMAGE_NOT_FOUND',
      'REGISTRY_NOT_ACCESSIBLE',
    ]));
  });
});

describe('anchore-cli image', () => {
  it('add, wait and get follow a real image to its end', async () => {
    expect(await record(['image', 'add', TAG, '--annotation', 'team=sea'])).toMatchObject(ADDED);
    expect(await record(['image', 'wait', '--timeout', '120', '--interval', '0.5', TAG]))
      .toMatchObject(ANALYSED);
    const got = await record(['image', 'get', TAG]);
    expect(got).toMatchObject(ANALYSED);
    expect(await record(['image', 'get', got['Image Digest'] ?? ''])).toEqual(got);
    expect(await record(['image', 'get', '--show-history', TAG])).toMatchObject({
      'Image Digest': got['Image Digest'],
    });
    expect((await record(['image', 'get', TAG, '--verbose'].slice(0, 3)))['Image ID'])
      .toBe(got['Image ID']);
  });

  it('add of what no registry has says why, and fails', async () => {
    const lines = (await run(['image', 'add', `${REGISTRY}/no-such-image:1`], 1)).flat();
    expect(lines.join('\n')).toContain('REGISTRY_IMAGE_NOT_FOUND');
  });

  it('list shows it', async () => {
    const head = ['Full Tag', 'Image Digest', 'Analysis Status'];
    const [, digest, status] = (await table(['image', 'list'], head)).get(TAG) ?? [];
    expect([digest, status]).toEqual([expect.stringMatching(DIGEST), 'analyzed']);
    const full = await table(['image', 'list', '--full'], [...head, 'Image ID']);
    expect(full.get(TAG)?.[3]).toMatch(ID);
  });

  it('content lists kinds, packages and files', async () => {
    const kinds = await record(['image', 'content', TAG]);
    for (const kind of ['os', 'files', 'npm', 'gem', 'python', 'java', 'binary', 'go']) {
      expect(kinds[kind], kind).toBe('available');
    }
    const os = await table(['image', 'content', TAG, 'os'], ['Package', 'Version', 'Licenses']);
    expect(os.get('musl')).toEqual(['musl', expect.stringMatching(/^1\./), expect.any(String)]);
    const files = await table(['image', 'content', TAG, 'files'], ['Filename', 'Size']);
    expect(files.has('/etc/alpine-release')).toBe(true);
  });

  it('metadata shows manifest, history and Dockerfile', async () => {
    expect(await record(['image', 'metadata', TAG])).toMatchObject({
      manifest: 'available',
      docker_history: 'available',
      dockerfile: 'available',
    });
    const manifest = (await run(['image', 'metadata', TAG, 'manifest'])).flat().join('');
    expect(manifest).toContain('schemaVersion');
  });

  it('vuln lists kinds, and what is found with its fix', async () => {
    expect(await record(['image', 'vuln', TAG])).toMatchObject({
      os: 'available',
      'non-os': 'available',
      all: 'available',
    });
    const rows = await table(['image', 'vuln', TAG, 'all'], [
      'Vulnerability ID',
      'Package',
      'Severity',
      'Fix',
      'CVE Refs',
      'Vulnerability URL',
      'Type',
      'Feed Group',
      'Package Path',
    ]);
    const [row] = [...rows.values()].filter((cells) => cells[0]?.startsWith('CVE-'));
    expect(row?.[3]).toMatch(/\d/);
    expect(row?.slice(-3)).toEqual([
      expect.stringMatching(/^APKG?|apk$/i),
      expect.stringMatching(/^alpine:3\.\d+$/),
      expect.any(String),
    ]);
  });
});

describe('anchore-cli evaluate', () => {
  it('check tells the verdict by its code, short and in detail', async () => {
    const short = await record(['evaluate', 'check', TAG]);
    expect(short).toMatchObject({
      'Image Digest': expect.stringMatching(DIGEST),
      'Full Tag': TAG,
      Status: 'pass',
      'Last Eval': expect.stringMatching(TIME),
      'Policy ID': DEFAULT,
    });
    const rows = await run(['evaluate', 'check', TAG, '--detail', '--policy', DEFAULT]);
    expect(rows).toContainEqual(['Gate', 'Trigger', 'Detail', 'Status']);
    expect(rows).toContainEqual(['Final Action: warn']);
    expect(rows.some(([gate, , , status]) => gate === 'dockerfile' && status === 'warn')).toBe(
      true,
    );
    const history = await record(['evaluate', 'check', TAG, '--show-history']);
    expect(history['Policy ID']).toBe(DEFAULT);
  });
});

describe('anchore-cli policy', () => {
  const bundle = {
    id: 'second',
    name: 'Second',
    version: '1_0',
    policies: [{
      id: 'p1',
      name: 'p1',
      version: '1_0',
      rules: [{ id: 'r1', gate: 'always', trigger: 'always', action: 'STOP', params: [] }],
    }],
    whitelists: [],
    mappings: [{
      id: 'm1',
      name: 'all',
      registry: '*',
      repository: '*',
      image: { type: 'tag', value: '*' },
      policy_ids: ['p1'],
      whitelist_ids: [],
    }],
  };
  const head = ['Policy ID', 'Active', 'Created', 'Updated'];

  it('add, get, list, activate and del; the new bundle counts at once', async () => {
    const file = join(folder, 'bundle.json');
    writeFileSync(file, JSON.stringify(bundle));
    expect(await record(['policy', 'add', file])).toMatchObject({
      'Policy ID': 'second',
      Active: 'False',
      Source: 'local',
      Created: expect.stringMatching(TIME),
      Updated: expect.stringMatching(TIME),
    });
    const detail = (await run(['policy', 'get', 'second', '--detail'])).flat().join('');
    expect(JSON.parse(detail)).toMatchObject({ id: 'second', policies: [{ id: 'p1' }] });
    await run(['policy', 'activate', 'second']);
    const rows = await table(['policy', 'list'], head);
    expect([rows.get('second')?.[1], rows.get(DEFAULT)?.[1]]).toEqual(['True', 'False']);
    expect(await record(['evaluate', 'check', TAG], 1)).toMatchObject({ Status: 'fail' });
    // The active one stays.
    await run(['policy', 'del', 'second'], 1);
    await run(['policy', 'activate', DEFAULT]);
    await run(['policy', 'del', 'second']);
    expect((await table(['policy', 'list'], head)).has('second')).toBe(false);
  });

  it('add of a broken bundle tells what is wrong', async () => {
    const file = join(folder, 'broken.json');
    const broken = {
      ...bundle,
      policies: [{
        ...bundle.policies[0],
        rules: [{ ...bundle.policies[0]?.rules[0], gate: 'no' }],
      }],
    };
    writeFileSync(file, JSON.stringify(broken));
    const text = (await run(['policy', 'add', file], 1)).flat().join('\n');
    expect(text).toContain('Bundle failed validation');
    expect(text).toContain('GateNotFoundError');
  });

  it('describe shows gates, triggers and parameters', async () => {
    const gates = (await run(['policy', 'describe'])).flat().join('\n');
    for (const gate of ['always', 'dockerfile', 'files', 'packages', 'vulnerabilities']) {
      expect(gates).toMatch(new RegExp(`^\\| ${gate}\\b`, 'm'));
    }
    const triggers = (await run(['policy', 'describe', '--gate', 'packages'])).flat().join('\n');
    expect(triggers).toContain('required_package');
    const one = ['policy', 'describe', '--gate', 'packages', '--trigger', 'blacklist'];
    expect((await run(one)).flat().join('\n')).toContain('version');
  });
});

describe('anchore-cli subscription', () => {
  const head = ['Tag', 'Subscription Type', 'Active'];

  it('list, deactivate and activate those of a tag', async () => {
    const rows = async () =>
      (await run(['subscription', 'list'])).filter(([tag]) => tag === TAG)
        .map(([, type, active]) => `${type} ${active}`).sort();
    expect((await run(['subscription', 'list']))[0]).toEqual(head);
    // The command asks for updates of the tag when it adds an image.
    expect(await rows()).toEqual([
      'analysis_update True',
      'policy_eval False',
      'tag_update True',
      'vuln_update False',
    ]);
    expect((await run(['subscription', 'activate', 'vuln_update', TAG])).flat()).toEqual([
      'Success',
    ]);
    expect((await run(['subscription', 'deactivate', 'tag_update', TAG])).flat())
      .toEqual(['Success']);
    expect(await rows()).toEqual([
      'analysis_update True',
      'policy_eval False',
      'tag_update False',
      'vuln_update True',
    ]);
  });
});

describe('anchore-cli repo', () => {
  it('add, list, get, unwatch, watch and del; its tags are analysed', async () => {
    registry.push('fleet', '1', image('fleet one'));
    registry.push('fleet', '2', image('fleet two'));
    const name = `${registry.host}/fleet`;
    const head = ['Repository', 'Watched', 'TagCount'];
    const added = await table(['repo', 'add', name], head);
    expect(added.get(name)).toEqual([name, 'True', '2']);
    expect((await table(['repo', 'list'], head)).get(name)).toEqual([name, 'True', '2']);
    expect((await table(['repo', 'get', name], head)).get(name)).toEqual([name, 'True', '2']);
    await expect.poll(
      async () =>
        (await run(['image', 'list'])).filter(([tag]) => tag?.startsWith(name)).map((row) => row[0])
          .sort(),
      { timeout: 30_000 },
    ).toEqual([`${name}:1`, `${name}:2`]);
    await run(['repo', 'unwatch', name]);
    expect((await table(['repo', 'get', name], head)).get(name)?.[1]).toBe('False');
    await run(['repo', 'watch', name]);
    expect((await table(['repo', 'get', name], head)).get(name)?.[1]).toBe('True');
    await run(['repo', 'del', name]);
    expect((await run(['repo', 'list'])).flat()).not.toContain(name);
  });
});

describe('anchore-cli registry', () => {
  const head = ['Registry', 'Name', 'Type', 'User'];

  it('add, get, list, update and del', async () => {
    const shown = {
      Registry: 'registry.example',
      Name: 'registry.example',
      User: 'robot',
      Type: 'docker_v2',
      'Verify TLS': 'True',
      Created: expect.stringMatching(TIME),
      Updated: expect.stringMatching(TIME),
    };
    const add = ['registry', 'add', 'registry.example', 'robot', 'secret', '--skip-validate'];
    expect(await record(add)).toMatchObject(shown);
    expect(await record(['registry', 'get', 'registry.example'])).toMatchObject(shown);
    expect((await table(['registry', 'list'], head)).get('registry.example'))
      .toEqual(['registry.example', 'registry.example', 'docker_v2', 'robot']);
    const update = ['registry', 'update', 'registry.example', 'other', 'pw', '--skip-validate'];
    expect(await record(update)).toMatchObject({ ...shown, User: 'other' });
    // Twice is a mistake, and says so.
    expect((await run(add, 1)).flat().join('\n')).toContain('HTTP Code: 409');
    await run(['registry', 'del', 'registry.example']);
    await run(['registry', 'get', 'registry.example'], 1);
  });

  it('add tries the login', async () => {
    const text = (await run(['registry', 'add', '127.0.0.1:1', 'u', 'p'], 1)).flat().join('\n');
    expect(text).toContain('HTTP Code: 406');
  });
});

describe('anchore-cli query', () => {
  it('finds images by a package and by a vulnerability', async () => {
    const packages = await run(['query', 'images-by-package', '--name', 'musl']);
    expect(packages[0]).toEqual(['Full Tag', 'Package', 'Package Type', 'Digest']);
    expect(packages.find(([tag]) => tag === TAG)?.slice(1)).toEqual([
      expect.stringMatching(/^musl-1\./),
      'APKG',
      expect.stringMatching(DIGEST),
    ]);
    const found = (await run(['image', 'vuln', TAG, 'os'])).map(([id]) => id ?? '')
      .find((id) => id.startsWith('CVE-'));
    const images = await run([
      'query',
      'images-by-vulnerability',
      '--vulnerability-id',
      found ?? '',
    ]);
    expect(images[0]).toEqual([
      'Full Tag',
      'Severity',
      'Package',
      'Package Type',
      'Namespace',
      'Digest',
    ]);
    expect(images.some(([tag]) => tag === TAG)).toBe(true);
  });
});

describe('anchore-cli image del', () => {
  it('refuses what is subscribed, takes it by force, and then it is unknown', async () => {
    expect((await run(['image', 'del', TAG], 1)).flat().join('\n')).toContain('subscription');
    expect((await run(['image', 'del', TAG, '--force'])).flat()).toContain('Success');
    await run(['image', 'get', TAG], 1);
  });
});
