/**
 * How long products live: endoflife.date's lists of cycles, one file for each product
 * (https://endoflife.date/docs/api/).
 *
 * @module
 */
import { z } from 'zod';
import type { Lifecycle } from '../vulnerabilities/advisory.ts';
import { malformed } from './bytes.ts';
import { dayOf } from './dates.ts';
import { PRODUCTS } from './end-of-life-products.ts';
import type { FeedFile, FeedFiles, FeedFormat, NoteUnreadable } from './format.ts';
import { EACH, jsonParts } from './json-parts.ts';
import { listedFiles } from './listing.ts';
import { isWord, lineOf } from './text.ts';
import { wholeFile } from './whole.ts';

const ENDING = /\.json(?:\.gz|\.zst)?$/;
/** Of the names of all products, and of other things that are none. */
const NO_PRODUCTS: ReadonlySet<string> = new Set(['all', 'index']);
/** Folders where the products may lie, below the one that is given. */
const FOLDERS: readonly string[] = ['', 'api/'];

/** The names are those of the API, behind them those of the data that it is made of. */
const Cycle = z.object({
  cycle: z.union([z.string().trim(), z.number().transform(String)]).refine(isWord),
  codename: z.unknown().optional(),
  releaseDate: z.unknown().optional(),
  eol: z.unknown().optional(),
  extendedSupport: z.unknown().optional(),
  eoes: z.unknown().optional(),
  latest: z.unknown().optional(),
});

/** A folder of products, or one of them, all of it one group. */
export const endOfLife: FeedFormat = {
  name: 'endoflife',
  url: 'https://endoflife.date/api',
  groups: () => Promise.resolve(['endoflife']),
  watched: (_group, { single }) =>
    single === undefined ? PRODUCTS.map((product) => `${product}.json`) : [single.name],
  async *read(_group, files, note) {
    const keys = new Set<string>();
    let isEmpty = true;
    for await (const file of documentsOf(files)) {
      isEmpty = false;
      yield* wholeFile(file, keys, note, (noteOwn) => cyclesIn(file, noteOwn));
    }
    if (isEmpty) throw malformed({ name: 'PRODUCT.json' }, 'there is none');
  },
};

async function* documentsOf(files: FeedFiles): AsyncGenerator<FeedFile> {
  if (files.single !== undefined) return yield files.single;
  const listed = (await listedFiles(files))?.filter((path) =>
    ENDING.test(path) && !NO_PRODUCTS.has(productOf(path))
  );
  if (listed !== undefined) return yield* those(files, listed);
  for (const folder of FOLDERS) {
    let isHere = false;
    for await (const file of those(files, PRODUCTS.map((name) => `${folder}${name}.json`))) {
      isHere = true;
      yield file;
    }
    if (isHere) return;
  }
}

async function* those(files: FeedFiles, paths: readonly string[]): AsyncGenerator<FeedFile> {
  for (const path of paths) {
    const file = await files.open(path);
    if (file !== undefined) yield file;
  }
}

function productOf(path: string): string {
  return (path.split('/').at(-1) ?? '').replace(ENDING, '').toLowerCase();
}

async function* cyclesIn(file: FeedFile, note: NoteUnreadable): AsyncGenerator<Lifecycle> {
  const product = productOf(file.name);
  for await (const { path, value } of jsonParts(file, { places: [[EACH]], note })) {
    const found = Cycle.safeParse(value);
    if (!found.success) {
      note(`${product}/${lineOf(path[0], 50) ?? ''}`, 'it is no cycle with a name');
      continue;
    }
    const { cycle, codename, releaseDate, eol, extendedSupport, eoes, latest } = found.data;
    yield {
      kind: 'lifecycle',
      key: `${product}/${cycle}`,
      product,
      cycle,
      codename: lineOf(codename),
      released: dayOf(releaseDate),
      ends: endOf(eol),
      extendedEnds: endOf(extendedSupport) ?? endOf(eoes),
      latest: lineOf(latest),
    };
  }
}

/** A day, or whether it has ended on one that nobody tells; undefined for all else. */
function endOf(value: unknown): string | boolean | undefined {
  return typeof value === 'boolean' ? value : dayOf(value);
}
