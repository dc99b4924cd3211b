/**
 * What catalogers of executables are beyond ordinary ones: which files they want shows in a file's
 * first bytes, not in its path.
 *
 * @module
 */
import { HEAD_BYTES, isExecutable } from '../formats/executables/index.ts';
import type { Cataloger } from './types.ts';

/** Finds packages inside programs and libraries. */
export interface ExecutableCataloger extends Cataloger {
  /**
   * Whether the cataloger wants a file's content, by its first `HEAD_BYTES`, whatever `wants` says
   * of its path.
   */
  recognizes(head: Buffer): boolean;
}

/** The `recognizes` of catalogers that look into every executable. */
export function recognizesExecutables(head: Buffer): boolean {
  return isExecutable(head.subarray(0, HEAD_BYTES));
}
