/**
 * `/account`, `/user`: who is asking.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { accountOf } from '../accounts/accounts.ts';
import { userOf, type UserRecord } from '../accounts/user-records.ts';
import {
  AccountBody,
  accountBody,
  answers,
  credentialBodies,
  CredentialBody,
  NewCredential,
  required,
  UserBody,
  userBody,
} from './account-bodies.ts';
import { type Api, type ApiEnv, newApi, type Services } from './context.ts';
import { changePassword } from './users.ts';

/** Routes about the caller. */
export function callerRoutes({ sql }: Services): Api {
  const caller = async (c: Context<ApiEnv>): Promise<UserRecord> => {
    const { account, user } = c.get('identity');
    return await userOf(sql, account, user);
  };
  return newApi()
    .openapi(
      createRoute({
        method: 'get',
        path: '/account',
        summary: 'The account you act in',
        responses: answers('The account', AccountBody),
      }),
      async (c) => c.json(accountBody(await accountOf(sql, c.get('account'))), 200),
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/user',
        summary: 'The user you are',
        responses: answers('The user', UserBody),
      }),
      async (c) => c.json(userBody(await caller(c)), 200),
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/user/credentials',
        summary: 'Your credentials, without their values',
        responses: answers('Credentials', z.array(CredentialBody)),
      }),
      async (c) => c.json(credentialBodies(await caller(c)), 200),
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/user/credentials',
        summary: 'Change your password',
        request: { body: required(NewCredential) },
        responses: answers('The user', UserBody),
      }),
      async (c) => {
        const { account, user } = c.get('identity');
        const password = c.req.valid('json').value;
        return c.json(userBody(await changePassword(sql, c, { account, user, password })), 200);
      },
    );
}
