/**
 * The rows of a result: what was found, and what became of it.
 *
 * @module
 */
import type { ResultDocument } from '../policy/index.ts';

/** Places in a row of the result, as its header names them. */
export const CELL = {
  triggerId: 2,
  gate: 3,
  trigger: 4,
  message: 5,
  action: 6,
  whitelisted: 7,
  policyId: 8,
} as const;

/** The rows of a result. */
export function rowsOf(result: ResultDocument): readonly (readonly unknown[])[] {
  const inner = result.result[result.image_id] as
    | { result?: { rows?: readonly (readonly unknown[])[] } }
    | undefined;
  return inner?.result?.rows ?? [];
}
