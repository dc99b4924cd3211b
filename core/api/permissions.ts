/**
 * Which permission each route needs, and who has it. Names are the original's; those of routes that it
 * does not have are marked.
 *
 * @module
 */
import type { AccountType } from '../accounts/accounts.ts';
import type { Identity } from '../accounts/users.ts';
import { TidewaiterError } from '../errors.ts';

/** What a user may do within its account. */
const WITHIN_ACCOUNT = [
  'listImages',
  'getImage',
  'createImage',
  'deleteImage',
  'importImage',
  'getImageEvaluation',
  'listPolicies',
  'createPolicy',
  'getPolicy',
  'updatePolicy',
  'deletePolicy',
  'listSubscriptions',
  'createSubscription',
  'getSubscription',
  'updateSubscription',
  'deleteSubscription',
  'createRepository',
  'listRegistries',
  'createRegistry',
  'getRegistry',
  'updateRegistry',
  'deleteRegistry',
  'listFeeds',
  'listArchives',
  'listArchivedImageAnalysis',
  'createArchivedImageAnalysis',
  'getArchivedImageAnalysis',
  'deleteArchivedImageAnalysis',
  'listArchiveTransitionRules',
  'createArchiveTransitionRule',
  'getArchiveTransitionRule',
  'deleteArchiveTransitionRule',
  'listEvents',
  'getEvent',
  'deleteEvents',
  'getAccount',
  'listUsers',
  'getUser',
  'createUser',
  'updateUser',
  'deleteUser',
  // Of Tidewaiter alone.
  'listQueue',
  'cancelAnalysis',
  'testPolicy',
  'matchPackages',
  'listAdmissions',
  'getAdmission',
] as const;

/** What reaches beyond one account. */
const BEYOND_ACCOUNT = [
  'updateFeeds',
  'listServices',
  'getService',
  'deleteService',
  'listAccounts',
  'createAccount',
  'updateAccount',
  'deleteAccount',
  // Of Tidewaiter alone.
  'exportFeeds',
  'importFeeds',
  'testWebhook',
  'createDoorClient',
  'updateDoorCertificates',
] as const;

export type Permission = (typeof WITHIN_ACCOUNT)[number] | (typeof BEYOND_ACCOUNT)[number];

/** `login`: whoever is logged in may. */
export type Need = Permission | 'login';

/** What users may do, by the type of their account. */
export const ROLES: Readonly<Record<AccountType, ReadonlySet<Permission>>> = {
  admin: new Set([...WITHIN_ACCOUNT, ...BEYOND_ACCOUNT]),
  service: new Set(WITHIN_ACCOUNT),
  user: new Set(WITHIN_ACCOUNT),
};

