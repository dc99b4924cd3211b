/**
 * The door post of a core that is not there yet: it lives, so nobody starts it anew, and tells
 * whoever comes to come again.
 *
 * @module
 */
import { Hono } from 'hono';
import type { ApiEnv } from '../api/context.ts';
import { errorAnswer } from '../answers.ts';
import { databaseUnavailable } from '../database/connection.ts';

/** That the process lives, whatever it waits for. */
function healthRoutes(app: Hono<ApiEnv>): void {
  for (const path of ['/health', '/v1/health']) app.get(path, (c) => c.body(null, 200));
}

function waiting(): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ strict: false });
  healthRoutes(app);
  app.all('*', (c) => errorAnswer(c, databaseUnavailable()));
  return app;
}

/** A listener's routes, which are those of a core that waits for its database until it is open. */
export class Entrance {
  #app = waiting();

  /** From now on these routes answer. */
  open(app: Hono<ApiEnv>): void {
    this.#app = app;
  }

  readonly fetch: Hono<ApiEnv>['fetch'] = (request, env, context) =>
    this.#app.fetch(request, env, context);
}
