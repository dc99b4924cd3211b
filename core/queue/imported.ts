/**
 * Analyses that an account has brought from elsewhere. Nobody can tell whether they are true, so one
 * counts in its own account alone. As a digest has one analysis for all accounts, it is there only as
 * long as no other account has the image: whoever adds it, by whichever way, removes the import (a
 * trigger on `images`) and has the image analysed; a Job's report takes its place (a trigger on
 * `analyses`); and no import is taken for a digest that a Job has analysed or another account has.
 *
 * @module
 */
import type { Transaction } from '../database/connection.ts';

/** First key of the locks on digests that are imported. */
const IMPORTS = 8228_016;

/**
 * Has whoever adds an image of a digest wait for the end of the transaction, in which the account's
 * own image is there already; who was before is seen then.
 */
export async function lockImport(tx: Transaction, digest: string): Promise<void> {
  // Two who import the same would wait for each other below: each holds the manifest by its image.
  await tx`select from manifests where digest = ${digest} for update`;
}

/** Has those who import the same digest come one after the other: before anything else is locked. */
export async function takeTurn(tx: Transaction, digest: string): Promise<void> {
  await tx`select pg_advisory_xact_lock(${IMPORTS}, hashtext(${digest}))`;
}
