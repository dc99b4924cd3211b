/**
 * The REST API: a file per resource, and the description of all of them.
 *
 * @module
 */
import { accountRoutes } from './accounts.ts';
import { admissionRoutes } from './admissions.ts';
import { artifactRoutes } from './artifacts.ts';
import { callerRoutes } from './caller.ts';
import { checkRoutes } from './check.ts';
import { contentRoutes } from './content.ts';
import { type Api, newApi, type Services } from './context.ts';
import { feedBundleRoutes } from './feed-bundle.ts';
import { feedRoutes } from './feeds.ts';
import { progressRoutes } from './image-progress.ts';
import { imageRemovalRoutes } from './image-removal.ts';
import { imageRoutes } from './images.ts';
import { matchRoutes } from './match.ts';
import { metadataRoutes } from './metadata.ts';
import { policyRoutes } from './policies.ts';
import { policyTrialRoutes } from './policy-trials.ts';
import { queryRoutes } from './queries.ts';
import { queueRoutes } from './queue.ts';
import { registryRoutes } from './registries.ts';
import { sbomRoutes } from './sboms.ts';
import { summaryRoutes } from './summaries.ts';
import { API_VERSION, publicRoutes as publicSystemRoutes, systemRoutes } from './system.ts';
import { userRoutes } from './users.ts';
import { vulnerabilityRoutes } from './vulnerabilities.ts';

const RESOURCES: readonly ((services: Services) => Api)[] = [
  imageRoutes,
  imageRemovalRoutes,
  progressRoutes,
  queueRoutes,
  summaryRoutes,
  metadataRoutes,
  contentRoutes,
  artifactRoutes,
  sbomRoutes,
  vulnerabilityRoutes,
  queryRoutes,
  matchRoutes,
  checkRoutes,
  policyRoutes,
  policyTrialRoutes,
  registryRoutes,
  admissionRoutes,
  feedRoutes,
  systemRoutes,
  callerRoutes,
  accountRoutes,
  userRoutes,
];

/** Routes that need a login. */
export function apiRoutes(services: Services): Api {
  const api = newApi();
  for (const routes of RESOURCES) api.route('/', routes(services));
  return api;
}

/** Those of them that bound their bodies themselves. */
export function unboundedRoutes(services: Services): Api {
  return feedBundleRoutes(services);
}

/** Routes that need none, with the description of all: clients read it before they log in. */
export function publicRoutes(services: Services): Api {
  const api = newApi();
  api.route('/', publicSystemRoutes());
  const all = newApi();
  all.route('/', publicSystemRoutes());
  all.route('/', unboundedRoutes(services));
  all.route('/', apiRoutes(services));
  const description = {
    openapi: '3.1.0',
    info: {
      title: 'Tidewaiter',
      version: API_VERSION,
      description:
        'Answers like the API of anchore-engine; fields and routes beyond it are its own.',
    },
    servers: [{ url: '/v1' }],
  };
  for (const path of ['/openapi.json', '/swagger.json']) {
    api.get(path, (c) => c.json(all.getOpenAPI31Document(description)));
  }
  return api;
}
