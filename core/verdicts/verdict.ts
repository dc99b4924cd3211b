/**
 * A verdict: what a bundle says of an image under a tag. Stored, and made anew only when something
 * it depends on has changed.
 *
 * @module
 */
import { type BundleRecord, findBundle } from '../catalog/bundles.ts';
import type { Sql } from '../database/connection.ts';
import { TidewaiterError } from '../errors.ts';
import type { ResultDocument } from '../policy/index.ts';
import { keepVerdict, type Stored } from './keep.ts';
import { judge, type Judged } from './make.ts';
import { preparedVerdict } from './prepared.ts';
import { CELL, rowsOf } from './rows.ts';

export interface VerdictRequest extends Judged {
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

async function makeVerdict(
  sql: Sql,
  request: VerdictRequest,
  bundle: BundleRecord,
): Promise<Verdict | undefined> {
  const found = await preparedVerdict(sql, request, bundle) ?? await judge(sql, request, bundle);
  if (found === undefined) return undefined;
  await sql.begin((tx) => keepVerdict(tx, found.made, found.revision));
  return verdict(bundle, found.made);
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
