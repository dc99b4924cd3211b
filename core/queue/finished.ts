/**
 * What follows when it is known what is in an image, whoever has found it.
 *
 * @module
 */
import { replaceFindings } from '../catalog/findings.ts';
import type { SetLink } from '../catalog/packages.ts';
import type { Json, Transaction } from '../database/connection.ts';
import { recordImageEvent } from '../events/record.ts';

/** An analysis that is complete. */
export interface Finished {
  readonly digest: string;
  /** Where its packages are kept. */
  readonly links: readonly SetLink[];
  readonly documents: Readonly<Record<string, readonly Buffer[]>>;
  readonly details: Readonly<Record<string, Json>>;
}

/** Keeps what was found in place of what was known, and tells accounts and all who wait for it. */
export async function finishAnalysis(tx: Transaction, finished: Finished): Promise<void> {
  const { digest, links, documents, details } = finished;
  await replaceFindings(tx, digest, links, documents);
  await tx`update images set revision = revision + 1 where digest = ${digest}`;
  await recordImageEvent(tx, {
    type: 'user.image.analysis.completed',
    level: 'info',
    resource: digest,
    message: ['The analysis of ', ' is complete.'],
    details,
  });
  await tx`select pg_notify('tidewaiter', 'queue')`;
  await tx`select pg_notify('tidewaiter', 'verdicts')`;
  await tx`select pg_notify('tidewaiter', ${`image:${digest}`})`;
}
