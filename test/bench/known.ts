/**
 * What layers cost that others have read before: an image is read whole, and then again with all but
 * a small last layer known, or with all of them where the last one is not small.
 *
 *     npm run bench:known -- [REPOSITORY[:TAG]...]     images of several layers
 *
 * @module
 */
import process from 'node:process';
import { gunzipSync, gzipSync } from 'node:zlib';
import { analyze } from '../../jobs/analyze.ts';
import { Finding } from '../../jobs/catalogers/finding.ts';
import { FileMatch } from '../../jobs/contract/index.ts';
import type { LayerCache } from '../../jobs/layer-cache.ts';
import { decodeLayer, encodeLayer } from '../../jobs/layers/index.ts';
import { type BenchImage, findImage, openRepository, taskOf } from './images.ts';
import { markdown, median } from './table.ts';

const RUNS = 3;
/** Bytes of a layer that costs next to nothing. */
const SMALL = 1_000_000;
const IMAGES = ['debian-node', 'debian-java', 'debian-python'];

/** Documents as core keeps them, by the digests of their layers. */
type Documents = Map<string, Buffer>;

/** A cache that knows what it holds of an image and is told the rest. */
function cacheOver(documents: Documents): LayerCache {
  return {
    ask: (digest, budget) => {
      const document = documents.get(digest);
      if (document === undefined) {
        return Promise.resolve({
          tell: (content) => {
            documents.set(digest, gzipSync(encodeLayer(content), { level: 3 }));
            return Promise.resolve();
          },
        });
      }
      const parts = { found: Finding.array(), match: FileMatch };
      return Promise.resolve({ content: decodeLayer(gunzipSync(document), budget, parts) });
    },
  };
}

/** Seconds from the task to the tree of all layers. */
async function secondsOf(image: BenchImage, cache?: LayerCache): Promise<number> {
  const source = openRepository(image.repository);
  const start = performance.now();
  try {
    await analyze(taskOf(image), source, { onProgress: () => {}, cache });
    return (performance.now() - start) / 1000;
  } finally {
    await source.close();
  }
}

async function rowOf(name: string): Promise<string[]> {
  const image = await findImage(name);
  const { layers } = image.resolved.manifest;
  const documents: Documents = new Map();
  await secondsOf(image, cacheOver(documents));
  const bytes = [...documents.values()].reduce((sum, { length }) => sum + length, 0);
  const runs: { readonly whole: number; readonly known: number }[] = [];
  for (let turn = 0; turn < RUNS; turn += 1) {
    const whole = await secondsOf(image);
    const last = layers.at(-1);
    if (last !== undefined && last.size < SMALL) documents.delete(last.digest);
    runs.push({ whole, known: await secondsOf(image, cacheOver(documents)) });
  }
  const middle = (of: (run: (typeof runs)[number]) => number) => median(runs.map(of)).toFixed(2);
  return [
    name,
    String(layers.length),
    (bytes / 1e6).toFixed(1),
    middle(({ whole }) => whole),
    middle(({ known }) => known),
    middle(({ whole, known }) => known / whole),
  ];
}

try {
  const named = process.argv.slice(2);
  const rows: string[][] = [];
  for (const name of named.length > 0 ? named : IMAGES) rows.push(await rowOf(name));
  const head = ['image', 'layers', 'documents, MB', 'read, s', 'known, s', 'ratio'];
  process.stdout.write(`${markdown(head, rows)}\n`);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
