/**
 * Every type of event there is: what is not declared here cannot be recorded.
 *
 * @module
 */
import { fits } from '../config/door-rules.ts';

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
] as const satisfies readonly Declaration[];

export type EventType = (typeof EVENT_TYPES)[number]['type'];

/** Where events of a type come from. */
export function sourceOf(type: string): EventSource {
  return EVENT_TYPES.find((one) => one.type === type)?.source ?? 'catalog';
}

/** Types that fit a pattern with `*` for any text, of a source where that is given. */
export function typesLike(pattern: string, source: string | undefined): EventType[] {
  return EVENT_TYPES
    .filter((one) => fits(pattern, one.type) && (source === undefined || one.source === source))
    .map(({ type }) => type);
}

/** A type's parts: the first word, those between, the last. */
export function partsOf(type: string): { category: string; subcategory: string; event: string } {
  const words = type.split('.');
  return {
    category: words[0] ?? '',
    subcategory: words.slice(1, -1).join('.'),
    event: words.at(-1) ?? '',
  };
}
