/**
 * Reads a bundle: a tar archive of a manifest, its signature, and a file of records for each group,
 * in this order. Nothing of it is believed before its hash was seen to be that of the manifest.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { messageOf, TidewaiterError } from '../../errors.ts';
import type { FeedRecord } from '../../vulnerabilities/advisory.ts';
import { contentOf, magicOf } from '../bytes.ts';
import type { FeedFile } from '../format.ts';
import { reasonOf } from '../osv-schema.ts';
import { type ManifestSignature, readSignature } from './keys.ts';
import {
  LARGEST_MANIFEST,
  LARGEST_SIGNATURE,
  LONGEST_LINE,
  malformedBundle,
  MOST_CONTENT,
} from './limits.ts';
import {
  type BundledGroup,
  type FeedManifest,
  MANIFEST,
  readManifest,
  SIGNATURE,
  titleOf,
} from './manifest.ts';
import { BundledRecord } from './record-schema.ts';
import { type TarMember, tarMembers } from './tar.ts';

/** Records compress well, but not by more than that. */
const MOST_EXPANSION = 200;
const UNMEASURED_EXPANSION = 256 * 1024 ** 2;
const COMPRESSED = ['1f8b', '28b52ffd'];
const NEWLINE = 10;

/** A group of a bundle that is read. */
export interface ReadGroup {
  readonly group: BundledGroup;
  /**
   * Its bytes, once.
   *
   * @throws TidewaiterError `feed_bundle_malformed` after the last of them where they are not those
   * of the manifest
   */
  content(): AsyncGenerator<Uint8Array>;
}

/** A bundle whose manifest was read. */
export interface OpenBundle {
  readonly manifest: FeedManifest;
  /** As it is in the bundle: what is signed. */
  readonly manifestBytes: Buffer;
  readonly signature: ManifestSignature | undefined;
  /** The groups in the order of the manifest, once; the end of the bundle is checked, too. */
  groups(): AsyncGenerator<ReadGroup>;
  close(): Promise<void>;
}

async function wholeOf(member: TarMember, limit: number): Promise<Buffer> {
  if (member.size > limit) throw malformedBundle(`${member.name} has more than ${limit} bytes`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of member.content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* checked(group: BundledGroup, member: TarMember): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of member.content) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== group.sha256) {
    throw malformedBundle(`the hash of ${titleOf(group)} is not that of the manifest`);
  }
}

function requireMember(member: TarMember | undefined, name: string, size?: number): TarMember {
  if (member === undefined) throw malformedBundle(`it ends before ${name}`);
  if (member.name !== name) throw malformedBundle(`${name} is not where it should be`);
  if (size !== undefined && member.size !== size) {
    throw malformedBundle(`${name} is not as long as the manifest says`);
  }
  return member;
}

async function* groupsOf(
  { groups }: FeedManifest,
  first: TarMember | undefined,
  members: AsyncGenerator<TarMember>,
): AsyncGenerator<ReadGroup> {
  let member = first;
  try {
    for (const group of groups) {
      const found = requireMember(member, group.file, group.bytes);
      yield { group, content: () => checked(group, found) };
      member = (await members.next()).value;
    }
    if (member !== undefined) throw malformedBundle('it has more files than its manifest');
  } finally {
    await members.return(undefined);
  }
}

/**
 * Opens a bundle that comes without compression.
 *
 * @throws TidewaiterError `feed_bundle_malformed`, `feed_bundle_version`
 */
export async function openBundle(source: AsyncIterable<Uint8Array>): Promise<OpenBundle> {
  const members = tarMembers(source);
  const next = async (): Promise<TarMember | undefined> => (await members.next()).value;
  const close = async (): Promise<void> => void await members.return(undefined);
  try {
    const manifestBytes = await wholeOf(requireMember(await next(), MANIFEST), LARGEST_MANIFEST);
    const manifest = readManifest(manifestBytes);
    let member = await next();
    let signature: ManifestSignature | undefined;
    if (member?.name === SIGNATURE) {
      signature = readSignature(await wholeOf(member, LARGEST_SIGNATURE));
      member = await next();
    }
    const groups = () => groupsOf(manifest, member, members);
    return { manifest, manifestBytes, signature, groups, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The content of a bundle on disk, within bounds. */
async function* unpacked(file: FeedFile): AsyncGenerator<Uint8Array> {
  const magic = await magicOf(file);
  const isCompressed = COMPRESSED.some((start) => magic.startsWith(start));
  const isTar = magic === Buffer.from(MANIFEST).toString('hex', 0, 6);
  if (!isCompressed && !isTar) throw malformedBundle('it is no bundle of feeds');
  const most = Math.min(MOST_CONTENT, UNMEASURED_EXPANSION + MOST_EXPANSION * file.size);
  let size = 0;
  try {
    for await (const chunk of contentOf(file)) {
      size += chunk.length;
      if (size > most) throw malformedBundle(`more than ${most} bytes are in it`);
      yield chunk;
    }
  } catch (error) {
    const isRead = error instanceof TidewaiterError && error.code !== 'feed_malformed';
    if (isRead) throw error;
    throw malformedBundle(`it is damaged (${messageOf(causeOf(error))})`, error);
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}

/**
 * Opens a bundle on disk: compressed with gzip or zstd, or not at all.
 *
 * @throws TidewaiterError `feed_bundle_malformed`, `feed_bundle_version`
 */
export async function openBundleFile(file: FeedFile): Promise<OpenBundle> {
  return await openBundle(unpacked(file));
}

/**
 * Reads all of a bundle on disk and checks that it is whole, by all of its hashes.
 *
 * @returns it without its groups
 * @throws TidewaiterError `feed_bundle_malformed`, `feed_bundle_version`
 */
export async function checkBundleFile(file: FeedFile): Promise<Omit<OpenBundle, 'groups'>> {
  const bundle = await openBundleFile(file);
  for await (const { content } of bundle.groups()) for await (const _ of content());
  return bundle;
}

/** Lines, without their ends. The last must have one, too. */
async function* linesOf(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let begun: Uint8Array[] = [];
  let length = 0;
  const add = (piece: Uint8Array) => {
    length += piece.length;
    if (length > LONGEST_LINE) {
      throw malformedBundle(`a record has more than ${LONGEST_LINE} bytes`);
    }
    begun.push(piece);
  };
  for await (const chunk of content) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, end));
      yield Buffer.concat(begun);
      begun = [];
      length = 0;
      start = end + 1;
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
  if (length > 0) throw malformedBundle('its last record is cut off');
}

/**
 * The records of a group, each of which fits its schema.
 *
 * @throws TidewaiterError `feed_bundle_malformed`
 */
export async function* recordsOf({ group, content }: ReadGroup): AsyncGenerator<FeedRecord> {
  let count = 0;
  const wrong = (reason: string, cause?: unknown) =>
    malformedBundle(`record ${count} of ${titleOf(group)} is wrong (${reason})`, cause);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for await (const line of linesOf(content())) {
    count += 1;
    let document: unknown;
    try {
      document = JSON.parse(decoder.decode(line));
    } catch (error) {
      throw wrong('it is not JSON', error);
    }
    const read = BundledRecord.safeParse(document);
    if (!read.success) throw wrong(reasonOf(read.error), read.error);
    yield read.data;
  }
  if (count !== group.records) {
    throw malformedBundle(`${titleOf(group)} has ${count} records and not ${group.records}`);
  }
}
