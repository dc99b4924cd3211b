/**
 * A verdict: what a bundle says of an image under a tag. Stored, and made anew only when something
 * it depends on has changed.
 *
 * @module
 */
import { type BundleRecord, findBundle } from '../catalog/bundles.ts';
import type { Sql } from '../database/connection.ts';
import { messageOf, TidewaiterError } from '../errors.ts';
import {
  type Bundle,
  evaluateBundle,
  type Evaluation,
  type ImageFacts,
  partsOf,
  PSEUDO_TAG,
  type ResultDocument,
  resultDocument,
  subjectOf,
  validateBundle,
} from '../policy/index.ts';
import { loadFacts } from './facts.ts';
import { keepVerdict, type Made, type Stored } from './keep.ts';
import { CELL, rowsOf } from './rows.ts';

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

/** Bundles that were read, by the hash of their document: reading thousands of exceptions takes long. */
const bundles = new Map<string, Bundle>();
const REMEMBERED = 50;

/** A stored bundle that no longer fits its schema stops everything, and says so. */
function readBundle(record: BundleRecord): Bundle {
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

async function makeVerdict(
  sql: Sql,
  request: VerdictRequest,
  bundle: BundleRecord,
): Promise<Verdict | undefined> {
  const read = readBundle(bundle);
  const loaded = await loadFacts(sql, request.account, request.digest, partsOf(read));
  if (loaded === undefined) return undefined;
  const made = judged(request, bundle, read, loaded.facts);
  await sql.begin((tx) => keepVerdict(tx, made, loaded.revision));
  return verdict(bundle, made);
}

function judged(
  { account, digest, fulltag }: VerdictRequest,
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

/**
 * Makes all verdicts on an image anew that count now, and has them count at once: until then those
 * before do. What is stale for another reason stays so.
 */
export async function renewVerdicts(sql: Sql, digest: string): Promise<void> {
  const questions = await sql<{ account: string; fulltag: string | null; bundle: string | null }[]>`
    select i.account, v.fulltag, v.bundle
    from images i
    left join verdicts v on v.account = i.account and v.digest = i.digest
      and v.image_revision = i.revision
    where i.digest = ${digest}`;
  for (const [account, own] of Map.groupBy(questions, (question) => question.account)) {
    const asked: { fulltag: string; bundle: BundleRecord; read: Bundle }[] = [];
    for (const [bundleId, same] of Map.groupBy(own, (question) => question.bundle)) {
      const bundle = bundleId === null ? undefined : await findBundle(sql, account, bundleId);
      if (bundle === undefined) continue;
      const read = readBundle(bundle);
      for (const { fulltag } of same) if (fulltag !== null) asked.push({ fulltag, bundle, read });
    }
    const parts = new Set(asked.flatMap(({ read }) => [...partsOf(read)]));
    const loaded = await loadFacts(sql, account, digest, parts);
    const made = loaded === undefined
      ? []
      : asked.map(({ fulltag, bundle, read }) =>
        judged({ account, digest, fulltag }, bundle, read, loaded.facts)
      );
    await sql.begin(async (tx) => {
      const [image] = await tx<{ revision: number }[]>`
        update images set revision = revision + 1
        where account = ${account} and digest = ${digest}
        returning revision`;
      // Something else has changed meanwhile: what was made does not know of it.
      if (image === undefined || image.revision !== (loaded?.revision ?? 0) + 1) return;
      for (const one of made) await keepVerdict(tx, one, image.revision);
    });
  }
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
