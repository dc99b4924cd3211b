/**
 * A verdict: what a bundle says of an image under a tag. Stored, and made anew only when something
 * it depends on has changed.
 *
 * @module
 */
import { type BundleRecord, findBundle } from '../catalog/bundles.ts';
import type { Sql } from '../database/connection.ts';
import { messageOf, TidewaiterError } from '../errors.ts';
import { recordEvent } from '../events/record.ts';
import {
  evaluateBundle,
  type Evaluation,
  type ImageFacts,
  PSEUDO_TAG,
  type ResultDocument,
  resultDocument,
  subjectOf,
  validateBundle,
} from '../policy/index.ts';
import { loadFacts } from './facts.ts';

export interface VerdictRequest {
  readonly account: string;
  readonly digest: string;
  /** As it was asked for; without one only wildcards match. */
  readonly fulltag: string;
  /** The active bundle unless given. */
  readonly bundleId?: string | undefined;
}

/** The finding that decides, for the one line a person sees. */
export interface Summary {
  readonly bundle: string;
  readonly finding:
    | {
      readonly gate: string;
      readonly trigger: string;
      readonly triggerId: string;
      readonly message: string;
    }
    | undefined;
  /** How many findings more say stop. */
  readonly others: number;
}

export interface Verdict {
  readonly action: 'go' | 'warn' | 'stop';
  readonly bundle: BundleRecord;
  readonly evaluatedAt: Date;
  /** When an exception in it ends, or a rule on the age of something may say otherwise. */
  readonly expiresAt: Date | undefined;
  /** The whole result, as the check route answers it. */
  readonly result: ResultDocument;
  readonly summary: Summary;
}

/** What is kept of a verdict; the bundle is added again when it is read. */
interface Stored {
  readonly action: Verdict['action'];
  readonly evaluatedAt: Date;
  readonly expiresAt: Date | null;
  readonly result: string;
}

/**
 * The verdict on an image, from the store if it is fresh. Undefined when the image was never
 * analysed.
 *
 * @throws TidewaiterError `policy_not_found` (404)
 */
export async function verdictOf(
  sql: Sql,
  request: VerdictRequest,
): Promise<Verdict | undefined> {
  const { account, digest, fulltag, bundleId } = request;
  const bundle = await findBundle(sql, account, bundleId);
  if (bundle === undefined) {
    throw new TidewaiterError(
      'policy_not_found',
      404,
      bundleId === undefined
        ? `The account ${account} has no active policy bundle: activate one.`
        : `There is no policy bundle ${bundleId}.`,
    );
  }
  const [stored] = await sql<Stored[]>`
    select v.action, v.evaluated_at as "evaluatedAt", v.expires_at as "expiresAt", v.result
    from verdicts v join images i using (account, digest)
    where v.account = ${account} and v.digest = ${digest} and v.fulltag = ${fulltag}
      and v.bundle = ${bundle.id} and v.bundle_sha256 = ${bundle.sha256}
      and v.image_revision = i.revision and (v.expires_at is null or v.expires_at > now())`;
  return stored === undefined ? await makeVerdict(sql, request, bundle) : verdict(bundle, stored);
}

function verdict(bundle: BundleRecord, stored: Stored): Verdict {
  const document = JSON.parse(stored.result) as ResultDocument;
  const result = { ...document, bundle: JSON.parse(bundle.document) as unknown };
  return {
    action: stored.action,
    bundle,
    evaluatedAt: stored.evaluatedAt,
    expiresAt: stored.expiresAt ?? undefined,
    result,
    summary: summaryOf(bundle.id, result),
  };
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

/** A stored bundle that no longer fits its schema stops everything, and says so. */
function evaluate(bundle: BundleRecord, fulltag: string, facts: ImageFacts): Evaluation {
  const validation = validateBundle(documentOf(bundle));
  if (validation.bundle === undefined) {
    throw broken(bundle, messageOf(validation.problems[0]?.details));
  }
  const subject = subjectOf(fulltag === PSEUDO_TAG ? undefined : fulltag, facts);
  return evaluateBundle({
    bundle: validation.bundle,
    facts,
    tag: fulltag,
    subject,
    now: new Date(),
  });
}

async function makeVerdict(
  sql: Sql,
  request: VerdictRequest,
  bundle: BundleRecord,
): Promise<Verdict | undefined> {
  const { account, digest, fulltag } = request;
  const loaded = await loadFacts(sql, account, digest);
  if (loaded === undefined) return undefined;
  const evaluation = evaluate(bundle, fulltag, loaded.facts);
  const evaluatedAt = new Date();
  const document = resultDocument(evaluation, {
    userId: account,
    imageId: loaded.facts.id,
    tag: fulltag,
    bundle: null,
    createdAt: evaluatedAt,
  });
  const result = JSON.stringify(document);
  await sql.begin(async (tx) => {
    const [before] = await tx<{ action: Verdict['action'] }[]>`
      select action from verdicts
      where account = ${account} and digest = ${digest} and fulltag = ${fulltag}
        and bundle = ${bundle.id}
      for update`;
    await tx`
      insert into verdicts (account, digest, fulltag, bundle, bundle_sha256, image_revision, action,
        result, evaluated_at, expires_at)
      values (${account}, ${digest}, ${fulltag}, ${bundle.id}, ${bundle.sha256},
        ${loaded.revision}, ${evaluation.finalAction}, ${result}, ${evaluatedAt},
        ${evaluation.expiresAt ?? null})
      on conflict (account, digest, fulltag, bundle) do update set
        bundle_sha256 = excluded.bundle_sha256, image_revision = excluded.image_revision,
        action = excluded.action, result = excluded.result, evaluated_at = excluded.evaluated_at,
        expires_at = excluded.expires_at`;
    const after = evaluation.finalAction;
    if (before === undefined || before.action === after) return;
    await recordEvent(tx, {
      account,
      type: 'user.checks.tag.policy_evaluation.update',
      level: 'info',
      resourceType: 'image_reference',
      resource: fulltag,
      message: `The verdict on ${fulltag} was ${before.action} and is ${after} now.`,
      details: { digest, bundle: bundle.id, before: before.action, after },
    });
  });
  const expiresAt = evaluation.expiresAt ?? null;
  return verdict(bundle, { action: evaluation.finalAction, evaluatedAt, expiresAt, result });
}

/** Places in a row of the result, as its header names them. */
const CELL = { triggerId: 2, gate: 3, trigger: 4, message: 5, action: 6 } as const;

/** The rows of a result. */
export function rowsOf(result: ResultDocument): readonly (readonly unknown[])[] {
  const inner = result.result[result.image_id] as
    | { result?: { rows?: readonly (readonly unknown[])[] } }
    | undefined;
  return inner?.result?.rows ?? [];
}

function summaryOf(bundle: string, result: ResultDocument): Summary {
  const stops = rowsOf(result).filter((row) => row[CELL.action] === 'stop');
  const [first] = stops;
  const [problem] = result.evaluation_problems;
  if (first === undefined) {
    const finding = result.final_action === 'stop' && problem !== undefined
      ? {
        gate: 'policy',
        trigger: problem.problem_type,
        triggerId: problem.problem_type,
        message: problem.details,
      }
      : undefined;
    return { bundle, finding, others: 0 };
  }
  const text = (cell: number) => String(first[cell]);
  return {
    bundle,
    finding: {
      gate: text(CELL.gate),
      trigger: text(CELL.trigger),
      triggerId: text(CELL.triggerId),
      message: text(CELL.message),
    },
    others: stops.length - 1,
  };
}
