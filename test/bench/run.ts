/**
 * How fast an analysis is, next to fetching, unzipping and hashing the same layers by hand.
 *
 *     npm run bench -- [REPOSITORY[:TAG]...]     all images of the corpus's registry unless named
 *
 * @module
 */
import process from 'node:process';
import { type BenchImage, findImage, listImages, runAnalyzer, runReference } from './images.ts';
import { type StandInCore, startStandInCore } from './stand-in-core.ts';
import { type Figures, type Pair, table } from './table.ts';

const RUNS = 3;

async function figuresOf(image: BenchImage, core: StandInCore): Promise<Figures> {
  // Unmeasured first: compiled programs and blobs are then in the system's caches for both.
  await runReference(image);
  const { report } = await runAnalyzer(image, core);
  const pairs: Pair[] = [];
  for (let turn = 0; turn < RUNS; turn += 1) {
    const analyzer = await runAnalyzer(image, core);
    pairs.push({ analyzer, reference: await runReference(image) });
  }
  const { layers } = image.resolved.manifest;
  const compressedBytes = layers.reduce((sum, { size }) => sum + size, 0);
  return { name: image.name, compressedBytes, report, pairs };
}

async function run(names: readonly string[]): Promise<void> {
  const core = await startStandInCore();
  const figures: Figures[] = [];
  try {
    for (const name of names) {
      process.stderr.write(`${name}\n`);
      figures.push(await figuresOf(await findImage(name), core));
    }
  } finally {
    core.close();
  }
  process.stdout.write(`${table(figures)}\n`);
}

try {
  const named = process.argv.slice(2);
  await run(named.length > 0 ? named : await listImages());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
