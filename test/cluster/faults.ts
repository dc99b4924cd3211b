/**
 * What the suites of faults share: how often each falls, and the chance in it, of which every turn
 * of every kind has its own. So a seed tells the moment also of a turn that runs alone.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import process from 'node:process';
import { seeded } from '../support/kills.ts';

export const TIMES = Number(process.env['TIDEWAITER_LONG_FAULTS'] ?? 1);
export const SEED = Number(process.env['TIDEWAITER_LONG_SEED'] ?? 20261127);
export const TURNS = Array.from({ length: TIMES }, (_, turn) => turn + 1);

/** Numbers in [0, 1) of one turn of one kind of fault. */
export function chance(kind: string, turn: number): () => number {
  const hash = createHash('sha256').update(`${SEED} ${kind} ${turn}`).digest();
  return seeded(hash.readUInt32LE());
}
