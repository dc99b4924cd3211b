/**
 * Makes plain JavaScript of the two programs, each with one for its second thread: core with late
 * imports and what both share as chunks, the analyzer as single files. Equal sources give equal bytes.
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

/** Sources that are started, from the root of the checkout, by the names of their files. */
type Entries = Readonly<Record<string, string>>;

const CORE: Entries = {
  core: 'core/main.ts',
  'background-thread': 'core/coordinators/background-thread.ts',
};
const ANALYZER: Entries = { analyzer: 'jobs/main.ts' };
const UNPACK_WORKER: Entries = { 'unpack-worker': 'jobs/layers/unpack-worker.ts' };

/** Bundles core into `core.js`, which starts a thread with `background-thread.js`. */
export async function bundleCore(root: string): Promise<Bundle> {
  return withThread(await bundle(root, CORE, true), 'core.js', 'background-thread');
}

/** Bundles the analyzer into `analyzer.js`, which starts a thread with `unpack-worker.js`. */
export async function bundleAnalyzer(root: string): Promise<Bundle> {
  const analyzer = await bundle(root, ANALYZER, false);
  const worker = await bundle(root, UNPACK_WORKER, false);
  const both = {
    files: new Map([...worker.files, ...analyzer.files]),
    sources: [...new Set([...analyzer.sources, ...worker.sources])],
  };
  return withThread(both, 'analyzer.js', 'unpack-worker');
}

/** Lets a program start its thread from the bundle: it names the source. */
function withThread({ files, sources }: Bundle, program: string, thread: string): Bundle {
  const text = new TextDecoder().decode(files.get(program));
  const [source, file] = [`./${thread}.ts`, `./${thread}.js`];
  if (text.split(source).length !== 2) {
    throw new ImagesError('bundle_failed', `${program} does not name ${source} once.`);
  }
  const mended = new TextEncoder().encode(text.replace(source, file));
  return { files: new Map([...files, [program, mended]]), sources };
}

/** Bundles programs; with chunks late imports stay late, and what programs share is there once. */
async function bundle(root: string, entries: Entries, chunks: boolean): Promise<Bundle> {
  const build = await rolldown({
    cwd: root,
    input: Object.fromEntries(
      Object.entries(entries).map(([name, source]) => [name, join(root, source)]),
    ),
    platform: 'node',
    onLog: (level, log) => {
      // What cannot be resolved would only fail when it is started.
      if (level === 'warn') {
        throw new ImagesError('bundle_failed', `${Object.values(entries)[0]}: ${log.message}`);
      }
    },
  });
  try {
    const { output } = await build.generate({
      format: 'esm',
      minify: true,
      sourcemap: false,
      codeSplitting: chunks,
      entryFileNames: '[name].js',
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
