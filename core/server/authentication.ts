/**
 * Who makes a request: HTTP Basic, with the account an administrator may act in by header.
 *
 * @module
 */
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context, MiddlewareHandler } from 'hono';
import type { Identity } from '../accounts/users.ts';
import type { ApiEnv } from '../api/context.ts';
import type { Sql } from '../database/connection.ts';
import { TidewaiterError } from '../errors.ts';

export type Authenticator = (user: string, password: string) => Promise<Identity | undefined>;

/** Whether an address is of this machine alone. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined &&
    (/^(::ffff:)?127(\.\d{1,3}){3}$/.test(address) || address === '::1' || address === 'localhost');
}

/** Whether a request came from this machine. */
export function fromLoopback(c: Context): boolean {
  return isLoopback(getConnInfo(c).remote.address);
}

function credentials(header: string | undefined): [string, string] | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]{1,2000})$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : [text.slice(0, colon), text.slice(colon + 1)];
}

/** Lets a request pass that shows a user's password; others get the original's 401. */
export function authentication(
  sql: Sql,
  authenticate: Authenticator,
  listensLocally: boolean,
): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const given = credentials(c.req.header('authorization'));
    const identity = given === undefined ? undefined : await authenticate(...given);
    if (identity === undefined) {
      return c.text('Unauthorized', 401, {
        'WWW-Authenticate': 'basic realm="Authentication required"',
      });
    }
    const wanted = c.req.header('x-anchore-account') ?? identity.account;
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
