/**
 * `/accounts`: all of them, for administrators, and one's own.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import {
  ACCOUNT_STATES,
  accountOf,
  addAccount,
  beginRemoval,
  listAccounts,
  setAccountState,
} from '../accounts/accounts.ts';
import { ensureBundle } from '../catalog/bundles.ts';
import type { Config } from '../config/load.ts';
import { TidewaiterError } from '../errors.ts';
import { DEFAULT_BUNDLE } from '../policy/index.ts';
import {
  AccountBody,
  accountBody,
  AccountStatusBody,
  answers,
  NewAccount,
  NewState,
  required,
} from './account-bodies.ts';
import { recordChange } from './audit.ts';
import { type Api, namedAccount, newApi, type Services } from './context.ts';

const params = z.object({ account: z.string() });

/** @throws TidewaiterError `account_at_door` (409) */
function checkDoor({ door_account: account, door_rules: rules }: Config, name: string): void {
  const names = [account, ...rules.map((rule) => rule.account)];
  if (!names.includes(name)) return;
  throw new TidewaiterError(
    'account_at_door',
    409,
    `The door judges by the account ${name}: name another one in "door_account" and "door_rules" first.`,
  );
}

/** Routes about accounts themselves. */
export function accountRoutes({ sql, config }: Services): Api {
  return newApi()
    .openapi(
      createRoute({
        method: 'get',
        path: '/accounts',
        summary: 'List accounts',
        request: { query: z.object({ state: z.enum(ACCOUNT_STATES).optional() }) },
        responses: answers('Accounts', z.array(AccountBody)),
      }),
      async (c) => {
        const { state } = c.req.valid('query');
        return c.json((await listAccounts(sql, state)).map(accountBody), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/accounts',
        summary: 'Add an account, without users',
        request: { body: required(NewAccount) },
        responses: answers('The account', AccountBody),
      }),
      async (c) => {
        const { name, email } = c.req.valid('json');
        await sql.begin(async (tx) => {
          await addAccount(tx, name, email ?? null);
          await ensureBundle(tx, name, DEFAULT_BUNDLE);
          await recordChange(tx, c, {
            account: name,
            type: 'user.account.added',
            resourceType: 'account',
            resource: name,
            message: `The account ${name} was added.`,
          });
        });
        return c.json(accountBody(await accountOf(sql, name)), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/accounts/{account}',
        summary: 'Read an account',
        request: { params },
        responses: answers('The account', AccountBody),
      }),
      async (c) => c.json(accountBody(await accountOf(sql, namedAccount(c))), 200),
    )
    .openapi(
      createRoute({
        method: 'delete',
        path: '/accounts/{account}',
        summary:
          'Delete an account that is disabled: its users at once, all else in the background',
        request: { params },
        responses: answers('What the account is now', AccountStatusBody),
      }),
      async (c) => {
        const name = namedAccount(c);
        await sql.begin(async (tx) => {
          const users = await beginRemoval(tx, name);
          if (users === undefined) return;
          checkDoor(config, name);
          await recordChange(tx, c, {
            account: name,
            type: 'user.account.deleted',
            resourceType: 'account',
            resource: name,
            message: `The account ${name} is being deleted, its ${users.length} users are gone.`,
          });
        });
        return c.json({ state: 'deleting' as const }, 200);
      },
    )
    .openapi(
      createRoute({
        method: 'put',
        path: '/accounts/{account}/state',
        summary: 'Enable or disable an account: users of a disabled one cannot log in',
        request: { params, body: required(NewState) },
        responses: answers('What the account is now', AccountStatusBody),
      }),
      async (c) => {
        const name = namedAccount(c);
        const { state } = c.req.valid('json');
        await sql.begin(async (tx) => {
          if (!(await setAccountState(tx, name, state))) return;
          await recordChange(tx, c, {
            account: name,
            type: `user.account.${state}`,
            resourceType: 'account',
            resource: name,
            message: `The account ${name} was ${state}.`,
          });
        });
        return c.json({ state }, 200);
      },
    );
}
