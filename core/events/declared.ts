/**
 * Every type of event there is: what is not declared here cannot be recorded.
 *
 * @module
 */

/** Services that events come from, by the names that clients of the original know. */
export type EventSource = 'apiext' | 'catalog' | 'simplequeue' | 'policy_engine' | 'analyzer';

interface Declaration {
  /** `category.subcategory.event`. */
  readonly type: string;
  readonly source: EventSource;
  readonly resourceType: string;
  readonly message: string;
}

/** What is about images carries `image_digest`, or `image_reference` where no digest is known. */
export const EVENT_TYPES = [
  {
    type: 'user.image.analysis.completed',
    source: 'analyzer',
    resourceType: 'image_digest',
    message: 'An image is analysed.',
  },
  {
    type: 'user.image.analysis.failed',
    source: 'analyzer',
    resourceType: 'image_digest',
    message: 'The analysis of an image failed; says why.',
  },
  {
    type: 'user.checks.tag.policy_evaluation.update',
    source: 'policy_engine',
    resourceType: 'image_reference',
    message: 'The verdict on a tag has changed.',
  },
  {
    type: 'user.policy.active.updated',
    source: 'apiext',
    resourceType: 'policy_bundle',
    message: 'Another policy bundle is active.',
  },
  {
    type: 'user.registry.added',
    source: 'apiext',
    resourceType: 'registry',
    message: 'Credentials for a registry were added.',
  },
  {
    type: 'user.registry.updated',
    source: 'apiext',
    resourceType: 'registry',
    message: 'Credentials for a registry were changed.',
  },
  {
    type: 'user.registry.deleted',
    source: 'apiext',
    resourceType: 'registry',
    message: 'Credentials for a registry were deleted.',
  },
  {
    type: 'user.account.added',
    source: 'apiext',
    resourceType: 'account',
    message: 'An account was added.',
  },
  {
    type: 'user.account.enabled',
    source: 'apiext',
    resourceType: 'account',
    message: 'An account was enabled.',
  },
  {
    type: 'user.account.disabled',
    source: 'apiext',
    resourceType: 'account',
    message: 'An account was disabled: its users cannot log in.',
  },
  {
    type: 'user.account.deleted',
    source: 'apiext',
    resourceType: 'account',
    message: 'An account is being deleted.',
  },
  {
    type: 'user.account.removed',
    source: 'catalog',
    resourceType: 'account',
    message: 'Nothing is left of a deleted account.',
  },
  {
    type: 'user.user.added',
    source: 'apiext',
    resourceType: 'user',
    message: 'A user was added.',
  },
  {
    type: 'user.user.deleted',
    source: 'apiext',
    resourceType: 'user',
    message: 'A user was deleted.',
  },
  {
    type: 'user.credential.changed',
    source: 'apiext',
    resourceType: 'user',
    message: 'The password of a user was set.',
  },
  {
    type: 'user.credential.deleted',
    source: 'apiext',
    resourceType: 'user',
    message: 'The password of a user was deleted.',
  },
  {
    type: 'system.image_analysis.registry_lookup_failed',
    source: 'catalog',
    resourceType: 'image_reference',
    message: 'A registry did not tell which image a reference names; says why.',
  },
  {
    type: 'system.layers.disputed',
    source: 'catalog',
    resourceType: 'image_digest',
    message: 'Analyses contradict each other about a layer.',
  },
  {
    type: 'system.admission.break_glass',
    source: 'apiext',
    resourceType: 'image_reference',
    message: 'A pod was admitted without being judged, since its annotations broke the glass.',
  },
  {
    type: 'system.admission.unreviewed',
    source: 'catalog',
    resourceType: 'image_reference',
    message: 'Pods run that no API server has asked about.',
  },
  {
    type: 'system.admission.digest_differs',
    source: 'catalog',
    resourceType: 'image_reference',
    message: 'A pod runs another image than was judged.',
  },
  {
    type: 'system.feeds.sync.started',
    source: 'policy_engine',
    resourceType: 'feed',
    message: 'Somebody has asked for a sync of feeds.',
  },
  {
    type: 'system.feeds.sync.completed',
    source: 'policy_engine',
    resourceType: 'feed',
    message: 'A sync that somebody has asked for is done.',
  },
  {
    type: 'system.feeds.sync.failed',
    source: 'policy_engine',
    resourceType: 'feed',
    message: 'A sync that somebody has asked for is done but for some groups.',
  },
  {
    type: 'system.feeds.sync.feed_completed',
    source: 'policy_engine',
    resourceType: 'feed',
    message: 'A source of feeds is up to date.',
  },
  {
    type: 'system.feeds.sync.feed_failed',
    source: 'policy_engine',
    resourceType: 'feed',
    message: 'A source of feeds could not be synced; says why.',
  },
  {
    type: 'system.feeds.sync.group_failed',
    source: 'policy_engine',
    resourceType: 'feed',
    message: 'A group of a feed could not be synced; says why.',
  },
  {
    type: 'system.notification.dropped',
    source: 'catalog',
    resourceType: 'webhook',
    message: 'Notifications are given up: their webhook has not taken them in time.',
  },
  {
    type: 'system.image_analysis.restored_from_archive',
    source: 'catalog',
    resourceType: 'image_digest',
    message: 'An image came back from the archive.',
  },
  {
    type: 'system.image_analysis.restore_from_archive_failed',
    source: 'catalog',
    resourceType: 'image_digest',
    message: 'An image could not be brought back from the archive; says why.',
  },
  {
    type: 'system.analysis_archive.image_archived',
    source: 'catalog',
    resourceType: 'image_digest',
    message: 'An analysis was put into the archive.',
  },
  {
    type: 'system.analysis_archive.image_archive_failed',
    source: 'catalog',
    resourceType: 'image_digest',
    message: 'An analysis could not be put into the archive; says why.',
  },
  {
    type: 'system.analysis_archive.archived_image_deleted',
    source: 'catalog',
    resourceType: 'image_digest',
    message: 'An analysis was deleted from the archive.',
  },
  {
    type: 'system.analysis_archive.archived_image_delete_failed',
    source: 'catalog',
    resourceType: 'image_digest',
    message: 'An analysis could not be deleted from the archive; says why.',
  },
  {
    type: 'system.repository.list_tags_fail',
    source: 'catalog',
    resourceType: 'repository',
    message: 'A registry did not list the tags of a repository; says why.',
  },
  {
    type: 'user.repository.tags.added',
    source: 'catalog',
    resourceType: 'repository',
    message: 'A watched repository has new tags.',
  },
  {
    type: 'user.image.tag.updated',
    source: 'catalog',
    resourceType: 'image_reference',
    message: 'A watched tag names another image.',
  },
  {
    type: 'user.image.analysis.cancelled',
    source: 'apiext',
    resourceType: 'image_digest',
    message: 'Somebody has cancelled the analysis of an image.',
  },
  {
    type: 'user.image.deleted',
    source: 'apiext',
    resourceType: 'image_digest',
    message: 'An image was deleted.',
  },
  {
    type: 'user.checks.tag.vulnerabilities.update',
    source: 'policy_engine',
    resourceType: 'image_reference',
    message: 'Other vulnerabilities are found in the image of a watched tag.',
  },
  {
    type: 'user.policy.bundle.added',
    source: 'apiext',
    resourceType: 'policy_bundle',
    message: 'A policy bundle was added.',
  },
  {
    type: 'user.policy.bundle.updated',
    source: 'apiext',
    resourceType: 'policy_bundle',
    message: 'The content of a policy bundle was changed.',
  },
  {
    type: 'user.policy.bundle.deleted',
    source: 'apiext',
    resourceType: 'policy_bundle',
    message: 'A policy bundle was deleted.',
  },
  {
    type: 'user.policy.active.content_change',
    source: 'apiext',
    resourceType: 'policy_bundle',
    message: 'The content of the active policy bundle was changed.',
  },
  {
    type: 'user.policy.exception.expiring',
    source: 'policy_engine',
    resourceType: 'policy_bundle',
    message: 'An exception of the active policy bundle ends soon.',
  },
  {
    type: 'user.policy.exception.expired',
    source: 'policy_engine',
    resourceType: 'policy_bundle',
    message: 'An exception of the active policy bundle has ended.',
  },
] as const satisfies readonly Declaration[];
