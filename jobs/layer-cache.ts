/**
 * Layers that others have read before: asked of core, so that a base of many images is read by two
 * of them. Whatever goes wrong here costs time and nothing else: the layer is read.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { digestOf } from 'oci-client';
import { CATALOGERS } from './catalogers/index.ts';
import { Finding } from './catalogers/finding.ts';
import { FileMatch, LARGEST_UNPACKED_DOCUMENT, type Task } from './contract/index.ts';
import type { CoreClient } from './core-client.ts';
import { AnalysisError } from './errors.ts';
import {
  type Budget,
  decodeLayer,
  DOCUMENT_VERSION,
  encodeLayer,
  type LayerContent,
} from './layers/index.ts';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

type Layer = LayerContent<readonly Finding[], FileMatch>;

/** What is known of one layer before it is read. */
export type KnownLayer =
  | { readonly content: Layer }
  | {
    readonly content?: undefined;
    /** To be called when the layer was read, before another one is asked for. */
    readonly tell?: ((content: Layer) => Promise<void>) | undefined;
  };

/** The layers of one image, as core knows them. */
export interface LayerCache {
  /**
   * Asks for a layer by the digest of its blob.
   *
   * @param below what the layers below have shown, where that decides how this one is read
   * @throws AnalysisError `task_superseded`
   */
  ask(digest: string, budget: Budget, below: readonly string[]): Promise<KnownLayer>;
}

/** All that a layer's document depends on besides the layer. */
export function analyzersKey(
  { limits, inspections }: Pick<Task, 'limits' | 'inspections'>,
  below: readonly string[],
): string {
  const { fileBytes, heldBytes } = limits;
  const analyzers = CATALOGERS.map(({ name, version }) => [name, version]);
  const all = JSON.stringify([
    DOCUMENT_VERSION,
    fileBytes,
    heldBytes,
    inspections,
    analyzers,
    below.toSorted(),
  ]);
  return createHash('sha256').update(all).digest('hex');
}

/** What fails is as good as not known; only a Job that was replaced has to hear of it. */
async function orUndefined<T>(what: Promise<T>): Promise<T | undefined> {
  try {
    return await what;
  } catch (error) {
    if (error instanceof AnalysisError && error.code === 'task_superseded') throw error;
    return undefined;
  }
}

/** The cache that core keeps. */
export function layerCache(core: CoreClient, task: Task): LayerCache {
  async function tell(digest: string, analyzers: string, content: Layer): Promise<void> {
    const bytes = encodeLayer(content);
    if (bytes.length > LARGEST_UNPACKED_DOCUMENT) return;
    if (await core.tellLayer(digest, analyzers, digestOf(bytes))) {
      await core.sendLayer(digest, analyzers, await compress(bytes, { level: 3 }));
    }
  }

  /** A document that is not what it is said to be is none. */
  async function read(body: Uint8Array, document: string, budget: Budget): Promise<Layer> {
    const bytes = await decompress(body, { maxOutputLength: LARGEST_UNPACKED_DOCUMENT });
    if (digestOf(bytes) !== document) throw new Error('the document is another one');
    return decodeLayer(bytes, budget, { found: Finding.array(), match: FileMatch });
  }

  return {
    async ask(digest, budget, below) {
      const analyzers = analyzersKey(task, below);
      const answer = await orUndefined(core.askLayer(digest, analyzers));
      if (answer === undefined) return {};
      if ('told' in answer) {
        if (!answer.told) return {};
        return {
          tell: async (content) => void await orUndefined(tell(digest, analyzers, content)),
        };
      }
      const giveBack = budget.mark();
      try {
        return { content: await read(answer.body, answer.document, budget) };
      } catch {
        // Also a budget that is exceeded: reading the layer says so with its name.
        giveBack();
        return {};
      }
    },
  };
}
