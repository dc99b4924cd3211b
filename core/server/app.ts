/**
 * All routes of one listener, put together.
 *
 * @module
 */
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Logins } from '../accounts/login.ts';
import type { Tokens } from '../accounts/tokens.ts';
import { errorAnswer } from '../answers.ts';
import { descriptionRoutes } from '../api/description.ts';
import { apiRoutes, unboundedRoutes } from '../api/index.ts';
import { publicRoutes } from '../api/system.ts';
import type { ApiEnv, Services } from '../api/context.ts';
import { type AskerOf, doorRoutes } from '../door/app.ts';
import type { DoorServices } from '../door/services.ts';
import { taskRoutes } from '../tasks/app.ts';
import { TidewaiterError } from '../errors.ts';
import { histogram } from '../metrics.ts';
import { authentication, createAuthenticator, fromLoopback } from './authentication.ts';
import { authorization } from './authorization.ts';
import { doorClientRoutes } from './door-clients.ts';
import { noRoute, refuseOtherMethods } from './methods.ts';
import { probeRoutes } from './probes.ts';
import { tokenRoutes } from './tokens.ts';

const seconds = histogram(
  'tidewaiter_http_request_seconds',
  'Time to answer, by listener and status.',
  [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
);

/** Bytes of a request to the API: the largest bundles are far smaller. */
const LARGEST_BODY = 16 * 1024 * 1024;

function tooLarge(): TidewaiterError {
  return new TidewaiterError(
    'body_too_large',
    413,
    `The body of a request may have ${LARGEST_BODY} bytes at most.`,
  );
}

function observed(listener: string): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ strict: false });
  app.use(async (c, next) => {
    const start = performance.now();
    await next();
    seconds((performance.now() - start) / 1000, { listener, status: String(c.res.status) });
  });
  app.notFound((c) => noRoute(app, c));
  return app;
}

/** What the listener of the API is put together from. */
export interface ApiParts {
  readonly services: Services;
  /** Undefined where the door is elsewhere. */
  readonly door: DoorServices | undefined;
  readonly logins: Logins;
  readonly tokens: Tokens;
  readonly listensLocally: boolean;
  readonly isReady: () => Promise<boolean>;
  readonly metrics: MetricsOf;
}

/** Metrics as text, read anew. */
export type MetricsOf = () => Promise<string>;

/** The listener of the API; on loopback it is a door without login, too. */
export function apiListener(parts: ApiParts): Hono<ApiEnv> {
  const { services, door, logins, tokens, listensLocally, isReady, metrics } = parts;
  const { sql, log, config } = services;
  const app = observed('api');
  app.onError((error, c) => {
    const answer = errorAnswer(c, error);
    if (answer.status >= 500) log.error('a request failed', { path: c.req.path, error });
    return answer;
  });
  const probes = probeRoutes({
    isReady,
    metrics: config.metrics_port === undefined ? metrics : undefined,
  });
  refuseOtherMethods(app, probes);
  for (const prefix of ['/', '/v1']) app.route(prefix, probes);
  if (config.services.includes('tasks')) app.route('/', taskRoutes(services));
  if (door !== undefined && listensLocally) {
    // A browser names the page's origin: none of them may ask in a person's place.
    const isLocal = (c: Context) => fromLoopback(c) && c.req.header('origin') === undefined;
    const asker = { cluster: config.cluster_name, identified: true };
    app.route('/', doorRoutes(door, async (c) => isLocal(c) ? asker : undefined));
  }
  if (config.services.includes('api')) {
    const api = new Hono<ApiEnv>({ strict: false });
    const open = [publicRoutes(), tokenRoutes(logins, tokens)];
    const unbounded = unboundedRoutes(services);
    const bounded = [apiRoutes(services), doorClientRoutes(services)];
    const guarded = [unbounded, ...bounded];
    open.push(descriptionRoutes({ open: [probes, ...open], guarded }));
    for (const routes of open) {
      refuseOtherMethods(app, routes);
      api.route('/', routes);
    }
    api.use(authentication(sql, createAuthenticator(logins, tokens), listensLocally));
    api.use(authorization());
    api.route('/', unbounded);
    // Only now: to find out a length that was not said it reads the body.
    api.use(bodyLimit({ maxSize: LARGEST_BODY, onError: (c) => errorAnswer(c, tooLarge()) }));
    for (const routes of bounded) api.route('/', routes);
    app.route('/v1', api);
    app.route('/', api);
  }
  return app;
}

/** The listener of the door: TLS, and a certificate or a token says which cluster asks. */
export function doorListener(door: DoorServices, askerOf: AskerOf): Hono<ApiEnv> {
  const app = observed('door');
  app.get('/health', (c) => c.body(null, 200));
  app.route('/', doorRoutes(door, askerOf));
  return app;
}

/** The listener of the metrics, which have a port of their own in a cluster. */
export function metricsListener(metrics: MetricsOf): Hono<ApiEnv> {
  const app = observed('metrics');
  app.get('/metrics', async (c) => c.text(await metrics()));
  return app;
}
