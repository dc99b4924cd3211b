/**
 * What `/openapi.json` says: every route with all its answers, those of the middleware before it, too.
 *
 * @module
 */
import { createRoute, type RouteConfig, z } from '@hono/zod-openapi';
import { type Api, newApi } from './context.ts';
import { ErrorBody, Problem, retryAfter } from './schemas.ts';
import { API_VERSION } from './system.ts';

/** Routes of a listener, by whether they need a login. */
export interface Described {
  readonly open: readonly Api[];
  readonly guarded: readonly Api[];
}

type Responses = RouteConfig['responses'];
type Answer = Responses[string];

const METHODS = ['get', 'put', 'post', 'delete'] as const;

const error = (description: string, headers?: z.ZodObject) => ({
  description,
  ...(headers === undefined ? {} : { headers }),
  content: { 'application/json': { schema: ErrorBody } },
});
const problem = { 'application/problem+json': { schema: Problem } };

const wrongInput = {
  400: { ...error('Wrong input'), content: { ...error('').content, ...problem } },
};
const ofBodies = {
  413: error('The body is too large'),
  415: error('The body has another type of content'),
};
const ofAll = { 500: error('A defect of Tidewaiter'), 503: error('Not now', retryAfter) };
const ofLogins = {
  401: {
    description: 'No login, or a wrong one',
    headers: z.object({ 'www-authenticate': z.string() }),
    content: { 'text/plain': { schema: z.literal('Unauthorized') } },
  },
  403: error('Not allowed, or not in the account of x-anchore-account'),
  429: error('Too many logins have failed, or too much is asked for', retryAfter),
};

/** The account that an administrator acts in. */
const Account = z.string().optional().openapi({
  param: { name: 'x-anchore-account', in: 'header' },
  description: 'The account to act in, for administrators: their own unless given',
});

/** Both what a route says of an answer and what is said of it for all: the former goes first. */
function joined(general: Answer, own: Answer | undefined): Answer {
  if (own === undefined || '$ref' in own || '$ref' in general) return own ?? general;
  return { ...general, ...own, content: { ...general.content, ...own.content } };
}

/** A route with the answers that it shares with others. */
function whole(route: RouteConfig, isGuarded: boolean): RouteConfig {
  const { params, query, body } = route.request ?? {};
  const takes = params !== undefined || query !== undefined || body !== undefined;
  const shared: Responses = {
    ...(takes ? wrongInput : {}),
    ...(body === undefined ? {} : ofBodies),
    ...(isGuarded ? ofLogins : {}),
    ...ofAll,
  };
  const responses: Responses = { ...route.responses };
  for (const [status, answer] of Object.entries(shared)) {
    responses[status] = joined(answer, responses[status]);
  }
  if (!isGuarded) return { ...route, responses, security: [] };
  return { ...route, request: { ...route.request, headers: [Account] }, responses };
}

/** The document of all of them. */
function documentOf({ open, guarded }: Described): object {
  const all = newApi();
  const { openAPIRegistry: registry } = all;
  registry.registerComponent('securitySchemes', 'basic', { type: 'http', scheme: 'basic' });
  registry.registerComponent('securitySchemes', 'token', {
    type: 'oauth2',
    flows: { password: { tokenUrl: '/v1/oauth/token', scopes: {} } },
  });
  for (const [apis, isGuarded] of [[open, false], [guarded, true]] as const) {
    for (const { openAPIRegistry: { definitions } } of apis) {
      for (const definition of definitions) {
        if (definition.type === 'route') registry.registerPath(whole(definition.route, isGuarded));
      }
    }
  }
  return all.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Tidewaiter',
      version: API_VERSION,
      description:
        'Answers like the API of anchore-engine; fields and routes beyond it are its own.',
    },
    servers: [{ url: '/v1' }],
    security: [{ basic: [] }, { token: [] }],
  });
}

const Document = z.looseObject({
  openapi: z.string(),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: z.record(
    z.string(),
    z.looseObject(
      Object.fromEntries(METHODS.map((method) => [method, z.looseObject({}).optional()])),
    ),
  ),
});

/** The description of those routes, and of itself: clients read it before they log in. */
export function descriptionRoutes(described: Described): Api {
  let document: object | undefined;
  const api = newApi();
  const open = [...described.open, api];
  for (const path of ['/openapi.json', '/swagger.json']) {
    api.openapi(
      createRoute({
        method: 'get',
        path,
        summary: 'This description; the original has it at /swagger.json',
        responses: {
          200: { description: 'OpenAPI', content: { 'application/json': { schema: Document } } },
        },
      }),
      (c) => {
        document ??= documentOf({ ...described, open });
        return c.json(document as z.infer<typeof Document>, 200);
      },
    );
  }
  return api;
}
