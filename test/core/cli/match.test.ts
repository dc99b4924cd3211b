/**
 * `npm run match`, as a person runs it.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../../core/cli/match.ts', import.meta.url));

const ADVISORY = {
  id: 'GHSA-aaaa-bbbb-cccc',
  modified: '2026-01-02T03:04:05Z',
  aliases: ['CVE-2026-0001'],
  summary: 'Left is wrong',
  database_specific: { severity: 'HIGH' },
  affected: [{
    package: { ecosystem: 'npm', name: 'left' },
    ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.2.3' }] }],
  }],
};
const TRACKER = {
  openssl: {
    'CVE-2026-0002': {
      scope: 'remote',
      releases: {
        bookworm: { status: 'resolved', fixed_version: '3.0.11-1', urgency: 'medium' },
        trixie: { status: 'open', urgency: 'medium' },
      },
    },
  },
};
const BILL = {
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  components: [
    { type: 'operating-system', name: 'debian', version: '12' },
    {
      type: 'library',
      name: 'libssl3',
      version: '3.0.9-1',
      purl: 'pkg:deb/debian/libssl3@3.0.9-1?arch=amd64&distro=debian-12&upstream=openssl',
    },
  ],
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidewaiter-test-match-'));
  mkdirSync(join(folder, 'osv'));
  writeFileSync(join(folder, 'osv', 'GHSA-aaaa-bbbb-cccc.json'), JSON.stringify(ADVISORY));
  writeFileSync(join(folder, 'tracker.json'), JSON.stringify(TRACKER));
  writeFileSync(join(folder, 'bill.json'), JSON.stringify(BILL));
  writeFileSync(
    join(folder, 'purls.txt'),
    '# two of them\npkg:npm/left@1.2.2\npkg:npm/left@1.2.3\nleft\n',
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]) {
  const runtime = 'deno' in process.versions ? ['run', '-A'] : [];
  const child = spawn(process.execPath, [...runtime, PROGRAM, ...args], {
    env: { ...process.env, INIT_CWD: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => output += chunk.toString());
  child.stderr.on('data', (chunk: Buffer) => errors += chunk.toString());
  const [code] = await once(child, 'close');
  const findings = output.split('\n').filter((line) => line !== '').map((line): unknown =>
    JSON.parse(line)
  );
  return { code: code as number, findings, errors };
}

describe('npm run match', () => {
  it('prints a line for each finding, by the feeds that are named alone', async () => {
    const { code, findings, errors } = await run('--feed', 'osv=osv', 'purls.txt', 'bill.json');
    expect(findings).toEqual([{
      purl: 'pkg:npm/left@1.2.2',
      ids: ['GHSA-aaaa-bbbb-cccc'],
      id: 'GHSA-aaaa-bbbb-cccc',
      aliases: ['CVE-2026-0001'],
      severity: 'high',
      fix: '1.2.3',
      state: 'fixed',
      source: 'osv',
      why: expect.stringContaining('GHSA-aaaa-bbbb-cccc'),
    }]);
    expect(errors).toContain('purls.txt: line 4: ');
    expect(errors).toMatch(/^loaded osv .*: 1 records$/m);
    expect(code).toBe(0);
  });

  it('finds what a distribution says of the source of its packages', async () => {
    const { findings } = await run('--feed', 'debian=tracker.json', 'bill.json');
    expect(findings).toMatchObject([{
      purl: BILL.components[1]?.purl,
      id: 'CVE-2026-0002',
      fix: '3.0.11-1',
      state: 'fixed',
      source: 'debian',
    }]);
  });

  it.each([
    [
      'there is no such feed',
      ['--feed', 'debain=tracker.json', 'bill.json'],
      /debian.*\(unknown_feed\)/,
    ],
    ['there is no such file', ['--feed', 'osv=osv', 'nowhere.json'], /\(inventory_not_found\)/],
    ['the inventory is none', ['--feed', 'osv=osv', 'tracker.json'], /\(inventory_unsupported\)/],
    ['the feed is not there', ['--feed', 'osv=nowhere', 'bill.json'], /\(feed_unreachable\)/],
  ])('says what is wrong where %s', async (_what, args, expected) => {
    const { code, findings, errors } = await run(...args);
    expect(errors).toMatch(expected);
    expect(findings).toEqual([]);
    expect(code).toBe(2);
  });
});
