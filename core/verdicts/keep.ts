/**
 * Keeps verdicts: each in place of the one before, with what has changed.
 *
 * @module
 */
import type { BundleRecord } from '../catalog/bundles.ts';
import type { Transaction } from '../database/connection.ts';
import { recordEvent } from '../events/record.ts';
import type { Action, ResultDocument } from '../policy/index.ts';
import { type Cause, changesBetween, recordChange } from './history.ts';

/** What is kept of a verdict; the bundle is added again when it is read. */
export interface Stored {
  readonly action: Action;
  readonly evaluatedAt: Date;
  readonly expiresAt: Date | null;
  readonly result: string;
}

/** A verdict that was made and is to be kept. */
export interface Made extends Stored {
  readonly account: string;
  readonly digest: string;
  readonly fulltag: string;
  readonly bundle: BundleRecord;
}

interface Before {
  readonly action: Action;
  readonly sha256: string;
  readonly revision: number;
  readonly result: string;
}

/** Keeps a verdict in place of the one before; another answer than that is an event. */
export async function keepVerdict(tx: Transaction, made: Made, revision: number): Promise<void> {
  const { account, digest, fulltag, bundle, action, evaluatedAt, expiresAt, result } = made;
  const [before] = await tx<Before[]>`
    select action, bundle_sha256 as sha256, image_revision as revision, result from verdicts
    where account = ${account} and digest = ${digest} and fulltag = ${fulltag}
      and bundle = ${bundle.id}
    for update`;
  const [kept] = await tx<{ isNew: boolean }[]>`
    insert into verdicts (account, digest, fulltag, bundle, bundle_sha256, image_revision, action,
      result, evaluated_at, expires_at)
    values (${account}, ${digest}, ${fulltag}, ${bundle.id}, ${bundle.sha256}, ${revision},
      ${action}, ${result}, ${evaluatedAt}, ${expiresAt})
    on conflict (account, digest, fulltag, bundle) do update set
      bundle_sha256 = excluded.bundle_sha256, image_revision = excluded.image_revision,
      action = excluded.action, result = excluded.result, evaluated_at = excluded.evaluated_at,
      expires_at = excluded.expires_at
    returning xmax = 0 as "isNew"`;
  // Who asked at the same moment has made the same one.
  if (before === undefined && kept?.isNew !== true) return;
  const changes = changesBetween(
    before && JSON.parse(before.result) as ResultDocument,
    JSON.parse(result) as ResultDocument,
  );
  if (before !== undefined && changes === undefined) return;
  const cause = causeOf(before, bundle.sha256, revision);
  await recordChange(tx, { account, digest, fulltag, bundle, action, evaluatedAt, cause, changes });
  if (before === undefined || before.action === action) return;
  await recordEvent(tx, {
    account,
    type: 'user.checks.tag.policy_evaluation.update',
    level: 'info',
    resourceType: 'image_reference',
    resource: fulltag,
    message: `The verdict on ${fulltag} was ${before.action} and is ${action} now.`,
    details: { digest, bundle: bundle.id, before: before.action, after: action, cause },
  });
}

function causeOf(before: Before | undefined, sha256: string, revision: number): Cause {
  if (before === undefined) return 'first';
  if (before.sha256 !== sha256) return 'bundle';
  return before.revision === revision ? 'time' : 'image';
}
