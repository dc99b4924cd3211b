/**
 * What every route has at hand.
 *
 * @module
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Identity } from '../accounts/users.ts';
import type { TokenReviewer } from '../cluster/token-review.ts';
import type { Config } from '../config/load.ts';
import type { Sql } from '../database/connection.ts';
import type { Log } from '../log.ts';
import type { Registries } from '../registries/registries.ts';
import { errorAnswer, problemAnswer } from '../answers.ts';
import { TidewaiterError } from '../errors.ts';

/** Parts that routes use. */
export interface Services {
  readonly config: Config;
  readonly sql: Sql;
  readonly log: Log;
  readonly registries: Registries;
  /** Whose Job a service-account token is of; undefined outside a cluster. */
  readonly reviewToken?: TokenReviewer | undefined;
  /** Aborts when core is about to stop: answers without an end of their own end then. */
  readonly stopping?: AbortSignal | undefined;
}

/** What authentication found out about a request. */
export interface ApiEnv {
  Variables: {
    identity: Identity;
    /** Account the request acts in. */
    account: string;
    /** Whether it came over loopback to a core that listens nowhere else. */
    isLocal: boolean;
  };
}

export type Api = OpenAPIHono<ApiEnv>;

/** A group of routes with the house's answers to wrong input. */
export function newApi(): Api {
  const app = new OpenAPIHono<ApiEnv>({
    strict: false,
    defaultHook: (result, c) => result.success ? undefined : problemAnswer(c, result.error),
  });
  app.onError((error, c) => errorAnswer(c, error));
  return app;
}

/**
 * The account that a path names. Whether there is one is told to administrators and its users alone.
 *
 * @throws TidewaiterError `account_forbidden` (403)
 */
export function namedAccount(c: Context<ApiEnv>): string {
  const name = c.req.param('account') ?? '';
  const { isAdmin, account, user } = c.get('identity');
  if (isAdmin || name === account) return name;
  throw new TidewaiterError(
    'account_forbidden',
    403,
    `The user ${user} may not see or change any account but its own.`,
  );
}
