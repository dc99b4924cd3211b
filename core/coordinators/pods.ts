/**
 * Follows the pods of the cluster core is in: which admitted sets live, which pods nobody ever
 * asked about, and which run another image than the one that was judged.
 *
 * @module
 */
import type { V1Pod } from '@kubernetes/client-node';
import { hasBaseline, noteBaseline, noteWatched } from '../admissions/clusters.ts';
import {
  addRunning,
  countPods,
  type KnownSet,
  listSets,
  type LivingSet,
  noteDiffering,
} from '../admissions/sets.ts';
import { watchList } from '../cluster/watched.ts';
import { policyOf } from '../config/door-rules.ts';
import { touchTags } from '../catalog/tags.ts';
import { recordEvent } from '../events/record.ts';
import { LANE } from '../queue/lanes.ts';
import { requestReference } from '../queue/requests.ts';
import type { Coordinator } from './loop.ts';
import { livingSets } from './living-sets.ts';
import type { CoordinatorServices } from './services.ts';

/** A pod may be seen before its admission is written down. */
const UNREVIEWED_AFTER_MS = 15_000;
/** Pods are looked at so often if something has changed, and so often if nothing has. */
const CHANGED_MS = 1000;
const UNCHANGED_MS = 10_000;
/** How often tags of what lives are said to be in use. */
const TOUCH_MS = 3_600_000;

/** The coordinator of pods; without a cluster there is none. */
export function podsCoordinator(services: CoordinatorServices): Coordinator | undefined {
  const { sql, log, config, kubernetes } = services;
  if (kubernetes === undefined || !config.watch_cluster) return undefined;
  const cluster = config.cluster_name;
  const isExempt = (namespace: string) => policyOf(config, cluster, namespace).mode === 'exempt';
  let isChanged = true;
  let lookedAt = -Infinity;
  let touchedAt = -Infinity;
  const pods = watchList<V1Pod>(
    kubernetes,
    {
      path: '/api/v1/pods',
      changed: () => {
        isChanged = true;
      },
    },
    log,
  );
  /** Since when a set is seen that nobody has admitted. */
  const strange = new Map<string, number>();

  /** Sets that ran before anybody asked: they go on, and are looked at when there is time. */
  async function takeBaseline(living: readonly LivingSet[]): Promise<void> {
    await addRunning(sql, living, 'baseline');
    const references = new Set(living.flatMap(({ digests }) => Object.keys(digests)));
    for (const reference of references) {
      await requestReference(sql, config.door_account, reference, LANE.reanalysis);
    }
    await noteBaseline(sql, cluster);
    log.info('what runs in the cluster already goes on running', {
      cluster,
      sets: living.length,
      images: references.size,
    });
  }

  async function tellUnreviewed(set: LivingSet): Promise<void> {
    const id = `${set.namespace}/${set.key}`;
    const since = strange.get(id) ?? Date.now();
    strange.set(id, since);
    if (Date.now() - since < UNREVIEWED_AFTER_MS) return;
    strange.delete(id);
    await addRunning(sql, [set], 'unreviewed');
    const images = Object.keys(set.digests).join(' ');
    await recordEvent(sql, {
      account: config.door_account,
      type: 'system.admission.unreviewed',
      level: 'error',
      resourceType: 'image_reference',
      resource: images,
      message: `Pods in namespace ${set.namespace} run ${images}, and no API server has ever ` +
        'asked whether they may: its webhook was away, or is not set up.',
      details: { cluster, namespace: set.namespace, pods: set.pods },
    });
    log.warn('pods run that were never reviewed', { namespace: set.namespace, images });
  }

  /** Digests that run and are none of those that were judged. */
  async function compare(set: LivingSet, known: KnownSet): Promise<void> {
    if (known.source !== 'admitted') return;
    const differing = Object.entries(set.digests).flatMap(([reference, running]) => {
      const judged = known.digests[reference] ?? [];
      if (judged.length === 0) return [];
      return running.filter((digest) => !judged.includes(digest))
        .map((digest) => `${reference}=${digest}`);
    });
    const fresh = differing.filter((one) => !known.differing.includes(one));
    if (fresh.length === 0) return;
    await noteDiffering(sql, set, [...known.differing, ...fresh]);
    for (const one of fresh) {
      const [reference = '', digest = ''] = one.split('=');
      await recordEvent(sql, {
        account: config.door_account,
        type: 'system.admission.digest_differs',
        level: 'error',
        resourceType: 'image_reference',
        resource: reference,
        message: `A pod in namespace ${set.namespace} runs ${digest} as ${reference}, which is ` +
          'not the image that was judged: the tag has moved in between.',
        details: { cluster, namespace: set.namespace, digest },
      });
      log.warn('a pod runs another image than was judged', { reference, digest });
    }
  }

  async function follow(living: readonly LivingSet[]): Promise<void> {
    const known = new Map(
      (await listSets(sql, cluster)).map((set) => [`${set.namespace}/${set.key}`, set]),
    );
    const seen = new Set<string>();
    for (const set of living) {
      const id = `${set.namespace}/${set.key}`;
      seen.add(id);
      const before = known.get(id);
      if (before === undefined) {
        await tellUnreviewed(set);
        continue;
      }
      strange.delete(id);
      if (before.pods !== set.pods || before.ending !== set.ending) await countPods(sql, set);
      await compare(set, before);
    }
    for (const id of strange.keys()) if (!seen.has(id)) strange.delete(id);
    for (const [id, { namespace, key, pods, ending }] of known) {
      if (seen.has(id) || (pods === 0 && ending === 0)) continue;
      // Never seen yet: its pod may be about to be made.
      if (pods === null) continue;
      await countPods(sql, { cluster, namespace, key, pods: 0, ending: 0 });
    }
  }

  return {
    name: 'pods',
    everyMs: CHANGED_MS,
    async round() {
      const items = pods.items();
      const now = performance.now();
      if (items === undefined || now - lookedAt < (isChanged ? CHANGED_MS : UNCHANGED_MS)) {
        return false;
      }
      isChanged = false;
      lookedAt = now;
      const living = livingSets(items, cluster, isExempt);
      if (!await hasBaseline(sql, cluster)) await takeBaseline(living);
      await follow(living);
      await noteWatched(sql, cluster);
      if (now - touchedAt > TOUCH_MS) {
        touchedAt = now;
        await touchTags(sql, living.flatMap(({ digests }) => Object.values(digests).flat()));
      }
      return false;
    },
    stop: () => pods.stop(),
  };
}
