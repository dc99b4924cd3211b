/**
 * Feeds written by tests, read by their formats.
 *
 * @module
 */
import { codeOf } from '../../../core/errors.ts';
import type { FeedFiles, FeedFormat } from '../../../core/feeds/format.ts';
import { type Random, randomOf } from '../../jobs/fuzz/random.ts';
import { type Contents, folderWith, readAll } from '../../support/feed-folders.ts';

export {
  fileWith as single,
  folderWith as listed,
  pathWith as folderWith,
  readAll as read,
} from '../../support/feed-folders.ts';

/** These files as a source that nobody can list, with a record of what was asked for. */
export function unlisted(contents: Contents): FeedFiles & { readonly asked: readonly string[] } {
  const files = folderWith(contents);
  const asked: string[] = [];
  return {
    asked,
    single: undefined,
    open: (path) => {
      asked.push(path);
      return files.open(path);
    },
    list: () => Promise.resolve(undefined),
  };
}

const FUZZ_CASES = 150;
const CASE_LIMIT_MS = 2000;

/**
 * Reads hostile files. Each has to end in time, in records with keys of their own and notes, or in
 * `feed_malformed`.
 *
 * @returns how the cases ended, by the code, and how many records came out of all
 */
export async function fuzz(
  format: FeedFormat,
  make: (random: Random) => FeedFiles,
): Promise<ReadonlyMap<string, number>> {
  const ends = new Map<string, number>();
  for (let seed = 1; seed <= FUZZ_CASES; seed++) {
    const files = make(randomOf(seed));
    const start = performance.now();
    let end = 'read';
    try {
      const { records } = await readAll(format, files);
      if (new Set(records.map(({ key }) => key)).size !== records.length) end = 'same keys';
      if (!isClean(records)) end = `seed ${seed} has records that are not clean`;
    } catch (error) {
      end = codeOf(error, `seed ${seed}: ${String(error)}`);
    }
    if (performance.now() - start > CASE_LIMIT_MS) end = `seed ${seed} takes too long`;
    ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  return ends;
}

/** Whether a database takes all of its texts: no control characters, no half characters. */
function isClean(value: unknown): boolean {
  if (typeof value === 'string') {
    return value.isWellFormed() && !/[\x00-\x08\x0b-\x1f\x7f]/.test(value);
  }
  return typeof value !== 'object' || value === null || Object.values(value).every(isClean);
}
