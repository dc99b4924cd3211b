/**
 * What is known of one image at the door. Reads memory and Postgres only; an unknown image leaves a
 * request and is looked for by others.
 *
 * @module
 */
import { OciError } from 'oci-client';
import { clusterState } from '../admissions/clusters.ts';
import { findKnown, type KnownImage } from '../catalog/images.ts';
import { findPlatformImages, type PlatformImage } from '../catalog/indexes.ts';
import { type ImageName, parseName } from '../catalog/names.ts';
import { enqueue, queueState } from '../queue/analyses.ts';
import { LANE } from '../queue/lanes.ts';
import { requestReference, requestState } from '../queue/requests.ts';
import { verdictOf } from '../verdicts/verdict.ts';
import { mayAskFor } from './asks.ts';
import {
  type Asked,
  judged,
  type Judgement,
  LONGEST_CHECK,
  refusal,
  together,
} from './judgement.ts';
import type { Kept } from './memory.ts';
import type { Viewer } from '../config/door-rules.ts';
import type { DoorServices } from './services.ts';
import { shown } from './text.ts';

/** A reference that could not be resolved is asked for again after this long. */
const ASK_AGAIN_SECONDS = 30;

const LONGEST_IMAGE = 200;

async function waiting(
  { sql, config }: DoorServices,
  asked: Asked,
  viewer: Viewer,
  position: number | null | undefined,
): Promise<Judgement> {
  const { hosts } = config.launcher === 'kubernetes'
    ? await clusterState(sql, config.cluster_name)
    : { hosts: null };
  if (hosts === 0) {
    return judged(
      asked,
      'waiting',
      `image ${asked.image} waits for its analysis, and no host for analyses is ready: an ` +
        'operator has to label one with tidewaiter.dev/analyzer=true.',
    );
  }
  const where = position === null || position === undefined
    ? 'is being analysed'
    : `waits for its analysis, position ${position}`;
  const text = `image ${asked.image} ${where}. Controllers try again by themselves; a person ` +
    'should try again in a few seconds.';
  await mayAskFor(sql, viewer, asked.name.canonical, Infinity);
  return judged(asked, 'waiting', text);
}

async function ofUnknown(
  services: DoorServices,
  viewer: Viewer,
  asked: Asked,
): Promise<Judgement> {
  const { sql } = services;
  const { image, name } = asked;
  const { account, unknownImages } = viewer.policy;
  const before = await requestState(sql, account, name.canonical);
  if (before?.state === 'failed' && before.age < ASK_AGAIN_SECONDS) {
    const again = Math.ceil(ASK_AGAIN_SECONDS - before.age);
    return judged(
      asked,
      'failed',
      `image ${image} cannot be read (${before.errorCode}): ${
        shown(before.error ?? 'unknown cause', LONGEST_CHECK)
      } It is tried again in ${again} seconds.`,
    );
  }
  if (before?.state === 'pending') return await waiting(services, asked, viewer, before.position);
  if (!await mayAskFor(sql, viewer, name.canonical, unknownImages)) {
    return judged(
      asked,
      'failed',
      `image ${image} is unknown, and namespace ${shown(viewer.namespace, 63)} has asked for ` +
        `${unknownImages} unknown images within an hour, which is the most it may: submit it with ` +
        'anchore-cli image add, or try again later.',
    );
  }
  await requestReference(sql, account, name.canonical, LANE.admission);
  const request = await requestState(sql, account, name.canonical);
  return await waiting(services, asked, viewer, request?.position);
}

/** Judges one image of a platform that the account knows. */
async function ofImage(
  services: DoorServices,
  viewer: Viewer,
  asked: Asked,
  found: PlatformImage,
  fulltag: string,
): Promise<Judgement & { readonly expiresAt?: Date | undefined }> {
  const { sql } = services;
  const { image, name } = asked;
  const { account, bundle } = viewer.policy;
  const { digest } = found;
  if (found.judged) {
    const verdict = await verdictOf(sql, { account, digest, fulltag, bundleId: bundle });
    if (verdict !== undefined) {
      const isRefused = verdict.action === 'stop';
      const text = isRefused ? refusal(image, verdict) : verdict.action;
      return {
        ...judged(asked, isRefused ? 'refused' : 'admitted', text, {
          digests: [digest],
          verdict: {
            bundle: verdict.bundle.id,
            bundleSha256: verdict.bundle.sha256,
            evaluatedAt: verdict.evaluatedAt.toISOString(),
          },
        }),
        expiresAt: verdict.expiresAt,
      };
    }
  }
  if (found.state === 'analysis_failed') {
    return judged(
      asked,
      'failed',
      `image ${image} could not be analysed (${found.errorCode}): ${
        shown(found.error ?? 'unknown cause', LONGEST_CHECK)
      } Submit it again when that is mended: anchore-cli image add.`,
      { digests: [digest] },
    );
  }
  if (found.state === 'not_analyzed') {
    await enqueue(sql, {
      digest,
      lane: LANE.admission,
      account,
      reference: name.fulltag,
      source: { kind: 'registry', registry: name.registry, repository: name.repository },
    });
  }
  const queued = await queueState(sql, digest);
  return { ...await waiting(services, asked, viewer, queued?.position), digests: [digest] };
}

