/**
 * The whole analysis of one image: its layers are streamed once, put on each other, and read by the
 * catalogers and inspectors. Nothing is unpacked.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Descriptor, type ImageSource, OciError, resolveImage } from 'oci-client';
import type { Finding } from './catalogers/finding.ts';
import { interestOf } from './catalogers/reading.ts';
import type { FileMatch, Progress, Task } from './contract/index.ts';
import {
  Budget,
  HELD,
  type Interest,
  type LayerContent,
  LayerError,
  readLayer,
  type ReadLayerOptions,
  squash,
  Unpackers,
} from './layers/index.ts';
import { AnalysisError } from './errors.ts';
import type { LayerCache } from './layer-cache.ts';
import { DISTRIBUTION_FILES } from './inspectors/distribution.ts';
import { tellsRepositories } from './inspectors/repositories.ts';
import { HINTS } from './inspectors/hints.ts';
import { type Inspector, inspectorOf } from './inspectors/inspections.ts';
import {
  digestChoice,
  EVERY_DIGEST,
  familiesOf,
  type Family,
  verify,
  wantsRecords,
} from './inspectors/verification/index.ts';
import type { AnalysedImage } from './report.ts';

/** Attempts to read one layer whose stream breaks. */
const LAYER_ATTEMPTS = 3;
/** Seconds: a registry that wants a longer pause is asked too early rather than never. */
const LONGEST_WAIT = 60;

const distributionFiles = new Set(DISTRIBUTION_FILES);

/** What analyzers want with a file. Paths have one character for each byte. */
function interests({ retrieved, verification, hints }: Inspector) {
  return (path: string): Interest<readonly Finding[]> | undefined => {
    const isHeld = distributionFiles.has(path) || tellsRepositories(path) || retrieved.has(path) ||
      (hints && path === HINTS) || (verification && wantsRecords(path));
    return isHeld ? HELD : interestOf(path);
  };
}

type Content = LayerContent<readonly Finding[], FileMatch>;
type ReadOptions = ReadLayerOptions<readonly Finding[], FileMatch>;

