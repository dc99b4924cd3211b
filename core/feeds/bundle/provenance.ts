/**
 * Where the records of a group come from if a bundle has brought them: kept among the validators of
 * the group, so that a loading from its source forgets it.
 *
 * @module
 */
import type { Json } from '../../database/connection.ts';
import type { FeedGroup } from '../../vulnerabilities/store/groups.ts';
import { Validators } from '../source.ts';
import type { BundledGroup } from './manifest.ts';

/** The key of a validator that is of no file. */
const KEY = 'tidewaiter-feeds';

export interface Provenance {
  /** When the records were had from their source; null where none were. */
  readonly loadedAt: Date | null;
  /** Of the bundle's file; undefined where the records are of no bundle. */
  readonly sha256: string | undefined;
}

/** What is kept with the records of a bundle. A clock that is ahead must not outdo later bundles. */
export function validatorsOf({ loaded_at, sha256 }: BundledGroup): Json {
  const time = Math.min(Date.parse(loaded_at), Date.now());
  return { [KEY]: { modified: new Date(time).toISOString(), sha256 } };
}

/** Where what a group has now comes from. */
export function provenanceOf(
  { validators, loadedAt }: Pick<FeedGroup, 'validators' | 'loadedAt'>,
): Provenance {
  const read = Validators.safeParse(validators);
  const kept = read.success && Object.hasOwn(read.data, KEY) ? read.data[KEY] : undefined;
  const time = new Date(kept?.modified ?? Number.NaN);
  if (Number.isNaN(time.getTime())) return { loadedAt, sha256: undefined };
  return { loadedAt: time, sha256: kept?.sha256 };
}
