/**
 * What is known of one image at the door. Reads Postgres only; an unknown image leaves a request
 * and is looked for by others.
 *
 * @module
 */
import { OciError } from 'oci-client';
import { findKnown, type KnownImage } from '../catalog/images.ts';
import { type ImageName, parseName } from '../catalog/names.ts';
import type { Sql } from '../database/connection.ts';
import { enqueue, queueState } from '../queue/analyses.ts';
import { LANE } from '../queue/lanes.ts';
import { requestReference, requestState } from '../queue/requests.ts';
import { type Verdict, verdictOf } from '../verdicts/verdict.ts';
import { shown } from './review.ts';

/** One image of a review, judged. */
export type Judgement =
  | {
    readonly kind: 'admitted' | 'refused';
    readonly image: string;
    readonly digest: string;
    readonly text: string;
  }
  | { readonly kind: 'failed'; readonly image: string; readonly text: string }
  | {
    readonly kind: 'waiting';
    readonly image: string;
    /** What the hold is counted by. */
    readonly reference: string;
    readonly text: string;
  };

/** A reference that could not be resolved is asked for again after this long. */
const ASK_AGAIN_SECONDS = 30;

const LONGEST_IMAGE = 200;
const LONGEST_CHECK = 300;

function refusal(image: string, verdict: Verdict): string {
  const { finding, others, bundle } = verdict.summary;
  if (finding === undefined) {
    return `image ${image} is refused by policy bundle ${bundle}: ask its owner, or see ` +
      `anchore-cli evaluate check ${image} --detail.`;
  }
  const more = others === 0 ? '' : ` (and ${others} more)`;
  return `image ${image} is refused by rule ${finding.gate}/${finding.trigger}: ` +
    `${shown(finding.message, LONGEST_CHECK)}${more}. Fix the image, or ask for an exception to ` +
    `${shown(finding.triggerId, 100)} in bundle ${bundle}.`;
}

async function ofKnown(
  sql: Sql,
  account: string,
  image: string,
  name: ImageName,
  known: KnownImage,
): Promise<Judgement> {
  if (known.judged) {
    // The tag that was asked for is the one the mapping sees, not another the image has.
    const fulltag = name.tag === undefined ? known.fulltag : name.fulltag.replace(/@.*$/, '');
    const verdict = await verdictOf(sql, { account, digest: known.digest, fulltag });
    if (verdict !== undefined) {
      return verdict.action === 'stop'
        ? { kind: 'refused', image, digest: known.digest, text: refusal(image, verdict) }
        : { kind: 'admitted', image, digest: known.digest, text: verdict.action };
    }
  }
  if (known.state === 'analysis_failed') {
    return {
      kind: 'failed',
      image,
      text: `image ${image} could not be analysed (${known.errorCode}): ` +
        `${shown(known.error ?? 'unknown cause', LONGEST_CHECK)} Submit it again when that is ` +
        'mended: anchore-cli image add.',
    };
  }
  if (known.state === 'not_analyzed') {
    await enqueue(sql, {
      digest: known.digest,
      lane: LANE.admission,
      account,
      reference: name.fulltag,
      source: { kind: 'registry', registry: name.registry, repository: name.repository },
    });
  }
  const queued = await queueState(sql, known.digest);
  return waiting(image, name, queued?.position ?? null);
}

function waiting(image: string, name: ImageName, position: number | null): Judgement {
  const where = position === null
    ? 'is being analysed'
    : `waits for its analysis, position ${position}`;
  return {
    kind: 'waiting',
    image,
    reference: name.canonical,
    text: `image ${image} ${where}. Controllers try again by themselves; a person should try ` +
      'again in a few seconds.',
  };
}

async function ofUnknown(
  sql: Sql,
  account: string,
  image: string,
  name: ImageName,
): Promise<Judgement> {
  const before = await requestState(sql, account, name.canonical);
  if (before?.state === 'failed' && before.age < ASK_AGAIN_SECONDS) {
    return {
      kind: 'failed',
      image,
      text: `image ${image} cannot be read (${before.errorCode}): ${
        shown(before.error ?? 'unknown cause', LONGEST_CHECK)
      } It is tried again in ${Math.ceil(ASK_AGAIN_SECONDS - before.age)} seconds.`,
    };
  }
  if (before?.state !== 'pending') {
    await requestReference(sql, account, name.canonical, LANE.admission);
  }
  const request = await requestState(sql, account, name.canonical);
  return waiting(image, name, request?.position ?? null);
}

/** Judges one image as it stands in a pod. */
export async function judge(sql: Sql, account: string, reference: string): Promise<Judgement> {
  const image = shown(reference, LONGEST_IMAGE);
  let name: ImageName;
  try {
    name = parseName(reference);
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    return {
      kind: 'failed',
      image,
      text: `image ${image} is no valid reference: ${shown(error.message, LONGEST_CHECK)}`,
    };
  }
  const known = await findKnown(sql, account, name);
  return known === undefined
    ? await ofUnknown(sql, account, image, name)
    : await ofKnown(sql, account, image, name, known);
}
