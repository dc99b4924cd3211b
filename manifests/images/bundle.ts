/**
 * Makes plain JavaScript of the two programs: core with its late imports as chunks, the analyzer as
 * a single file and one for its second thread. Equal sources give equal bytes.
 *
 * @module
 */
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { ImagesError } from './errors.ts';

/** A program as JavaScript. */
export interface Bundle {
  /** Bytes of each file, by its path below the folder of the program. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Paths of the sources that are in it. */
  readonly sources: readonly string[];
}

interface Program {
  /** From the root of the checkout. */
  readonly entry: string;
  /** Name of the file that is started. */
  readonly file: string;
  /** Whether late imports stay late, as files of their own. */
  readonly chunks: boolean;
}

const CORE: Program = { entry: 'core/main.ts', file: 'core.js', chunks: true };
const ANALYZER: Program = { entry: 'jobs/main.ts', file: 'analyzer.js', chunks: false };
const UNPACK_WORKER: Program = {
  entry: 'jobs/layers/unpack-worker.ts',
  file: 'unpack-worker.js',
  chunks: false,
};
/** The text by which the analyzer names the source of its second thread, and that for the bundle. */
const WORKER_SOURCE = './unpack-worker.ts';
const WORKER_FILE = `./${UNPACK_WORKER.file}`;

/** Bundles core; the file to start is `core.js`. */
export function bundleCore(root: string): Promise<Bundle> {
  return bundle(root, CORE);
}

/** Bundles the analyzer into `analyzer.js`, which starts a thread with `unpack-worker.js`. */
export async function bundleAnalyzer(root: string): Promise<Bundle> {
  const analyzer = await bundle(root, ANALYZER);
  const worker = await bundle(root, UNPACK_WORKER);
  const text = new TextDecoder().decode(analyzer.files.get(ANALYZER.file));
  if (text.split(WORKER_SOURCE).length !== 2) {
    throw new ImagesError(
      'bundle_failed',
      `${ANALYZER.entry} does not name ${WORKER_SOURCE} once.`,
    );
  }
  const program = new TextEncoder().encode(text.replace(WORKER_SOURCE, WORKER_FILE));
  return {
    files: new Map([...worker.files, [ANALYZER.file, program]]),
    sources: [...new Set([...analyzer.sources, ...worker.sources])],
  };
}

async function bundle(root: string, { entry, file, chunks }: Program): Promise<Bundle> {
  const build = await rolldown({
    cwd: root,
    input: join(root, entry),
    platform: 'node',
    onLog: (level, log) => {
      // What cannot be resolved would only fail when it is started.
      if (level === 'warn') throw new ImagesError('bundle_failed', `${entry}: ${log.message}`);
    },
  });
  try {
    const { output } = await build.generate({
      format: 'esm',
      minify: true,
      sourcemap: false,
      codeSplitting: chunks,
      entryFileNames: file,
      chunkFileNames: 'chunks/[name]-[hash].js',
    });
    const files = output.map((part): readonly [string, Uint8Array] => [
      part.fileName,
      Buffer.from(part.type === 'chunk' ? part.code : part.source),
    ]);
    const sources = output.flatMap((part) => part.type === 'chunk' ? part.moduleIds : []);
    return { files: new Map(files), sources };
  } finally {
    await build.close();
  }
}
