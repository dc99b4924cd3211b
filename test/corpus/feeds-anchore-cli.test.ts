/**
 * The original's command line on feeds, unmodified, against a core whose sources are folders.
 *
 * Needs the folder of shared test material, named by the environment variable TIDEWAITER_SHARED; the
 * command is installed where ANCHORE_CLI says, or into the user's cache.
 *
 * @module
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCore, type TestCore } from '../support/core.ts';
import { installCommand, runCommand } from './anchore-cli.ts';
import { sharedFolder } from './corpus.ts';

let core: TestCore;
beforeAll(async () => {
  const shared = sharedFolder();
  installCommand();
  const at = (path: string) => ({ url: join(shared, 'feeds', path) });
  const feeds = {
    defaults: false,
    sources: {
      debian: at('debian'),
      kev: at('kev'),
      osv: { ...at('osv'), groups: ['GitHub Actions', 'npm', 'crates.io'] },
      secdb: { ...at('alpine/secdb'), groups: ['v3.1*'] },
    },
  };
  core = await startTestCore({ environment: { TIDEWAITER_FEEDS: JSON.stringify(feeds) } });
}, 300_000);
afterAll(() => core.stop());

const run = (args: readonly string[], answer = '') => runCommand(core, ['system', ...args], answer);

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** What the list says of a group: name, time and records. */
async function listed(group: string): Promise<string[] | undefined> {
  const rows = await run(['feeds', 'list']);
  expect(rows[0]).toEqual(['Feed', 'Group', 'LastSync', 'RecordCount']);
  return rows.find(([, name]) => name?.replace('(disabled)', '') === group)?.slice(1);
}

describe('anchore-cli system', () => {
  it('wait ends when all feeds are there', async () => {
    const lines = await run(['wait', '--timeout', '200', '--interval', '0.5']);
    expect(lines.flat()).toContain('Feed sync: Success.');
  });

  it('feeds list shows the groups', async () => {
    expect(await listed('debian')).toEqual(['debian', expect.stringMatching(TIME), '22']);
    expect(await listed('kev')).toEqual(['kev', expect.stringMatching(TIME), '1404']);
    expect(await listed('osv:npm')).toEqual(['osv:npm', expect.stringMatching(TIME), '15']);
    expect(await listed('secdb:v3.11')).toEqual([
      'secdb:v3.11',
      expect.stringMatching(TIME),
      '2162',
    ]);
    expect(await listed('secdb:v3.2')).toBeUndefined();
  });

  it('feeds sync tells what has changed', async () => {
    const rows = await run(['feeds', 'sync'], 'y\n');
    expect(rows.flat().join(' ')).toContain('Status');
    expect(rows.find(([, group]) => group === 'osv:npm')?.slice(0, 4)).toEqual([
      'vulnerabilities',
      'osv:npm',
      'success',
      '0',
    ]);
  });

  it('feeds sync --flush reads all anew', async () => {
    const rows = await run(['feeds', 'sync', '--flush'], 'y\n');
    expect(rows.find(([, group]) => group === 'kev')?.slice(0, 4)).toEqual([
      'vulnerabilities',
      'kev',
      'success',
      '1404',
    ]);
  });

  it('feeds config switches a group, and feeds delete removes its data', async () => {
    const config = ['feeds', 'config', 'vulnerabilities', '--group', 'osv:GitHub Actions'];
    const off = await run([...config, '--disable']);
    expect(off[1]?.[0]).toBe('osv:GitHub Actions(disabled)');
    expect((await listed('osv:GitHub Actions'))?.[0]).toBe('osv:GitHub Actions(disabled)');
    await run(['feeds', 'delete', 'vulnerabilities', '--group', 'osv:GitHub Actions']);
    expect(await listed('osv:GitHub Actions')).toEqual(['osv:GitHub Actions(disabled)', '-', '0']);
    const on = await run([...config, '--enable']);
    expect(on[1]?.[0]).toBe('osv:GitHub Actions');
  });

  it('feeds config switches all, and feeds delete removes all data', async () => {
    const off = await run(['feeds', 'config', 'vulnerabilities', '--disable']);
    expect(off.at(-1)?.[0]).toBe('vulnerabilities(disabled)');
    const deleted = await run(['feeds', 'delete', 'vulnerabilities']);
    expect(deleted.slice(1).map((row) => row.at(-1))).toEqual(deleted.slice(1).map(() => '0'));
    await run(['feeds', 'config', 'vulnerabilities', '--enable']);
    await run(['wait', '--timeout', '200', '--interval', '0.5']);
    expect(await listed('kev')).toEqual(['kev', expect.stringMatching(TIME), '1404']);
  });
});
