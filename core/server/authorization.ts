/**
 * Who may use a route: asked once it is known who comes, before the route itself.
 *
 * @module
 */
import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { checkPermission } from '../api/permissions.ts';
import type { ApiEnv } from '../api/context.ts';

/** A route as it is declared: method and path, without the prefix it is mounted at. */
export function routeName({ method, path }: { method: string; path: string }): string {
  const plain = path.replace(/^\/v1(?=\/|$)/, '').replace(/:(\w+)(?:\{[^}]*\})?/g, '{$1}');
  return `${method} ${plain === '' ? '/' : plain}`;
}

/** Lets a request pass that its user may make; what leads to no route is left to be not found. */
export function authorization(): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const following = matchedRoutes(c).slice(c.req.routeIndex + 1);
    const route = following.find(({ method }) => method !== 'ALL');
    if (route !== undefined) checkPermission(c.get('identity'), routeName(route));
    return await next();
  };
}
