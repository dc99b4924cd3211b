/**
 * `/accounts/{account}/users`: users of an account and their passwords, which go in and never out.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { accountOf, peopledAccount } from '../accounts/accounts.ts';
import { hashPassword } from '../accounts/passwords.ts';
import {
  addUser,
  ADMIN_USER,
  deleteUser,
  listUsers,
  setPassword,
  userOf,
  type UserRecord,
} from '../accounts/user-records.ts';
import type { Sql } from '../database/connection.ts';
import { TidewaiterError } from '../errors.ts';
import {
  answers,
  credentialBodies,
  CredentialBody,
  NewCredential,
  NewUser,
  refusals,
  required,
  UserBody,
  userBody,
} from './account-bodies.ts';
import { recordChange } from './audit.ts';
import { type Api, type ApiEnv, namedAccount, newApi, type Services } from './context.ts';

const params = z.object({ account: z.string() });
const userParams = params.extend({ user: z.string() });
const gone = { 204: { description: 'Deleted' }, ...refusals };

/** Nobody takes from himself, or from the last way in, what he came with. @throws TidewaiterError */
function checkTakeable(c: Context<ApiEnv>, user: string): void {
  if (user === c.get('identity').user) {
    throw new TidewaiterError(
      'user_is_self',
      409,
      'You cannot delete yourself or your own credentials: another user of the account can.',
    );
  }
  if (user === ADMIN_USER) {
    throw new TidewaiterError(
      'user_protected',
      409,
      `The user ${ADMIN_USER} and its credentials cannot be deleted: change its password instead.`,
    );
  }
}

/** Sets a user's password; the user. Whoever was logged in with the former one is not any more. */
export async function changePassword(
  sql: Sql,
  c: Context<ApiEnv>,
  { account, user, password }: { account: string; user: string; password: string },
): Promise<UserRecord> {
  await userOf(sql, account, user);
  const hash = await hashPassword(password);
  return await sql.begin(async (tx) => {
    await setPassword(tx, account, user, hash);
    await recordChange(tx, c, {
      account,
      type: 'user.credential.changed',
      resourceType: 'user',
      resource: user,
      message: `The password of the user ${user} was set.`,
    });
    return await userOf(tx, account, user);
  });
}

/** Routes about the users of an account. */
export function userRoutes({ sql }: Services): Api {
  return newApi()
    .openapi(
      createRoute({
        method: 'get',
        path: '/accounts/{account}/users',
        summary: 'List users of an account',
        request: { params },
        responses: answers('Users', z.array(UserBody)),
      }),
      async (c) => {
        const { name } = await accountOf(sql, namedAccount(c));
        return c.json((await listUsers(sql, name)).map(userBody), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/accounts/{account}/users',
        summary: 'Add a user to an account',
        request: { params, body: required(NewUser) },
        responses: answers('The user', UserBody),
      }),
      async (c) => {
        const account = namedAccount(c);
        const { username, password } = c.req.valid('json');
        await accountOf(sql, account);
        const hash = await hashPassword(password);
        const user = await sql.begin(async (tx) => {
          await peopledAccount(tx, account);
          await addUser(tx, account, username, hash);
          await recordChange(tx, c, {
            account,
            type: 'user.user.added',
            resourceType: 'user',
            resource: username,
            message: `The user ${username} was added to the account ${account}.`,
          });
          return await userOf(tx, account, username);
        });
        return c.json(userBody(user), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/accounts/{account}/users/{user}',
        summary: 'Read a user',
        request: { params: userParams },
        responses: answers('The user', UserBody),
      }),
      async (c) => {
        const user = await userOf(sql, namedAccount(c), c.req.valid('param').user);
        return c.json(userBody(user), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'delete',
        path: '/accounts/{account}/users/{user}',
        summary: 'Delete a user, but not yourself',
        request: { params: userParams },
        responses: gone,
      }),
      async (c) => {
        const account = namedAccount(c);
        const { user } = c.req.valid('param');
        checkTakeable(c, user);
        await sql.begin(async (tx) => {
          await deleteUser(tx, account, user);
          await recordChange(tx, c, {
            account,
            type: 'user.user.deleted',
            resourceType: 'user',
            resource: user,
            message: `The user ${user} was deleted from the account ${account}.`,
          });
        });
        return c.body(null, 204);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/accounts/{account}/users/{user}/credentials',
        summary: 'List credentials of a user, without their values',
        request: { params: userParams },
        responses: answers('Credentials', z.array(CredentialBody)),
      }),
      async (c) => {
        const user = await userOf(sql, namedAccount(c), c.req.valid('param').user);
        return c.json(credentialBodies(user), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/accounts/{account}/users/{user}/credentials',
        summary: 'Set the password of a user',
        request: { params: userParams, body: required(NewCredential) },
        responses: answers('The user', UserBody),
      }),
      async (c) => {
        const account = namedAccount(c);
        const { user } = c.req.valid('param');
        const password = c.req.valid('json').value;
        return c.json(userBody(await changePassword(sql, c, { account, user, password })), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'delete',
        path: '/accounts/{account}/users/{user}/credentials',
        summary: 'Take the password of a user away, who cannot log in then',
        request: {
          params: userParams,
          query: z.object({ credential_type: z.literal('password').default('password') }),
        },
        responses: gone,
      }),
      async (c) => {
        const account = namedAccount(c);
        const { user } = c.req.valid('param');
        checkTakeable(c, user);
        await sql.begin(async (tx) => {
          await setPassword(tx, account, user);
          await recordChange(tx, c, {
            account,
            type: 'user.credential.deleted',
            resourceType: 'user',
            resource: user,
            message: `The password of the user ${user} was taken away.`,
          });
        });
        return c.body(null, 204);
      },
    );
}
