/**
 * `/`, `/health`, `/version`, `/status`, `/system`: is it there, and what is it.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { urlHost } from '../config/urls.ts';
import { TidewaiterError } from '../errors.ts';
import { type Api, newApi, type Services } from './context.ts';
import { ErrorBody } from './schemas.ts';

/** Version of Tidewaiter. */
export const VERSION = '0.1.0';
/** Version of the original's API that this one answers like: clients read it before they speak. */
export const API_VERSION = '0.1.20';
const DB_SCHEMA = '0.0.16';

/** Names of the original's services: its clients wait for each of them. */
const SERVICE_NAMES = ['apiext', 'catalog', 'simplequeue', 'policy_engine', 'analyzer'];

const Status = z.object({
  available: z.boolean(),
  busy: z.boolean(),
  up: z.boolean(),
  message: z.string(),
  version: z.string(),
  db_version: z.string(),
  detail: z.record(z.string(), z.unknown()),
}).openapi('Status');

const Service = z.object({
  hostid: z.string(),
  servicename: z.string(),
  base_url: z.string(),
  status: z.boolean(),
  status_message: z.string(),
  version: z.string(),
  service_detail: Status,
}).openapi('Service');

function statusBody(): z.infer<typeof Status> {
  return {
    available: true,
    busy: false,
    up: true,
    message: 'all good',
    version: VERSION,
    db_version: DB_SCHEMA,
    detail: {},
  };
}

function serviceBodies(services: Services): z.infer<typeof Service>[] {
  const { config } = services;
  return SERVICE_NAMES.map((servicename) => ({
    hostid: 'tidewaiter',
    servicename,
    base_url: config.public_url ?? `http://${urlHost(config.host)}:${config.port}`,
    status: true,
    status_message: 'available',
    version: VERSION,
    service_detail: statusBody(),
  }));
}

/** Those of that name, and on that host if one is given. @throws TidewaiterError `service_not_found` */
function servicesNamed(
  services: Services,
  name: string,
  hostid?: string,
): z.infer<typeof Service>[] {
  const found = serviceBodies(services).filter((one) =>
    one.servicename === name && (hostid === undefined || one.hostid === hostid)
  );
  if (found.length > 0) return found;
  throw new TidewaiterError(
    'service_not_found',
    404,
    'There is no such service: GET /system/services lists them.',
  );
}

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  200: { description, content: { 'application/json': { schema } } },
});
const error = (description: string) => ({
  description,
  content: { 'application/json': { schema: ErrorBody } },
});
const noService = { 404: error('No such service') };
const nameParams = z.object({ servicename: z.string().openapi({ enum: SERVICE_NAMES }) });
const hostParams = nameParams.extend({ hostid: z.string() });

/** Routes that need no login. */
export function publicRoutes(): Api {
  return newApi()
    .openapi(
      createRoute({
        method: 'get',
        path: '/',
        summary: 'Version of the API',
        responses: json(z.string(), 'The version'),
      }),
      (c) => c.json('v1', 200),
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/version',
        summary: 'Versions of service, API and schema',
        responses: json(
          z.object({
            service: z.object({ version: z.string() }),
            api: z.object({ version: z.string() }),
            db: z.object({ schema_version: z.string() }),
          }),
          'Versions',
        ),
      }),
      (c) =>
        c.json({
          service: { version: VERSION },
          api: { version: 'v1' },
          db: { schema_version: DB_SCHEMA },
        }, 200),
    );
}

/** Routes about the system that need a login. */
export function systemRoutes(services: Services): Api {
  return newApi()
    .openapi(
      createRoute({
        method: 'get',
        path: '/status',
        summary: 'Status of the API',
        responses: json(Status, 'Status'),
      }),
      (c) => c.json(statusBody(), 200),
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/system',
        summary: 'Status of all services',
        responses: json(z.object({ service_states: z.array(Service) }), 'Services'),
      }),
      (c) => c.json({ service_states: serviceBodies(services) }, 200),
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/system/services',
        summary: 'All services',
        responses: json(z.array(Service), 'Services'),
      }),
      (c) => c.json(serviceBodies(services), 200),
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/system/services/{servicename}',
        summary: 'Services of a name',
        request: { params: nameParams },
        responses: { ...json(z.array(Service), 'Services'), ...noService },
      }),
      (c) => c.json(servicesNamed(services, c.req.valid('param').servicename), 200),
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/system/services/{servicename}/{hostid}',
        summary: 'A service on a host',
        request: { params: hostParams },
        responses: { ...json(z.array(Service), 'The service alone'), ...noService },
      }),
      (c) => {
        const { servicename, hostid } = c.req.valid('param');
        return c.json(servicesNamed(services, servicename, hostid), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'delete',
        path: '/system/services/{servicename}/{hostid}',
        summary: 'Refuses: no record of a service outlives it',
        request: { params: hostParams },
        responses: { ...noService, 409: error('The service is up') },
      }),
      (c) => {
        const { servicename, hostid } = c.req.valid('param');
        servicesNamed(services, servicename, hostid);
        throw new TidewaiterError(
          'service_is_up',
          409,
          'The service is up: only records of dead ones can be removed, and core keeps none.',
        );
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/system/error_codes',
        summary: 'Names in detail.error_codes',
        responses: json(
          z.array(z.object({ name: z.string(), description: z.string() })),
          'Error codes',
        ),
      }),
      (c) =>
        c.json([
          { name: 'REGISTRY_PERMISSION_DENIED', description: 'The registry refused the login' },
          { name: 'REGISTRY_IMAGE_NOT_FOUND', description: 'The registry has no such image' },
          { name: 'REGISTRY_NOT_ACCESSIBLE', description: 'The registry cannot be reached' },
          { name: 'REGISTRY_NOT_SUPPORTED', description: 'The kind of manifest is not supported' },
          { name: 'SKOPEO_UNKNOWN_ERROR', description: 'The registry answered oddly' },
          { name: 'OSARCH_MISMATCH', description: 'The image has no such platform' },
          { name: 'UNKNOWN', description: 'Anything else' },
        ], 200),
    );
}
