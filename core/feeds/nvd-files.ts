/**
 * Files of the National Vulnerability Database: one for each year, and what is told of each.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { contentOf, malformed, textOf } from './bytes.ts';
import { instantOf } from './dates.ts';
import type { FeedFile, FeedFiles } from './format.ts';

const META_LIMIT = 64 * 1024;

/** What a `.meta` file tells of the file beside it. */
export interface NvdMeta {
  /** Of the content without compression, lower-case hex. */
  readonly sha256: string | undefined;
  /** RFC 3339. */
  readonly modified: string | undefined;
}

/** Paths of a year's file, or of the one with what was modified lately. */
export function nvdPaths(part: string): readonly [document: string, meta: string] {
  return [`nvdcve-2.0-${part}.json.gz`, `nvdcve-2.0-${part}.meta`];
}

/** What is told of a file; nothing where there is no such file. */
export async function metaOf(part: string, files: FeedFiles): Promise<NvdMeta | undefined> {
  const file = await files.open(nvdPaths(part)[1]);
  if (file === undefined) return undefined;
  const told = new Map(
    (await textOf(file, META_LIMIT)).split('\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
  );
  const sha256 = told.get('sha256')?.toLowerCase();
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256)) {
    throw malformed(file, 'its sha256 is none');
  }
  return { sha256, modified: instantOf(told.get('lastModifiedDate')) };
}

/**
 * The content of a file; fails behind its end where it is not what its `.meta` tells.
 *
 * @throws TidewaiterError `feed_malformed`
 */
export async function* checkedContent(
  file: FeedFile,
  meta: NvdMeta | undefined,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of contentOf(file)) {
    hash.update(chunk);
    yield chunk;
  }
  if (meta?.sha256 !== undefined && hash.digest('hex') !== meta.sha256) {
    throw malformed(
      file,
      'its sha256 is not the one in its .meta, it may have been replaced since',
    );
  }
}
