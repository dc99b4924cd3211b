/**
 * The listener of the API without a core around it: for tests that ask it directly.
 *
 * @module
 */
import type { Hono } from 'hono';
import { createLogins } from '../../core/accounts/login.ts';
import { createTokens } from '../../core/accounts/tokens.ts';
import type { ApiEnv, Services } from '../../core/api/context.ts';
import { apiListener } from '../../core/server/app.ts';

/** All routes of the API, with a login for each that needs one, and no door. */
export function testListener(services: Services): Hono<ApiEnv> {
  const { sql, log, config } = services;
  return apiListener({
    services,
    door: undefined,
    logins: createLogins(sql, log),
    tokens: createTokens(sql, config),
    listensLocally: false,
    isReady: () => Promise.resolve(true),
    metrics: () => Promise.resolve(''),
  });
}
