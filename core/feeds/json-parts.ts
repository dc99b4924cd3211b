/**
 * Parts of one huge JSON document, one after the other, without holding the whole.
 *
 * @module
 */
import { contentOf, malformed } from './bytes.ts';
import type { FeedFile } from './format.ts';
import { type JsonPart, JsonWalker, type WalkerOptions } from './json-walker.ts';

export { EACH, type JsonPart, type Place } from './json-walker.ts';

const PART_LIMIT = 32 * 1024 * 1024;

export interface JsonPartsOptions extends Pick<WalkerOptions, 'places' | 'note'> {
  /** Bytes of one part; larger ones are noted and passed over. 32 MiB if not given. */
  readonly limit?: number;
  /** The file's bytes where somebody else looks at them too. */
  readonly content?: AsyncIterable<Uint8Array>;
}

/**
 * The parts of a document at some places, in the order of the document: `[[EACH, EACH]]` for all
 * members two levels below the top, `[['count'], ['items', EACH]]` for one member and the elements
 * of another, which then has to be there. A name that comes twice is met twice.
 *
 * Memory is bounded by one part, time is linear.
 *
 * @throws TidewaiterError `feed_malformed` where the document is no JSON, ends early, goes on after
 * its end or lacks a member that was to be gone into
 */
export async function* jsonParts(
  file: FeedFile,
  { places, note, limit = PART_LIMIT, content = contentOf(file) }: JsonPartsOptions,
): AsyncGenerator<JsonPart> {
  const walker = new JsonWalker({ places, limit, note });
  for await (const chunk of content) {
    // Not around the yield: what a reader throws is not this document's fault.
    const parts = walker.push(chunk);
    for (let next = step(file, parts); next !== undefined; next = step(file, parts)) yield next;
  }
  orMalformed(file, () => walker.end());
}

function step(file: FeedFile, parts: Generator<JsonPart>): JsonPart | undefined {
  return orMalformed(file, () => {
    const { done, value } = parts.next();
    return done === true ? undefined : value;
  });
}

function orMalformed<T>(file: FeedFile, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof SyntaxError ? malformed(file, error.message, error) : error;
  }
}
