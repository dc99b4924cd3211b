/**
 * Who makes a request: HTTP Basic or a bearer token, with the account an administrator may act in by
 * header.
 *
 * @module
 */
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context, MiddlewareHandler } from 'hono';
import type { Logins } from '../accounts/login.ts';
import type { Tokens } from '../accounts/tokens.ts';
import type { Identity } from '../accounts/users.ts';
import type { ApiEnv } from '../api/context.ts';
import type { Sql } from '../database/connection.ts';
import { TidewaiterError } from '../errors.ts';

/** Finds out who shows what its header of that name holds. @throws TidewaiterError `login_blocked` */
export type Authenticator = (
  header: string | undefined,
  address: string,
) => Promise<Identity | undefined>;

/** Whether an address is of this machine alone. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined &&
    (/^(::ffff:)?127(\.\d{1,3}){3}$/.test(address) || address === '::1' || address === 'localhost');
}

/** Whether a request came from this machine. */
export function fromLoopback(c: Context): boolean {
  return isLoopback(getConnInfo(c).remote.address);
}

/** Where a request came from. */
export function addressOf(c: Context): string {
  return getConnInfo(c).remote.address ?? '';
}

function credentials(header: string | undefined): [string, string] | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]{1,2000})$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : [text.slice(0, colon), text.slice(colon + 1)];
}

function tokenIn(header: string | undefined): string | undefined {
  return /^(?:Bearer|JWT) +([\w.-]{1,2000})$/i.exec(header ?? '')?.[1];
}

/** Believes passwords and tokens. */
export function createAuthenticator(logins: Logins, tokens: Tokens): Authenticator {
  return async (header, address) => {
    const token = tokenIn(header);
    if (token !== undefined) return await tokens.identify(token);
    const given = credentials(header);
    if (given === undefined) return undefined;
    return (await logins(...given, address))?.identity;
  };
}

/** Lets a request pass that shows who makes it; others get the original's 401. */
export function authentication(
  sql: Sql,
  authenticate: Authenticator,
  listensLocally: boolean,
): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const identity = await authenticate(c.req.header('authorization'), addressOf(c));
    if (identity === undefined) {
      return c.text('Unauthorized', 401, {
        'WWW-Authenticate': 'basic realm="Authentication required"',
      });
    }
    // An empty header names no account.
    const wanted = c.req.header('x-anchore-account') || identity.account;
    if (wanted !== identity.account) await checkAccount(sql, identity, wanted);
    c.set('identity', identity);
    c.set('account', wanted);
    c.set('isLocal', listensLocally && fromLoopback(c));
    return await next();
  };
}

async function checkAccount(sql: Sql, identity: Identity, account: string): Promise<void> {
  const known = identity.isAdmin &&
    (await sql`select from accounts where name = ${account} and state <> 'deleting'`).length > 0;
  if (known) return;
  throw new TidewaiterError(
    'account_forbidden',
    403,
    `The user ${identity.user} may not act in the account given by x-anchore-account.`,
  );
}
