/**
 * Inventories of software without the software: bills of materials of other tools and of this one,
 * and lists of package URLs, read for matching them against what is known of vulnerabilities.
 *
 * @module
 */
import { z } from 'zod';
import { readCycloneDx } from './cyclonedx.ts';
import { parsedJson } from './json.ts';
import { invalid, tooLarge, unsupported } from './problems.ts';
import { isPurlList, readPurls } from './purls.ts';
import { readSpdx } from './spdx.ts';
import type { Inventory, NoteUnreadable } from './types.ts';

export { packageOf } from './inventory.ts';
export { parsePurl, type Purl, type PurlProblem } from './purl.ts';
export type { Inventory, InventoryPackage, NoteUnreadable, Told, ToldSource } from './types.ts';

/** Bytes of an inventory; where they list the files of an image, too, they have some tens of MiB. */
export const LARGEST_INVENTORY = 64 * 1024 * 1024;

/** Signs in which a document of another format is told. */
const HEAD_LENGTH = 4096;

/** What shows which kind of document an object is. */
const Kind = z.object({
  bomFormat: z.string().optional().catch(undefined),
  spdxVersion: z.unknown().optional(),
  '@context': z.unknown().optional(),
});

/**
 * Reads an inventory, whatever its format, which its content tells.
 *
 * @param name what errors call it: the name of its file
 * @param note is told of each entry that is left out
 * @throws TidewaiterError `inventory_invalid`, `inventory_unsupported`
 */
export function readInventory(bytes: Uint8Array, name: string, note: NoteUnreadable): Inventory {
  if (bytes.length > LARGEST_INVENTORY) {
    throw tooLarge(name, `${LARGEST_INVENTORY} bytes`);
  }
  const text = textOf(bytes);
  const head = text.trimStart().slice(0, HEAD_LENGTH);
  if (head === '') throw invalid(name, 'it is empty');
  if (head.startsWith('{') || head.startsWith('[')) return readDocument(text, name, note);
  if (head.startsWith('<')) {
    throw unsupported(name, /cyclonedx/i.test(head) ? 'CycloneDX as XML' : 'XML');
  }
  if (/^SPDXVersion:/m.test(head)) throw unsupported(name, 'SPDX as tags and values');
  if (!isPurlList(text)) throw unsupported(name, 'in no format that is known');
  return readPurls(text, name, note);
}

function readDocument(text: string, name: string, note: NoteUnreadable): Inventory {
  const document = parsedJson(text, name);
  const kind = Kind.safeParse(document).data;
  if (kind?.bomFormat?.toLowerCase() === 'cyclonedx') return readCycloneDx(document, name, note);
  if (kind?.spdxVersion !== undefined) return readSpdx(document, name, note);
  const isSpdx3 = [kind?.['@context']].flat().some((part) =>
    typeof part === 'string' && part.includes('spdx.org/rdf/3')
  );
  throw unsupported(name, isSpdx3 ? 'SPDX 3' : 'JSON that is neither CycloneDX nor SPDX');
}

/** UTF-8, or what a byte order mark says: some shells write texts as UTF-16. */
function textOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding = first === 0xff && second === 0xfe
    ? 'utf-16le'
    : first === 0xfe && second === 0xff
    ? 'utf-16be'
    : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}
