/**
 * The manifest of a bundle, its first file: which groups are in it, and the hash of each.
 *
 * @module
 */
import { z } from 'zod';
import { messageOf, TidewaiterError } from '../../errors.ts';
import { reasonOf } from '../osv-schema.ts';
import { LARGEST_GROUP, malformedBundle, MOST_CONTENT, MOST_GROUPS } from './limits.ts';

export const FORMAT = 'tidewaiter-feeds';
export const VERSION = 1;
export const MANIFEST = 'manifest.json';
export const SIGNATURE = 'manifest.sig';

const name = z.string().regex(/^\P{C}{1,300}$/u);
const count = z.int().min(0).max(1e9);
const time = z.iso.datetime();

const BundledGroup = z.strictObject({
  source: name,
  name,
  /** Name of the format that the source is in. */
  format: name,
  /** Of the core that the bundle is of. */
  generation: count.min(1),
  records: count,
  /** Time of the newest record, where records tell one. */
  newest: time.nullable(),
  /** When the records were had from their source, however many bundles ago. */
  loaded_at: time,
  /** Records of the source that could not be read. */
  unreadable: count,
  /** Its file in the bundle. */
  file: z.string(),
  bytes: z.int().min(0).max(LARGEST_GROUP),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
/** What a manifest says of one group. */
export type BundledGroup = Readonly<z.infer<typeof BundledGroup>>;

const FeedManifest = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  created_at: time,
  /** Version of the core that the bundle is of. */
  core_version: name,
  groups: z.array(BundledGroup).min(1).max(MOST_GROUPS).readonly(),
});
export type FeedManifest = Readonly<z.infer<typeof FeedManifest>>;

const Head = z.looseObject({ format: z.literal(FORMAT), version: z.int() });

/** The name of the file with the group at a place in the manifest. */
export function groupFile(at: number): string {
  return `groups/${String(at + 1).padStart(4, '0')}.ndjson`;
}

/** How a person is told of a group. */
export function titleOf({ source, name }: Pick<BundledGroup, 'source' | 'name'>): string {
  return source === name ? source : `${source} ${name}`;
}

/** The bytes of a manifest, which are what is signed. */
export function writeManifest(manifest: FeedManifest): Buffer {
  return Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw malformedBundle(`${MANIFEST} is not JSON (${messageOf(error)})`, error);
  }
}

/** What a schema cannot say: files as they are numbered, no group twice, and not too much. */
function problemOf({ groups }: FeedManifest): string | undefined {
  if (groups.some(({ file }, at) => file !== groupFile(at))) return 'its files are misnamed';
  const titles = new Set(groups.map((group) => JSON.stringify([group.source, group.name])));
  if (titles.size !== groups.length) return 'it has a group twice';
  const bytes = groups.reduce((sum, group) => sum + group.bytes, 0);
  return bytes > MOST_CONTENT ? `it has more than ${MOST_CONTENT} bytes` : undefined;
}

/**
 * Reads a manifest.
 *
 * @throws TidewaiterError `feed_bundle_malformed`, `feed_bundle_version`
 */
export function readManifest(bytes: Uint8Array): FeedManifest {
  const document = parse(bytes);
  const head = Head.safeParse(document);
  if (!head.success) throw malformedBundle('it is no bundle of feeds', head.error);
  const { version } = head.data;
  if (version !== VERSION) {
    throw new TidewaiterError(
      'feed_bundle_version',
      400,
      `The bundle of feeds has version ${version}, and this Tidewaiter reads version ${VERSION}: ` +
        'bring the older of the two up to date.',
    );
  }
  const read = FeedManifest.safeParse(document);
  if (!read.success) {
    throw malformedBundle(`${MANIFEST} is wrong (${reasonOf(read.error)})`, read.error);
  }
  const problem = problemOf(read.data);
  if (problem !== undefined) throw malformedBundle(`${MANIFEST} is wrong (${problem})`);
  return read.data;
}
