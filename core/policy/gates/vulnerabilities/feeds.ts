/**
 * Triggers on the feed that speaks of the packages of the image's distribution: whether there is one
 * and how old it is.
 *
 * @module
 */
import type { ImageFacts } from '../../facts.ts';
import { isOfDistribution } from '../../package-types.ts';
import { integerString, type Parameter } from '../parameters.ts';
import type { Trigger } from '../types.ts';
import { hasPassed, momentAfter } from './days.ts';

const maxDaysSinceSync: Parameter<number> = {
  name: 'max_days_since_sync',
  description: 'Fires if the feed was found up to date more than so many days ago, or never',
  example: '10',
  required: true,
  validator: integerString,
};

export const staleFeedData: Trigger = {
  name: 'stale_feed_data',
  description: "Fires if the feed of the image's distribution has not been synced for some days",
  parameters: [maxDaysSinceSync],
  evaluate(values, facts, now) {
    const days = values.require(maxDaysSinceSync);
    const { syncedAt } = facts.feeds;
    if (!needsFeed(facts)) return [];
    if (syncedAt !== undefined && !hasPassed(syncedAt, days, now)) return [];
    return [{
      message: `The vulnerability feed for this image distro is older than MAXAGE (${days}) days`,
    }];
  },
  changesAt(values, facts, now) {
    const { syncedAt } = facts.feeds;
    if (!needsFeed(facts) || syncedAt === undefined) return undefined;
    return momentAfter([syncedAt, values.require(maxDaysSinceSync)], now);
  },
};

export const vulnerabilityDataUnavailable: Trigger = {
  name: 'vulnerability_data_unavailable',
  description: "Fires if there is no data on the packages of the image's distribution",
  parameters: [],
  evaluate(_, facts) {
    if (!needsFeed(facts) || facts.feeds.hasData) return [];
    return [{
      message: 'Distro-specific feed data not found for distro namespace: ' +
        `${namespaceOf(facts)}. Cannot perform CVE scan OS/distro packages`,
    }];
  },
};

/**
 * Whether a distribution's feed has anything to say of the image. It has not of images from scratch:
 * what programs and languages brought is told of by feeds of their own. Packages of a distribution
 * that does not name itself are as unknown as those of one without a feed.
 */
function needsFeed({ distribution, packages }: ImageFacts): boolean {
  return distribution !== null || packages.some(({ type }) => isOfDistribution(type));
}

/** The namespace, or for what no feed is known for the one that it would have. */
function namespaceOf({ feeds, distribution }: ImageFacts): string {
  if (feeds.namespace !== undefined) return feeds.namespace;
  if (distribution === null) return 'unknown';
  const { id, version } = distribution;
  return version === '' ? id : `${id}:${version}`;
}