/** What each route needs. A route that is not here is refused to everybody. */
export const ROUTES: Readonly<Record<string, Need>> = {
  'GET /status': 'login',
  'GET /system': 'login',
  'GET /system/services': 'listServices',
  'GET /system/services/{servicename}': 'listServices',
  'GET /system/services/{servicename}/{hostid}': 'getService',
  'DELETE /system/services/{servicename}/{hostid}': 'deleteService',
  'GET /system/error_codes': 'login',
  'GET /system/policy_spec': 'login',
  'POST /system/webhooks/{webhook_type}/test': 'testWebhook',
  'GET /system/feeds': 'listFeeds',
  'POST /system/feeds': 'updateFeeds',
  'PUT /system/feeds/{feed}': 'updateFeeds',
  'PUT /system/feeds/{feed}/{group}': 'updateFeeds',
  'DELETE /system/feeds/{feed}': 'updateFeeds',
  'DELETE /system/feeds/{feed}/{group}': 'updateFeeds',
  'GET /system/feeds/bundle': 'exportFeeds',
  'POST /system/feeds/bundle': 'importFeeds',

  'GET /account': 'login',
  'GET /user': 'login',
  'GET /user/credentials': 'login',
  'POST /user/credentials': 'login',
  'GET /accounts': 'listAccounts',
  'POST /accounts': 'createAccount',
  'GET /accounts/{account}': 'getAccount',
  'DELETE /accounts/{account}': 'deleteAccount',
  'PUT /accounts/{account}/state': 'updateAccount',
  'GET /accounts/{account}/users': 'listUsers',
  'POST /accounts/{account}/users': 'createUser',
  'GET /accounts/{account}/users/{user}': 'getUser',
  'DELETE /accounts/{account}/users/{user}': 'deleteUser',
  'GET /accounts/{account}/users/{user}/credentials': 'getUser',
  'POST /accounts/{account}/users/{user}/credentials': 'updateUser',
  'DELETE /accounts/{account}/users/{user}/credentials': 'updateUser',

  'GET /images': 'listImages',
  'POST /images': 'createImage',
  'DELETE /images': 'deleteImage',
  'GET /images/{digest}': 'getImage',
  'DELETE /images/{digest}': 'deleteImage',
  'GET /images/by_id/{imageId}': 'getImage',
  'DELETE /images/by_id/{imageId}': 'deleteImage',
  'GET /images/by_id/{imageId}/check': 'getImageEvaluation',
  'GET /images/by_id/{imageId}/content': 'getImage',
  'GET /images/by_id/{imageId}/content/{type}': 'getImage',
  'GET /images/by_id/{imageId}/vuln': 'getImage',
  'GET /images/by_id/{imageId}/vuln/{type}': 'getImage',
  'GET /images/{digest}/progress': 'getImage',
  'GET /images/{digest}/progress/events': 'getImage',
  'GET /images/{digest}/artifacts/{kind}': 'getImage',
  'GET /images/{digest}/check': 'getImageEvaluation',
  'GET /images/{digest}/check/history': 'getImageEvaluation',
  'GET /images/{digest}/content': 'getImage',
  'GET /images/{digest}/content/{type}': 'getImage',
  'GET /images/{digest}/metadata': 'getImage',
  'GET /images/{digest}/metadata/{type}': 'getImage',
  'GET /images/{digest}/sboms/{format}': 'getImage',
  'GET /images/{digest}/vuln': 'getImage',
  'GET /images/{digest}/vuln/{type}': 'getImage',
  'GET /summaries/imagetags': 'listImages',
  'GET /query/images/by_package': 'listImages',
  'GET /query/images/by_vulnerability': 'listImages',
  'GET /query/vulnerabilities': 'listFeeds',
  'POST /match': 'matchPackages',

  'GET /imports/images': 'importImage',
  'POST /imports/images': 'importImage',
  'GET /imports/images/{uuid}': 'importImage',
  'DELETE /imports/images/{uuid}': 'importImage',
  'GET /imports/images/{uuid}/{content}': 'importImage',
  'POST /imports/images/{uuid}/{content}': 'importImage',
  'GET /queue': 'listQueue',
  'GET /queue/{digest}': 'listQueue',
  'DELETE /queue/{digest}': 'cancelAnalysis',

  'GET /policies': 'listPolicies',
  'POST /policies': 'createPolicy',
  'GET /policies/{policyId}': 'getPolicy',
  'PUT /policies/{policyId}': 'updatePolicy',
  'DELETE /policies/{policyId}': 'deletePolicy',
  'GET /policies/{policyId}/exceptions': 'getPolicy',
  'POST /policies/test': 'testPolicy',
  'POST /policies/replay': 'testPolicy',

  'GET /subscriptions': 'listSubscriptions',
  'POST /subscriptions': 'createSubscription',
  'GET /subscriptions/{subscription_id}': 'getSubscription',
  'PUT /subscriptions/{subscription_id}': 'updateSubscription',
  'DELETE /subscriptions/{subscription_id}': 'deleteSubscription',
  'POST /repositories': 'createRepository',

  'GET /registries': 'listRegistries',
  'POST /registries': 'createRegistry',
  'GET /registries/{registry}': 'getRegistry',
  'PUT /registries/{registry}': 'updateRegistry',
  'DELETE /registries/{registry}': 'deleteRegistry',

  'GET /archives': 'listArchives',
  'GET /archives/images': 'listArchivedImageAnalysis',
  'POST /archives/images': 'createArchivedImageAnalysis',
  'GET /archives/images/{digest}': 'getArchivedImageAnalysis',
  'DELETE /archives/images/{digest}': 'deleteArchivedImageAnalysis',
  'GET /archives/rules': 'listArchiveTransitionRules',
  'POST /archives/rules': 'createArchiveTransitionRule',
  'GET /archives/rules/{ruleId}': 'getArchiveTransitionRule',
  'DELETE /archives/rules/{ruleId}': 'deleteArchiveTransitionRule',
  'GET /events': 'listEvents',
  'DELETE /events': 'deleteEvents',
  'GET /events/{id}': 'getEvent',
  'DELETE /events/{id}': 'deleteEvents',
  'GET /event_types': 'listEvents',

  'GET /admissions': 'listAdmissions',
  'GET /admissions/{id}': 'getAdmission',
  'POST /door/clients': 'createDoorClient',
  'POST /door/certificates': 'updateDoorCertificates',
};

/** Whether a route is for administrators alone. */
export function isAdminOnly(need: Need): boolean {
  return need !== 'login' && !ROLES.user.has(need);
}

/**
 * Refuses who may not use a route.
 *
 * @param route method and path, `GET /images/{digest}`
 * @throws TidewaiterError `admin_only`, `permission_missing` (403)
 */
export function checkPermission({ type }: Pick<Identity, 'type'>, route: string): void {
  const need = Object.hasOwn(ROUTES, route) ? ROUTES[route] : undefined;
  if (need === 'login' || (need !== undefined && ROLES[type].has(need))) return;
  if (need !== undefined && isAdminOnly(need)) {
    throw new TidewaiterError('admin_only', 403, 'Only the administrator may do that.', {
      detail: { permission: need },
    });
  }
  throw new TidewaiterError(
    'permission_missing',
    403,
    'Nobody may do that: no permission for it is declared in this version of Tidewaiter.',
  );
}