export interface AnalysisOptions {
  readonly onProgress: (progress: Progress) => void;
  /** Layers that need not be read; without it all are. */
  readonly cache?: LayerCache | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads an image: all of its layers that are not known, each checked against the configuration.
 *
 * @throws OciError, LayerError, AnalysisError
 */
export async function analyze(
  task: Task,
  source: ImageSource,
  options: AnalysisOptions,
): Promise<AnalysedImage> {
  const unpackers = new Unpackers(navigator.hardwareConcurrency);
  try {
    return await analyzeWith(unpackers, task, source, options);
  } finally {
    unpackers.close();
  }
}

async function analyzeWith(
  unpackers: Unpackers,
  task: Task,
  source: ImageSource,
  options: AnalysisOptions,
): Promise<AnalysedImage> {
  const { signal } = options;
  const image = await resolveImage(source, task.image.digest, task.image.platform, signal);
  if (image.digest !== task.image.digest) {
    throw new AnalysisError(
      'digest_mismatch',
      'The registry serves another image than was asked for.',
    );
  }
  const { layers } = image.manifest;
  const progress = tracker(layers, options.onProgress);
  const budget = new Budget(task.limits);
  const inspector = inspectorOf(task.inspections);
  const read = {
    interest: interests(inspector),
    search: inspector.search,
    hashFiles: true,
    budget,
    onBytes: progress.bytes,
    signal,
  };
  const contents: Content[] = [];
  const families = new Set<Family>();
  for (const [index, layer] of layers.entries()) {
    const known = await options.cache?.ask(layer.digest, budget, [...families]);
    const content = known?.content ??
      await readWithRetries(
        { source, layer, unpackers, progress },
        withDigests(read, inspector, families),
      );
    if (known?.content !== undefined) progress.bytes(layer.size);
    if (content.diffId !== image.config.diffIds[index]) {
      throw new AnalysisError(
        'diff_id_mismatch',
        `Layer ${index + 1} of ${layers.length} (${layer.digest}) is not what the image's ` +
          'configuration says: build and push the image again.',
      );
    }
    if (known?.content === undefined) await known?.tell?.(content);
    contents.push(content);
    if (inspector.verification) {
      for (const family of familiesOf(content.entries)) families.add(family);
    }
    progress.layerDone();
  }
  progress.reporting();
  const analysed = { image, inspector, contents, tree: squash(contents) };
  if (!inspector.verification) return analysed;
  const { lines, isUndigested } = verify(analysed.tree);
  if (!isUndigested) return { ...analysed, verification: lines };
  const again = { ...read, budget: new Budget(task.limits) };
  const from = { source, unpackers, progress: tracker(layers, options.onProgress) };
  return await readAgain(analysed, from, again);
}

/** A layer's choice of digests, where packages are verified. */
function withDigests(
  read: ReadOptions,
  { verification }: Inspector,
  below: ReadonlySet<Family>,
): ReadOptions {
  return verification ? { ...read, digests: () => digestChoice(below) } : read;
}

/**
 * Reads all layers with all digests: few images have databases of another kind than they seemed to,
 * and an attacker must not choose what is compared.
 */
async function readAgain(
  { image, inspector }: AnalysedImage,
  from: Omit<LayerSource, 'layer'>,
  read: ReadOptions,
): Promise<AnalysedImage> {
  const { progress } = from;
  const options = { ...read, digests: () => EVERY_DIGEST, onBytes: progress.bytes };
  const contents: Content[] = [];
  for (const layer of image.manifest.layers) {
    contents.push(await readWithRetries({ ...from, layer }, options));
    progress.layerDone();
  }
  progress.reporting();
  const tree = squash(contents);
  return { image, inspector, contents, tree, verification: verify(tree).lines };
}

/** Where a layer is read from, and who unpacks it. */
interface LayerSource {
  readonly source: ImageSource;
  readonly layer: Descriptor;
  readonly unpackers: Unpackers;
  readonly progress: Tracker;
}

async function readWithRetries(
  { source, layer, unpackers, progress }: LayerSource,
  options: ReadOptions,
): Promise<Content> {
  const unpacker = () => unpackers.open(layer.size);
  const { budget, signal } = options;
  for (let attempt = 1;; attempt += 1) {
    const uncount = progress.mark();
    const giveBack = budget.mark();
    const blob = source.blob(layer, { signal })[Symbol.asyncIterator]();
    try {
      return await readLayer(shared(blob), { ...options, unpacker });
    } catch (thrown) {
      const error = await verdictOfBlob(blob, thrown);
      const temporary = error instanceof OciError && error.temporary;
      if (!temporary || attempt >= LAYER_ATTEMPTS || signal?.aborted) throw error;
      uncount();
      giveBack();
      const seconds = Math.min(error.retryAfter ?? attempt, LONGEST_WAIT);
      await sleep(seconds * 1000, undefined, { signal });
    }
  }
}

/** The same stream for a reader that may give up early: what is left can then still be read. */
function shared(blob: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => ({ next: () => blob.next() }) };
}

/** A layer that cannot be read may just have been damaged on its way: then its digest says so. */
async function verdictOfBlob(blob: AsyncIterator<Uint8Array>, thrown: unknown): Promise<unknown> {
  const isContent = thrown instanceof LayerError && thrown.code !== 'image_limit_exceeded';
  try {
    if (!isContent) await blob.return?.();
    else while ((await blob.next()).done !== true);
    return thrown;
  } catch (error) {
    return isContent ? error : thrown;
  }
}

/** Counts what was read, and says so. */
interface Tracker {
  readonly bytes: (count: number) => void;
  /** Returns a function that forgets what was counted since. */
  readonly mark: () => () => void;
  readonly layerDone: () => void;
  readonly reporting: () => void;
}

function tracker(layers: readonly Descriptor[], say: (progress: Progress) => void): Tracker {
  const totalBytes = layers.reduce((sum, { size }) => sum + size, 0);
  let state: Progress = {
    phase: 'reading',
    bytes: 0,
    totalBytes,
    layers: 0,
    totalLayers: layers.length,
  };
  const change = (part: Partial<Progress>) => say(state = { ...state, ...part });
  change({});
  return {
    bytes: (count) => change({ bytes: state.bytes + count }),
    mark: () => {
      const { bytes } = state;
      return () => change({ bytes });
    },
    layerDone: () => change({ layers: state.layers + 1 }),
    reporting: () => change({ phase: 'reporting' }),
  };
}
