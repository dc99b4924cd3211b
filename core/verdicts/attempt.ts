/**
 * Verdicts that are made ahead: one that cannot be made does not hold up the others.
 *
 * @module
 */
import { isConnectionFailure } from '../database/connection.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';

/** Whether the verdict on an image was made; what failed is logged, unless the database is away. */
export async function attempt(
  log: Log,
  image: string,
  make: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await make();
    return true;
  } catch (error) {
    if (isConnectionFailure(error)) throw error;
    log.warn('a verdict cannot be made', { image, error: messageOf(error) });
    return false;
  }
}
