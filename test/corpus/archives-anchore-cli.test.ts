/**
 * The original's command line on the analysis archive, unmodified.
 *
 * Needs the folder of shared test material, named by the environment variable TIDEWAITER_SHARED; the
 * command is installed where ANCHORE_CLI says, or into the user's cache.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../support/core.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { image } from '../core/api/samples.ts';
import { installCommand, runCommand } from './anchore-cli.ts';

let core: TestCore;
let registry: TestRegistry;
let digest: string;
beforeAll(async () => {
  installCommand();
  registry = await startRegistry();
  core = await startTestCore();
  registry.push('app', '1', image('app'));
  digest = (await submitImage(core, `${registry.host}/app:1`)).imageDigest;
  await untilAnalysed(core, digest);
}, 300_000);
afterAll(async () => {
  await core.stop();
  await registry.close();
});

const run = (args: readonly string[], expected?: number, answer?: string) =>
  runCommand(core, ['analysis-archive', ...args], answer, expected);

describe('anchore-cli analysis-archive images', () => {
  it('adds an image, which stays in the working set until it is deleted there', async () => {
    const [header, row] = await run(['images', 'add', digest]);
    expect(header).toEqual(['Image Digest', 'Archive Status', 'Details']);
    expect(row).toEqual([digest, 'archived', 'Completed successfully']);
    await runCommand(core, ['image', 'del', digest, '--force']);
    expect((await core.api('GET', `/images/${digest}`)).status).toBe(404);
  });

  it('lists and shows it', async () => {
    const list = await run(['images', 'list']);
    expect(list[0]).toEqual([
      'Digest',
      'Tags',
      'Analyzed At',
      'Archived At',
      'Status',
      'Archive Size Bytes',
    ]);
    expect(list[1]?.slice(0, 2)).toEqual([digest, `${registry.host}/app:1`]);
    expect(list[1]?.[4]).toBe('archived');
    expect(await run(['images', 'get', digest])).toEqual(list);
  });

  it('restores and deletes it', async () => {
    const restored = await run(['images', 'restore', digest]);
    expect(restored).toContainEqual([`Image Digest: ${digest}`]);
    expect(restored).toContainEqual(['Analysis Status: analyzed']);
    expect((await run(['images', 'restore', digest], 1)).flat().join(' '))
      .toContain('working set');
    expect(await run(['images', 'del', digest])).toEqual([['Success']]);
    await run(['images', 'get', digest], 1);
    await run(['images', 'del', digest], 2);
  });
});

describe('anchore-cli analysis-archive rules', () => {
  it('adds, lists, shows and deletes rules', async () => {
    const given = ['rules', 'add', '30', '2', 'archive', '--repository-selector', 'team/*'];
    const added = await run([...given, '--tag-exclude', 'keep', '--exclude-expiration-days', '9']);
    expect(added[0]?.slice(0, 3)).toEqual(['Rule Id', 'Global', 'Transition']);
    const [id = '', ...rest] = added[1] ?? [];
    expect(rest.slice(0, 8)).toEqual(['False', 'archive', '30', '2', '*', 'team/*', '*', 'None']);
    expect(rest.slice(8, 10)).toEqual(['keep', '9']);
    expect(await run(['rules', 'list'])).toEqual(added);
    expect(await run(['rules', 'get', id])).toEqual(added);
    expect(await run(['rules', 'del', id])).toEqual([['Success']]);
    await run(['rules', 'get', id], 1);
  });

  it('adds a rule on the number of images', async () => {
    const given = ['rules', 'add', '0', '0', 'archive', '--is-global'];
    const added = await run([...given, '--max-images-per-account', '1000'], 0, 'y\n');
    expect(added.at(-1)?.slice(1)).toEqual(expect.arrayContaining(['True', 'archive', '1000']));
  });
});
