/**
 * What is answered where no route is: that there is none, or none for that method.
 *
 * @module
 */
import type { Context, Hono } from 'hono';
import { methodNotAllowed, notFound } from '../answers.ts';
import type { ApiEnv } from '../api/context.ts';

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const;

/** Methods that an app has a route for, at a path. */
function methodsAt({ router }: Hono<ApiEnv>, path: string): readonly string[] {
  const found = METHODS.filter((method) =>
    // Middleware is for all methods, and no route.
    router.match(method, path)[0].some(([[, route]]) => route.method !== 'ALL')
  );
  return found.flatMap((method) => method === 'GET' ? ['GET', 'HEAD'] : [method]);
}

/** Has routes that need no login answer other methods before anybody is asked for one. */
export function refuseOtherMethods(app: Hono<ApiEnv>, routes: Hono<ApiEnv>): void {
  for (const path of new Set(routes.routes.map((route) => route.path))) {
    routes.all(path, (c) => noRoute(app, c));
  }
}

/** Answers 405 where other methods have a route, else 404. */
export function noRoute(app: Hono<ApiEnv>, c: Context<ApiEnv>): Response {
  const methods = methodsAt(app, c.req.path);
  return methods.length === 0 ? notFound(c) : methodNotAllowed(c, methods);
}
