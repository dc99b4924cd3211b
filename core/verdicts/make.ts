/**
 * Makes verdicts: what a stored bundle says of an image's facts.
 *
 * @module
 */
import type { BundleRecord } from '../catalog/bundles.ts';
import type { Sql } from '../database/connection.ts';
import { messageOf, TidewaiterError } from '../errors.ts';
import {
  type Bundle,
  evaluateBundle,
  type Evaluation,
  type ImageFacts,
  partsOf,
  PSEUDO_TAG,
  resultDocument,
  subjectOf,
  validateBundle,
} from '../policy/index.ts';
import { loadFacts } from './facts.ts';
import type { Made } from './keep.ts';

/** Whose image is judged, and under which name. */
export interface Judged {
  readonly account: string;
  readonly digest: string;
  /** As it was asked for; without one only wildcards match. */
  readonly fulltag: string;
}

function documentOf(bundle: BundleRecord): unknown {
  try {
    return JSON.parse(bundle.document);
  } catch (error) {
    throw broken(bundle, messageOf(error));
  }
}

function broken(bundle: BundleRecord, why: string): TidewaiterError {
  const message = `The policy bundle ${bundle.id} is broken: upload it again. ${why}`;
  return new TidewaiterError('policy_invalid', 500, message);
}

/** Bundles that were read, by the hash of their document: reading thousands of exceptions takes long. */
const bundles = new Map<string, Bundle>();
const REMEMBERED = 50;

/** A stored bundle that no longer fits its schema stops everything, and says so. */
export function readBundle(record: BundleRecord): Bundle {
  const known = bundles.get(record.sha256);
  if (known !== undefined) return known;
  const { bundle, problems } = validateBundle(documentOf(record));
  if (bundle === undefined) throw broken(record, messageOf(problems[0]?.details));
  if (bundles.size >= REMEMBERED) bundles.clear();
  bundles.set(record.sha256, bundle);
  return bundle;
}

function evaluate(bundle: Bundle, fulltag: string, facts: ImageFacts): Evaluation {
  const subject = subjectOf(fulltag === PSEUDO_TAG ? undefined : fulltag, facts);
  return evaluateBundle({
    bundle,
    facts,
    tag: fulltag,
    subject,
    now: new Date(),
  });
}

/** What a bundle says of an image, and the revision of the image of which it says so. */
export async function judge(
  sql: Sql,
  request: Judged,
  bundle: BundleRecord,
): Promise<{ readonly made: Made; readonly revision: number } | undefined> {
  const read = readBundle(bundle);
  const loaded = await loadFacts(sql, request.account, request.digest, partsOf(read));
  return loaded === undefined
    ? undefined
    : { made: judged(request, bundle, read, loaded.facts), revision: loaded.revision };
}

/** What a bundle says of facts. */
export function judged(
  { account, digest, fulltag }: Judged,
  bundle: BundleRecord,
  read: Bundle,
  facts: ImageFacts,
): Made {
  const evaluation = evaluate(read, fulltag, facts);
  const evaluatedAt = new Date();
  const document = resultDocument(evaluation, {
    userId: account,
    imageId: facts.id,
    tag: fulltag,
    bundle: null,
    createdAt: evaluatedAt,
  });
  return {
    account,
    digest,
    fulltag,
    bundle,
    action: evaluation.finalAction,
    evaluatedAt,
    expiresAt: evaluation.expiresAt ?? null,
    result: JSON.stringify(document),
  };
}