const WORST: readonly Judgement['kind'][] = ['refused', 'failed', 'waiting', 'admitted'];

async function platformsOf({ sql, config }: DoorServices, viewer: Viewer): Promise<string[]> {
  if (viewer.policy.platforms !== undefined) return [...viewer.policy.platforms];
  const { platforms } = await clusterState(sql, viewer.cluster);
  return platforms.length > 0 ? [...platforms] : [config.platform];
}

/** The images behind what a reference names: one, or for an index one for each platform. */
async function imagesOf(
  services: DoorServices,
  viewer: Viewer,
  known: KnownImage,
  name: ImageName,
): Promise<readonly (PlatformImage | null)[]> {
  // A digest of one platform means that one.
  if (known.parentDigest === null || name.digest === known.digest) return [known];
  const { account } = viewer.policy;
  const platforms = await platformsOf(services, viewer);
  return await findPlatformImages(services.sql, account, known.parentDigest, platforms) ?? [known];
}

async function ofKnown(
  services: DoorServices,
  viewer: Viewer,
  asked: Asked,
  known: KnownImage,
): Promise<Judgement | Kept<Judgement>> {
  const { image, name } = asked;
  const { account } = viewer.policy;
  // The tag that was asked for is the one the mapping sees, not another the image has.
  const fulltag = name.tag === undefined ? known.fulltag : name.fulltag.replace(/@.*$/, '');
  const images = await imagesOf(services, viewer, known, name);
  if (images.length === 0) {
    const text = `image ${image} is built for none of the platforms of this cluster's nodes: ` +
      'build it for one of them.';
    return judged(asked, 'failed', text, { index: known.parentDigest });
  }
  const all = await Promise.all(images.map(
    async (each): Promise<Judgement & { readonly expiresAt?: Date | undefined }> =>
      each === null
        ? await ofUnknown(services, viewer, asked)
        : await ofImage(services, viewer, asked, each, fulltag),
  ));
  const [worst = judged(asked, 'failed', '')] = all.toSorted((a, b) =>
    WORST.indexOf(a.kind) - WORST.indexOf(b.kind)
  );
  const value: Judgement = {
    ...judged(asked, worst.kind, worst.text),
    digests: all.flatMap(({ digests }) => digests),
    index: known.parentDigest,
    verdict: worst.verdict,
    checkedAt: known.checkedAt?.toISOString() ?? null,
  };
  if (value.kind !== 'admitted' && value.kind !== 'refused') return value;
  const rests = together([
    {
      dependsOn: [
        `account:${account}`,
        `repository:${name.registry}/${name.repository}`,
        `cluster:${viewer.cluster}`,
        ...value.digests.map((digest) => `image:${digest}`),
      ],
    },
    ...all.map(({ expiresAt }) => ({ dependsOn: [], expiresAt })),
  ]);
  return { value: { ...value, rests }, ...rests };
}

/** Judges one image as it stands in a pod. @throws TidewaiterError `database_unavailable` */
export async function judge(
  services: DoorServices,
  viewer: Viewer,
  reference: string,
): Promise<Judgement> {
  const image = shown(reference, LONGEST_IMAGE);
  let name: ImageName;
  try {
    name = parseName(reference);
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    return {
      kind: 'failed',
      image,
      reference: reference.slice(0, LONGEST_IMAGE),
      text: `image ${image} is no valid reference: ${shown(error.message, LONGEST_CHECK)}`,
      digests: [],
      index: null,
      verdict: undefined,
      checkedAt: null,
    };
  }
  const asked = { image, name };
  if (viewer.policy.requireDigest && name.digest === undefined) {
    return judged(
      asked,
      'failed',
      `image ${image} is named without a digest, and namespace ${shown(viewer.namespace, 63)} ` +
        `wants one: write it as ${shown(name.fulltag, LONGEST_IMAGE)}@sha256:….`,
    );
  }
  const { account, bundle, platforms } = viewer.policy;
  const key = JSON.stringify([viewer.cluster, account, bundle, platforms, reference]);
  return await services.memory.find<Judgement>(key, async () => {
    const known = await findKnown(services.sql, account, name);
    return known === undefined
      ? await ofUnknown(services, viewer, asked)
      : await ofKnown(services, viewer, asked, known);
  });
}
