/**
 * The original's command line on accounts and users, unmodified.
 *
 * Needs the folder of shared test material, named by the environment variable TIDEWAITER_SHARED; the
 * command is installed where ANCHORE_CLI says, or into the user's cache.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCore, type TestCore } from '../support/core.ts';
import { installCommand, runCommand } from './anchore-cli.ts';

let core: TestCore;
beforeAll(async () => {
  installCommand();
  core = await startTestCore({ environment: { TIDEWAITER_SERVICES: 'api,coordinators' } });
}, 300_000);
afterAll(() => core.stop());

type Login = readonly [user: string, password: string];

const JANE: Login = ['jane', 'jane-password'];
const run = (args: readonly string[], expected?: number, login?: Login) =>
  runCommand(core, ['account', ...args], '', expected, login);

/** Lines `Name: value`, as an object. */
async function fields(args: readonly string[], login?: Login) {
  const rows = await run(args, 0, login);
  return Object.fromEntries(rows.map(([line = '']) => line.split(/: (.*)/, 2)));
}

describe('anchore-cli account', () => {
  it('knows who it is', async () => {
    expect(await fields(['whoami'])).toEqual({
      Username: 'admin',
      AccountName: 'admin',
      AccountEmail: 'admin@localhost',
      AccountType: 'admin',
    });
  });

  it('adds, reads and lists accounts and users', async () => {
    expect(await fields(['add', 'team', '--email', 'team@example.org']))
      .toMatchObject({ Name: 'team', Email: 'team@example.org', Type: 'user', State: 'enabled' });
    expect(await fields(['get', 'team'])).toMatchObject({ Name: 'team', State: 'enabled' });
    const list = await run(['list']);
    expect(list[0]).toEqual(['Name', 'Email', 'Type', 'State', 'Created']);
    expect(list.slice(1).map(([name]) => name)).toEqual(['admin', 'team']);
    expect(await fields(['user', 'add', ...JANE, '--account', 'team']))
      .toMatchObject({ Name: 'jane', Type: 'native', Source: 'None' });
    expect(await fields(['user', 'get', 'jane', '--account', 'team']))
      .toMatchObject({ Name: 'jane' });
    const users = await run(['user', 'list', '--account', 'team']);
    expect(users[1]?.slice(0, 3)).toEqual(['jane', 'native', 'None']);
  });

  it('lets a user see its account alone, and change its password', async () => {
    expect(await fields(['whoami'], JANE)).toMatchObject({ AccountName: 'team' });
    expect(await run(['list'], 1, JANE)).not.toEqual([]);
    const set = ['user', 'setpassword', '--username', 'jane', '--account', 'team'];
    const [said] = await run([...set, 'another-one'], 0, JANE);
    expect(said).toEqual(['Password (re)set success']);
    await run(['whoami'], 2, JANE);
    expect(await fields(['whoami'], ['jane', 'another-one'])).toMatchObject({ Username: 'jane' });
  });

  it('is told to disable an account before it deletes it, and then does', async () => {
    const refused = await run(['del', 'team', '--dontask'], 1);
    expect(refused.flat().join(' ')).toContain('anchore-cli account disable');
    expect(await run(['disable', 'team'])).toEqual([['Success']]);
    expect(await run(['enable', 'team'])).toEqual([['Success']]);
    expect(await run(['user', 'del', 'jane', '--account', 'team'])).toEqual([['Success']]);
    await run(['disable', 'team']);
    expect(await run(['del', 'team', '--dontask'])).toEqual([['Success']]);
    await expect.poll(async () => (await core.api('GET', '/accounts/team')).status).toBe(404);
  });
});
