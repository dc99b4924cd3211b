/**
 * What a layer costs that others have read before: three images of three repositories that share all
 * but a small last layer, one after the other through a whole core.
 *
 *     npm run bench:known
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { composeImage, type TarEntry } from 'oci-client/compose';
import { startTestCore, submitImage, untilAnalysed } from '../support/core.ts';
import { startRegistry } from '../support/registry.ts';
import { markdown, median } from './table.ts';

const ROUNDS = 3;
const IMAGES = ['first', 'second', 'third'];

/** Files and bytes of a shared layer that does not compress. */
const LAYERS: readonly (readonly [files: number, bytes: number])[] = [
  [2_000, 400_000_000],
  [40_000, 400_000_000],
];

function baseOf(files: number, bytes: number): readonly TarEntry[] {
  const noise = randomBytes(Math.ceil(bytes / files));
  return Array.from({ length: files }, (_, index) => {
    const content = Buffer.from(noise);
    content.writeUInt32LE(index);
    return { path: `srv/${index % 100}/${index}`, content };
  });
}

/** Seconds from the submission of each of the images to its end. */
async function round(files: number, bytes: number): Promise<readonly number[]> {
  const registry = await startRegistry();
  const core = await startTestCore({ embedded: true });
  const seconds: number[] = [];
  try {
    const base = baseOf(files, bytes);
    for (const name of IMAGES) {
      const own = { path: 'app/name', content: name };
      registry.push(`${name}/app`, '1', composeImage({ layers: [[...base], [own]] }));
      const start = performance.now();
      const { imageDigest } = await submitImage(core, `${registry.host}/${name}/app:1`);
      await untilAnalysed(core, imageDigest, 300_000);
      seconds.push((performance.now() - start) / 1000);
    }
    return seconds;
  } finally {
    await core.stop();
    await registry.close();
  }
}

const rows: string[][] = [];
for (const [files, bytes] of LAYERS) {
  const rounds: (readonly number[])[] = [];
  for (let turn = 0; turn < ROUNDS; turn += 1) rounds.push(await round(files, bytes));
  const middle = (of: (seconds: readonly number[]) => number) => median(rounds.map(of)).toFixed(2);
  rows.push([
    `${files} files, ${bytes / 1e6} MB`,
    ...IMAGES.map((_, index) => middle((seconds) => seconds[index] ?? Number.NaN)),
    middle(([first = Number.NaN, , third = Number.NaN]) => third / first),
  ]);
}
process.stdout.write(
  `${markdown(['shared layer', ...IMAGES.map((name) => `${name}, s`), 'third to first'], rows)}\n`,
);
process.exit(0);
