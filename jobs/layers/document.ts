/**
 * A layer that was read, as bytes: the same layer makes the same bytes in every Job whose catalogers
 * are the same, so that one Job's reading can be compared with another's and stand for it.
 *
 * The bytes are JSON, in columns, because that is read several times faster than a record for each
 * file. Paths have one character for each byte.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { z } from 'zod';
import type { Budget } from './budget.ts';
import {
  DIGEST_LENGTHS,
  FURTHER_ALGORITHMS,
  type FurtherAlgorithm,
  type FurtherDigests,
} from './digests.ts';
import type { Kept, LayerEntry } from './files.ts';
import type { LayerContent } from './layer.ts';
import type { EntryType } from './tar.ts';

/** Counts with the catalogers' own: another form, and other files that inspectors want, are another document. */
export const DOCUMENT_VERSION = 3;

const DIGEST_BYTES = 32;

/** Types of entries, by the letters that stand for them. */
const TYPES: Readonly<Record<string, EntryType>> = {
  f: 'file',
  d: 'directory',
  l: 'symlink',
  h: 'hardlink',
  c: 'character',
  b: 'block',
  p: 'fifo',
};
const LETTERS: ReadonlyMap<EntryType, string> = new Map(
  Object.entries(TYPES).map(([letter, type]) => [type, letter]),
);

const Paths = z.array(z.string());
const Counts = z.array(z.int().nonnegative());
const Problems = z.array(z.object({ path: z.string(), reason: z.string() }));

const LayerDocument = z.object({
  version: z.literal(DOCUMENT_VERSION),
  diffId: z.templateLiteral(['sha256:', z.string().regex(/^[0-9a-f]{64}$/)]),
  size: z.int().nonnegative(),
  paths: Paths,
  /** One letter for each entry. */
  types: z.string().regex(/^[fdlhcbp]*$/),
  modes: Counts,
  uids: z.array(z.int()),
  gids: z.array(z.int()),
  sizes: Counts,
  /** Number of an entry, and its link. */
  links: z.array(z.tuple([z.int().nonnegative(), z.string()])),
  /** Digests of the files, in order, as base64. */
  digests: z.base64(),
  /** One digit for each file: the sum of `FURTHER_BITS` of the algorithms it has further digests in. */
  further: z.string().regex(/^[0-3]*$/),
  /** Those digests, in order, as base64. */
  furtherDigests: z.base64(),
  whiteouts: Paths,
  opaque: Paths,
  /** What is held, each once. */
  held: z.array(z.union([z.object({ content: z.base64() }), z.object({ found: z.unknown() })])),
  /** The names of what is held, each with its number there. */
  kept: z.array(z.tuple([z.string(), z.int().nonnegative()])),
  matches: z.array(z.tuple([z.string(), z.array(z.unknown())])),
  unreadable: Problems,
  dropped: Problems,
});

const FURTHER_BITS: Readonly<Record<FurtherAlgorithm, number>> = { md5: 1, sha1: 2 };
type LayerDocument = z.infer<typeof LayerDocument>;

/** A layer as bytes. What was found in files, also by the search, must be JSON. */
export function encodeLayer<F, M>(layer: LayerContent<F, M>): Buffer {
  const { entries } = layer;
  const files = entries.filter(({ type }) => type === 'file');
  const further = files.flatMap(({ digests = {} }) =>
    FURTHER_ALGORITHMS.map((name) => digests[name] ?? '')
  );
  const digests = entries.flatMap(({ sha256 }) => sha256 ?? []);
  const held = new Map<Kept<F>, number>();
  const kept = Array.from(layer.kept, ([path, what]): [string, number] => {
    const place = held.get(what) ?? held.size;
    held.set(what, place);
    return [path, place];
  });
  const document: LayerDocument = {
    version: DOCUMENT_VERSION,
    diffId: layer.diffId as LayerDocument['diffId'],
    size: layer.size,
    paths: entries.map(({ path }) => path),
    types: entries.map(({ type }) => LETTERS.get(type) ?? '').join(''),
    modes: entries.map(({ mode }) => mode),
    uids: entries.map(({ uid }) => uid),
    gids: entries.map(({ gid }) => gid),
    sizes: entries.map(({ size }) => size),
    links: entries.flatMap(({ link }, index) => link === undefined ? [] : [[index, link]]),
    digests: Buffer.from(digests.join(''), 'hex').toString('base64'),
    further: files.map(({ digests }) => furtherDigit(digests)).join(''),
    furtherDigests: Buffer.from(further.join(''), 'hex').toString('base64'),
    whiteouts: [...layer.whiteouts],
    opaque: [...layer.opaque],
    held: Array.from(
      held.keys(),
      ({ content, found }) =>
        content === undefined ? { found } : { content: content.toString('base64') },
    ),
    kept,
    matches: Array.from(layer.matches, ([path, matches]) => [path, [...matches]]),
    unreadable: [...layer.unreadable],
    dropped: [...layer.dropped],
  };
  return Buffer.from(JSON.stringify(document));
}

