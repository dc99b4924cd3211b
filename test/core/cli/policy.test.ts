/**
 * Unit tests of bundles on the command line.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { always, bundleOf } from '../policy/samples.ts';

const START = fileURLToPath(new URL('../../../core/start.mjs', import.meta.url));
const COMMAND = fileURLToPath(new URL('../../../core/cli/policy.ts', import.meta.url));

const TEST = { name: 'stops everything', tag: 'docker.io/library/a:1', facts: {}, expect: 'stop' };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tw-policy-'));
  const write = (name: string, content: unknown) =>
    writeFileSync(
      join(folder, name),
      typeof content === 'string' ? content : JSON.stringify(content),
    );
  write('bundle.json', bundleOf([always('STOP')]));
  write('broken.json', bundleOf([{ ...always('STOP'), gate: 'nope' }]));
  write('holds.json', TEST);
  write('fails.json', [TEST, { ...TEST, name: 'lets\u001b[2J pass', expect: 'go' }]);
  write('odd.json', { ...TEST, facts: { file: [] } });
  write('none.json', '{');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function policy(...args: readonly string[]): Promise<Result> {
  const env = { ...process.env, INIT_CWD: folder };
  return new Promise((done) => {
    execFile('node', [START, COMMAND, ...args], { env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      done({ code, stdout, stderr });
    });
  });
}

describe('npm run policy -- test', () => {
  it('tells of each test, why one fails, and how many hold', async () => {
    expect(await policy('test', 'bundle.json', 'holds.json')).toEqual({
      code: 0,
      stdout: 'holds  stops everything\n1 of 1\n',
      stderr: '',
    });
    expect(await policy('test', 'bundle.json', 'holds.json', 'fails.json')).toEqual({
      code: 1,
      stdout: 'holds  stops everything\nholds  stops everything\nFAILS  lets\\u001b[2J pass\n' +
        '         The bundle says stop, not go: Unconditional trigger match (always.always).\n' +
        '2 of 3\n',
      stderr: '',
    });
  });

  it.each([
    ['broken.json', 'holds.json', 'broken.json is no bundle', 'policy_invalid'],
    ['bundle.json', 'odd.json', 'odd.json holds no unit tests', 'facts_invalid'],
    ['bundle.json', 'none.json', 'none.json cannot be read as JSON', 'file_unreadable'],
    ['missing.json', 'holds.json', 'missing.json cannot be read', 'file_unreadable'],
  ])('says what is wrong: %s %s', async (bundle, tests, text, code) => {
    const result = await policy('test', bundle, tests);
    expect([result.code, result.stdout]).toEqual([2, '']);
    expect(result.stderr).toContain(text);
    expect(result.stderr).toContain(`(${code})`);
  });

  it('says how it is used', async () => {
    expect(await policy()).toMatchObject({ code: 0, stderr: '' });
    expect((await policy('tset', 'bundle.json', 'holds.json')).code).toBe(2);
    expect((await policy('test', 'bundle.json')).stderr).toContain('usage: npm run policy');
  });
});
