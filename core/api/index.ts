/**
 * The REST API: a file per resource.
 *
 * @module
 */
import { accountRoutes } from './accounts.ts';
import { admissionRoutes } from './admissions.ts';
import { archiveRuleRoutes } from './archive-rules.ts';
import { archiveRoutes } from './archives.ts';
import { artifactRoutes } from './artifacts.ts';
import { callerRoutes } from './caller.ts';
import { checkHistoryRoutes } from './check-history.ts';
import { checkRoutes } from './check.ts';
import { contentRoutes } from './content.ts';
import { type Api, newApi, type Services } from './context.ts';
import { exceptionRoutes } from './exceptions.ts';
import { eventRoutes } from './events.ts';
import { feedBundleRoutes } from './feed-bundle.ts';
import { feedRoutes } from './feeds.ts';
import { progressRoutes } from './image-progress.ts';
import { imageRemovalRoutes } from './image-removal.ts';
import { imageRoutes } from './images.ts';
import { importUploadRoutes } from './import-uploads.ts';
import { importRoutes } from './imports.ts';
import { matchRoutes } from './match.ts';
import { metadataRoutes } from './metadata.ts';
import { policyRoutes } from './policies.ts';
import { policyTrialRoutes } from './policy-trials.ts';
import { queryRoutes } from './queries.ts';
import { queueRoutes } from './queue.ts';
import { registryRoutes } from './registries.ts';
import { repositoryRoutes } from './repositories.ts';
import { sbomRoutes } from './sboms.ts';
import { subscriptionRoutes } from './subscriptions.ts';
import { summaryRoutes } from './summaries.ts';
import { systemRoutes } from './system.ts';
import { userRoutes } from './users.ts';
import { vulnerabilityRoutes } from './vulnerabilities.ts';
import { webhookRoutes } from './webhooks.ts';

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
  checkHistoryRoutes,
  policyRoutes,
  policyTrialRoutes,
  exceptionRoutes,
  registryRoutes,
  importRoutes,
  archiveRoutes,
  archiveRuleRoutes,
  subscriptionRoutes,
  repositoryRoutes,
  admissionRoutes,
  eventRoutes,
  feedRoutes,
  systemRoutes,
  webhookRoutes,
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
  const api = newApi();
  for (const routes of [feedBundleRoutes, importUploadRoutes]) api.route('/', routes(services));
  return api;
}