function furtherDigit(digests: FurtherDigests = {}): number {
  return FURTHER_ALGORITHMS.reduce(
    (sum, name) => digests[name] === undefined ? sum : sum + FURTHER_BITS[name],
    0,
  );
}

/** Bytes that are no layer's document. */
export class LayerDocumentError extends Error {
  override readonly name = 'LayerDocumentError';
  readonly code = 'layer_document_malformed';
}

/**
 * The layer that bytes tell of, whose digest the caller has checked. It takes of the budget what
 * reading the layer itself would.
 *
 * @param schemas of what was found in a file, and of one match of the search
 * @throws LayerDocumentError, LayerError `image_limit_exceeded`
 */
export function decodeLayer<F, M>(
  bytes: Buffer,
  budget: Budget,
  schemas: { readonly found: z.ZodType<F>; readonly match: z.ZodType<M> },
): LayerContent<F, M> {
  const document = parse(bytes);
  budget.takeBytes(document.size);
  const entries = entriesOf(document);
  for (const { path, link } of entries) {
    budget.takeEntry(path.length + (link === undefined ? 0 : link.length));
  }
  const held = document.held.map((what): Kept<F> => {
    if ('content' in what) {
      const content = Buffer.from(what.content, 'base64');
      budget.takeHeld(content.length);
      return { content };
    }
    budget.takeHeld(String(JSON.stringify(what.found)).length);
    return { found: parsed(schemas.found, what.found) };
  });
  const matches = document.matches.map(([path, list]): [string, readonly M[]] => [
    path,
    list.map((match) => parsed(schemas.match, match)),
  ]);
  const kept = document.kept.map(([path, place]): [string, Kept<F>] => {
    const what = held[place];
    if (what === undefined) throw new LayerDocumentError('a name of what is held has nothing');
    return [path, what];
  });
  const { diffId, size, whiteouts, opaque, unreadable, dropped } = document;
  return {
    diffId,
    size,
    entries,
    whiteouts: new Set(whiteouts),
    opaque: new Set(opaque),
    kept: new Map(kept),
    matches: new Map(matches),
    unreadable,
    dropped,
  };
}

function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new LayerDocumentError(`what was found is nothing: ${result.error.message}`);
}

function parse(bytes: Buffer): LayerDocument {
  try {
    return LayerDocument.parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    throw new LayerDocumentError('the document of a layer does not fit its schema', {
      cause: error,
    });
  }
}

function entriesOf(document: LayerDocument): LayerEntry[] {
  const { paths, types, modes, uids, gids, sizes } = document;
  const columns = [types, modes, uids, gids, sizes];
  if (columns.some(({ length }) => length !== paths.length)) {
    throw new LayerDocumentError('its columns are not of one length');
  }
  const links = new Map(document.links);
  const digests = Buffer.from(document.digests, 'base64');
  const further = furtherOf(document);
  let digest = 0;
  const entries = paths.map((path, index): LayerEntry => {
    const type = TYPES[types[index] ?? ''] ?? 'file';
    const start = digest;
    if (type === 'file') digest += DIGEST_BYTES;
    return {
      path,
      type,
      mode: modes[index] ?? 0,
      uid: uids[index] ?? 0,
      gid: gids[index] ?? 0,
      size: sizes[index] ?? 0,
      sha256: type === 'file' ? digests.toString('hex', start, digest) : undefined,
      digests: type === 'file' ? further[start / DIGEST_BYTES] : undefined,
      link: links.get(index),
    };
  });
  if (digest === digests.length && further.length * DIGEST_BYTES === digest) return entries;
  throw new LayerDocumentError('it has not one digest for each file');
}

/** Further digests of each file; undefined where it has none. */
function furtherOf({ further, furtherDigests }: LayerDocument): (FurtherDigests | undefined)[] {
  const digests = Buffer.from(furtherDigests, 'base64');
  let end = 0;
  const found = Array.from(further, (digit): FurtherDigests | undefined => {
    if (digit === '0') return undefined;
    const names = FURTHER_ALGORITHMS.filter((name) => (Number(digit) & FURTHER_BITS[name]) !== 0);
    return Object.fromEntries(names.map((name) => {
      const start = end;
      end += DIGEST_LENGTHS[name];
      return [name, digests.toString('hex', start, end)];
    }));
  });
  if (end === digests.length) return found;
  throw new LayerDocumentError('it has not one digest for each that it says');
}
