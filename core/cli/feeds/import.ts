/**
 * `npm run feeds -- import`: a bundle is checked here, with the keys that are trusted, and then sent.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { messageOf, TidewaiterError } from '../../errors.ts';
import { checkSignature } from '../../feeds/bundle/keys.ts';
import { LARGEST_BUNDLE, malformedBundle } from '../../feeds/bundle/limits.ts';
import { titleOf } from '../../feeds/bundle/manifest.ts';
import { checkBundleFile } from '../../feeds/bundle/reader.ts';
import type { FeedFile } from '../../feeds/format.ts';
import type { FeedsApi, Imported } from './api.ts';
import { publicKeysAt } from './keys.ts';
import { counted, type Say } from './words.ts';

export interface ImportRequest {
  readonly file: string;
  /** Files of public keys; undefined to believe anybody. */
  readonly trust: readonly string[] | undefined;
  readonly allowOlder: boolean;
  readonly allowSmaller: boolean;
}

async function bundleAt(path: string): Promise<FeedFile> {
  let found;
  try {
    found = await stat(path);
  } catch (error) {
    throw new TidewaiterError(
      'feed_bundle_not_found',
      404,
      `The bundle of feeds ${path} cannot be read (${messageOf(error)}): name the file of one.`,
      { cause: error },
    );
  }
  if (!found.isFile()) throw malformedBundle(`${path} is no file`);
  if (found.size > LARGEST_BUNDLE) {
    throw malformedBundle(`${path} has more than ${LARGEST_BUNDLE} bytes`);
  }
  return { path, name: basename(path), size: found.size };
}

const OUTCOMES: Readonly<Record<Imported['outcome'], (group: Imported) => string>> = {
  loaded: ({ records, changed, removed }) =>
    `loaded, ${counted(records, 'record')}, ${changed} new or changed, ${removed} gone`,
  unchanged: ({ records }) => `unchanged, ${counted(records, 'record')}`,
  refused: ({ message }) => `REFUSED: ${message ?? ''}`,
  failed: ({ message }) => `FAILED: ${message ?? ''}`,
};

/**
 * Imports a bundle; true if every group of it is in the core now.
 *
 * @throws TidewaiterError what the core says, `feed_bundle_…`, `key_not_found`, `invalid_key`
 */
export async function importFeeds(
  api: FeedsApi,
  { file: path, trust, allowOlder, allowSmaller }: ImportRequest,
  say: Say,
): Promise<boolean> {
  const trusted = trust && await publicKeysAt(trust);
  const file = await bundleAt(path);
  const { manifest, manifestBytes, signature } = await checkBundleFile(file);
  const key = trusted && checkSignature(manifestBytes, signature, trusted);
  say(`${path}: ${counted(manifest.groups.length, 'group')}, exported ${manifest.created_at}`);
  say(
    key === undefined
      ? 'WARNING: its signature was NOT CHECKED. Whoever made it decides what is known of vulnerabilities.'
      : `signed with the key ${key}, which is trusted`,
  );
  // A refusal that comes while all that is sent would be lost.
  await api.call('GET', '/status');
  const counts = { loaded: 0, unchanged: 0, refused: 0, failed: 0 };
  const groups = api.importBundle({
    content: createReadStream(path),
    size: file.size,
    manifest: `sha256:${createHash('sha256').update(manifestBytes).digest('hex')}`,
    allowOlder,
    allowSmaller,
  });
  for await (const group of groups) {
    counts[group.outcome] += 1;
    say(`  ${titleOf(group)}: ${OUTCOMES[group.outcome](group)}`);
  }
  const { loaded, unchanged, refused, failed } = counts;
  say(`${loaded} loaded, ${unchanged} unchanged, ${refused} refused, ${failed} failed`);
  return refused + failed === 0;
}
