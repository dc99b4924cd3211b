/**
 * One recorded file, and what is in its place.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Verification } from '../../contract/index.ts';
import { displayPath, type SquashedEntry, type SquashedTree } from '../../layers/index.ts';
import type { Places } from '../../places.ts';
import type { LinkMeaning, RecordedFile } from './records.ts';

/** Bounds of the contract. */
const LONGEST_NAME = 1024;
const LONGEST_TEXT = 65_536;

/**
 * What a comparison says: nothing where file and record agree, `undigested` where only a digest
 * could tell that the analysis did not make, `unknown` where nobody here makes such digests.
 */
export type Outcome = Verification | 'undigested' | 'unknown' | undefined;

/** Compares digest, size and mode, as far as they are recorded. */
export function compare(
  record: RecordedFile,
  tree: SquashedTree<unknown, unknown>,
  places: Places,
  links: LinkMeaning,
): Outcome {
  const entry = entryOf(record.path, tree, places, links);
  if (entry === undefined) {
    return record.mayBeMissing === true ? undefined : difference(record);
  }
  const { algorithm, size, mode } = record;
  const isLink = entry.type === 'symlink' && links === 'hashed';
  if (!isLink && entry.type !== 'file') return difference(record, entry);
  const digest = isLink ? digestOfTarget(entry, algorithm) : digestOf(entry, algorithm);
  const isSame = record.isContentFree === true || digest === undefined || digest === record.digest;
  const isAlike = isLink ||
    ((size === undefined || size === entry.size) &&
      (mode === undefined || mode === (entry.mode & 0o7777)));
  if (!isSame || !isAlike) return difference(record, entry, digest);
  if (digest !== undefined || record.isContentFree === true) return undefined;
  return algorithm === 'md5' || algorithm === 'sha1' ? 'undigested' : 'unknown';
}

function entryOf(
  recorded: string,
  tree: SquashedTree<unknown, unknown>,
  places: Places,
  links: LinkMeaning,
): SquashedEntry | undefined {
  const path = places.resolve(recorded);
  if (path === undefined) return undefined;
  const entry = tree.entryAt(path);
  return entry?.type === 'symlink' && links === 'followed' ? tree.get(path) : entry;
}

function digestOf({ sha256, digests }: SquashedEntry, algorithm: string): string | undefined {
  if (algorithm === 'sha256') return sha256;
  return algorithm === 'md5' || algorithm === 'sha1' ? digests?.[algorithm] : undefined;
}

function digestOfTarget({ link = '' }: SquashedEntry, algorithm: string): string {
  return createHash(algorithm).update(Buffer.from(link, 'latin1')).digest('hex');
}

function difference(record: RecordedFile, entry?: SquashedEntry, digest?: string): Verification {
  const { algorithm, digest: recorded, mode, size, uid, gid, user, group } = record;
  return {
    package: record.package.slice(0, LONGEST_NAME),
    path: `/${displayPath(record.path)}`,
    state: entry === undefined ? 'missing' : 'changed',
    isConfiguration: record.isConfiguration,
    recorded: { algorithm, digest: recorded, mode, size, uid, gid, user, group },
    ...(entry === undefined ? {} : { found: foundOf(entry, digest) }),
  };
}

function foundOf(entry: SquashedEntry, digest: string | undefined): Verification['found'] {
  const { type, mode, uid, gid, size, link } = entry;
  return {
    type,
    mode: mode & 0o7777,
    uid,
    gid,
    size,
    link: link === undefined ? undefined : displayPath(link).slice(0, LONGEST_TEXT),
    digest,
  };
}
