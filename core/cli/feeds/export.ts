/**
 * `npm run feeds -- export`: all feeds of a core into one file, which is signed here.
 *
 * @module
 */
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { messageOf, TidewaiterError } from '../../errors.ts';
import { signedArchiveOf } from '../../feeds/bundle/export.ts';
import { fingerprintOf, signManifest } from '../../feeds/bundle/keys.ts';
import { titleOf } from '../../feeds/bundle/manifest.ts';
import { openBundle } from '../../feeds/bundle/reader.ts';
import { humanBytes } from '../judge.ts';
import type { FeedsApi } from './api.ts';
import { privateKeyAt } from './keys.ts';
import { counted, type Say } from './words.ts';

export interface ExportRequest {
  readonly file: string;
  /** File of the private key; undefined for no signature. */
  readonly key: string | undefined;
  readonly sources: readonly string[];
}

/**
 * Writes a bundle. The file is there when it is whole, in the place of an older one.
 *
 * @throws TidewaiterError what the core says, `key_not_found`, `invalid_key`,
 * `feed_bundle_malformed`, `feed_bundle_not_written`
 */
export async function exportFeeds(
  api: FeedsApi,
  { file, key: keyFile, sources }: ExportRequest,
  say: Say,
): Promise<void> {
  const key = keyFile === undefined ? undefined : await privateKeyAt(keyFile);
  const bundle = await openBundle(await api.exportBundle(sources));
  const signature = key && signManifest(bundle.manifestBytes, key);
  const partial = `${file}.partial`;
  try {
    await pipeline(
      Readable.from(signedArchiveOf(bundle, signature)),
      createGzip(),
      createWriteStream(partial),
    );
    await rename(partial, file);
  } catch (error) {
    await bundle.close();
    await rm(partial, { force: true });
    throw error instanceof TidewaiterError ? error : new TidewaiterError(
      'feed_bundle_not_written',
      500,
      `The bundle of feeds cannot be written to ${file} (${messageOf(error)}): name another file.`,
      { cause: error },
    );
  }
  const { groups } = bundle.manifest;
  for (const group of groups) {
    const records = counted(group.records, 'record');
    say(`  ${titleOf(group)}: ${records}, generation ${group.generation}`);
  }
  const records = counted(groups.reduce((sum, group) => sum + group.records, 0), 'record');
  const size = humanBytes((await stat(file)).size);
  say(`${file}: ${counted(groups.length, 'group')}, ${records}, ${size}`);
  say(
    key === undefined
      ? 'WARNING: it is NOT SIGNED. Whoever can change it decides what is known of vulnerabilities.'
      : `signed with the key ${fingerprintOf(key)}`,
  );
}
