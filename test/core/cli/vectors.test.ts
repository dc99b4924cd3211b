/**
 * The agreement with tables of recorded answers, over small tables of its own.
 *
 * @module
 */

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agreementOf } from '../../../core/cli/vectors/agreement.ts';
import { readTables } from '../../../core/cli/vectors/read.ts';

const START = fileURLToPath(new URL('../../../core/start.mjs', import.meta.url));
const COMMAND = fileURLToPath(new URL('../../../core/cli/vectors.ts', import.meta.url));

const HEADER = 'a\top\tb\tnote\tsource\n';

const TABLES: Readonly<Record<string, string>> = {
  'README.md': 'no table\n',
  // Fields are raw: the blank counts for dpkg's epoch, the empty field is a version.
  'dpkg.tsv': `${HEADER} 1.0\t=\t1.0\t\tx\n\t<\t1\t\tx\n1\t<\t2\t\tx\n`,
  'rpm.tsv': HEADER +
    '1-2\t>\t1.1\tversion-only\tx\n1-2\t<\t1.1\tevr\tx\n1\t<\t2\tboth\tx\n',
  'semver.tsv': `${HEADER}1.0.0\t<\t1.1.0\t\tx\n1.0.0+1\t<\t1.0.0+2\t\tx\n1.0.0\t~\t1\t\tx\n`,
  'klingon.tsv': `${HEADER}wa'\t<\tcha'\t\tx\n`,
  'range-npm.jsonl': [
    { range: '^1.0.0', version: '1.1.0', included: true },
    { range: '~1.2.3beta', version: '1.2.3', options: true, included: true },
    { range: '~1.2.3beta', version: '1.2.3', options: { loose: null }, included: false },
    {
      range: '^1.0.0',
      version: '1.1.0-a',
      options: { includePrerelease: true, loose: 1 },
      included: false,
    },
  ].map((row) => `${JSON.stringify(row)}\n`).join(''),
  'range-grype-constraint-apk.jsonl': [
    '{"range": "~> 1", "version": "1.0\\u001b[2J", "included": true}',
    '{"range": "< 1.0-r1", "version": "1.0-r0", "included": true}',
    'not JSON',
    '{"range": "< 1"}',
  ].join('\n'),
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tw-vectors-'));
  mkdirSync(join(folder, 'empty'));
  for (const [name, text] of Object.entries(TABLES)) writeFileSync(join(folder, name), text);
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function vectors(args: readonly string[], from = folder): Promise<Result> {
  const env = { ...process.env, INIT_CWD: from };
  return new Promise((done) => {
    execFile('node', [START, COMMAND, ...args], { env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      done({ code, stdout, stderr });
    });
  });
}

describe('npm run vectors', () => {
  it('shows the agreement of each table, names those without a scheme, and sums up', async () => {
    const { code, stdout, stderr } = await vectors([folder]);
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toEqual([
      'dpkg.tsv                          3 of 3  100.00 %',
      'range-grype-constraint-apk.jsonl  1 of 4  25.00 %',
      'range-npm.jsonl                   3 of 4  75.00 %',
      'rpm.tsv                           3 of 3  100.00 %',
      'semver.tsv                        1 of 3  33.33 %',
      'klingon.tsv                       no scheme for it, not asked',
      '11 of 17',
      '',
    ]);
    expect(code).toBe(0);
  });

  it('shows each row that disagrees with both answers when asked to', async () => {
    const { code, stdout } = await vectors(['--verbose', '.']);
    expect(code).toBe(0);
    expect(stdout.split('\n').filter((line) => line.startsWith('  '))).toEqual([
      '  line 1: "1.0\\u001b[2J" in "~> 1": recorded in, here error invalid_constraint',
      '  line 3: a line that cannot be read: recorded unknown, here nothing',
      '  line 4: a line that cannot be read: recorded unknown, here nothing',
      '  line 4: "1.1.0-a" in "^1.0.0", loose, includePrerelease: recorded out, here in',
      '  line 3: "1.0.0+1" to "1.0.0+2": recorded <, here =',
      '  line 4: a line that cannot be read: recorded unknown, here nothing',
    ]);
  });

  it.each(['missing', 'empty'])('says what to do about a folder that is %s', async (name) => {
    const { code, stdout, stderr } = await vectors([name]);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^The folder .+: name .+\. \(vectors_not_found\)\n$/);
    expect(stderr).toContain(join(folder, name));
  });

  it.each<[string, readonly string[]]>([
    ['no folder', []],
    ['two folders', ['a', 'b']],
    ['an option there is not', ['a', '--quiet']],
  ])('says how it is used where there is %s', async (_, args) => {
    const { code, stdout, stderr } = await vectors(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('usage: npm run vectors');
  });

  it('explains itself', async () => {
    const { code, stdout } = await vectors(['--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('usage: npm run vectors');
  });
});

describe('agreementOf', () => {
  it('knows no answer for a table without a scheme', () => {
    const agreements = readTables(folder).map((table) => [table.file, agreementOf(table)?.rows]);
    expect(agreements).toContainEqual(['klingon.tsv', undefined]);
    expect(agreements).toContainEqual(['rpm.tsv', 3]);
  });
});
