/**
 * Layers that were read before, as Jobs ask for them and tell of them (`jobs/contract/layer.ts`).
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Context, Hono } from 'hono';
import {
  AnalyzersKey,
  Digest,
  DOCUMENT_HEADER,
  LARGEST_DOCUMENT,
  LARGEST_UNPACKED_DOCUMENT,
  LayerWitness,
  type UnknownLayer,
  type WitnessAnswer,
} from '../../jobs/contract/index.ts';
import { notFound, problemAnswer } from '../answers.ts';
import type { Config } from '../config/load.ts';
import type { Sql } from '../database/connection.ts';
import { TidewaiterError } from '../errors.ts';
import {
  findLayer,
  keepLayer,
  type LayerKey,
  noteRead,
  noteWitness,
  type Witness,
} from '../queue/layers.ts';
import { partlyRead } from './body.ts';
import type { CurrentTask, TaskEnv } from './identity.ts';
import { imageManifest } from './manifest.ts';

interface LayerServices {
  readonly config: Config;
  readonly sql: Sql;
}

const PATH = '/tasks/:task/layers/:digest';

/** The key that a Job asks with; undefined for what is none. */
function keyOf(c: Context): LayerKey | undefined {
  const layer = Digest.safeParse(c.req.param('digest'));
  const analyzers = AnalyzersKey.safeParse(c.req.query('analyzers'));
  if (!layer.success || !analyzers.success) return undefined;
  return { layer: layer.data, analyzers: analyzers.data };
}

/** A folder is nobody's repository: what is read from it speaks for no one. */
function witnessOf({ digest, attempt, source }: CurrentTask): Witness | undefined {
  if (source.kind !== 'registry') return undefined;
  return { image: digest, attempt, repository: `${source.registry}/${source.repository}` };
}

/** Whether a layer is one of the image: a Job asks for no others. */
async function isOfImage(sql: Sql, image: string, layer: string): Promise<boolean> {
  const manifest = await imageManifest(sql, image);
  return manifest?.layers.some(({ digest }) => digest === layer) === true;
}

function malformed(what: string): TidewaiterError {
  return new TidewaiterError('layer_document_malformed', 400, `The document ${what}.`);
}

/**
 * A compressed document, with the hash of what is in it.
 *
 * @throws TidewaiterError `layer_document_malformed` (400)
 */
async function readDocument(
  body: ReadableStream<Uint8Array>,
): Promise<{ document: string; body: Buffer }> {
  const sent = partlyRead(body);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of sent) {
    bytes += part.length;
    if (bytes > LARGEST_DOCUMENT) {
      await sent.drain();
      throw malformed('is too large');
    }
    parts.push(part);
  }
  const packed = Buffer.concat(parts);
  const hash = createHash('sha256');
  let unpacked = 0;
  try {
    await pipeline(Readable.from([packed]), createGunzip(), async (chunks) => {
      for await (const chunk of chunks as AsyncIterable<Buffer>) {
        unpacked += chunk.length;
        if (unpacked > LARGEST_UNPACKED_DOCUMENT) throw new Error('too much is in it');
        hash.update(chunk);
      }
    });
  } catch {
    throw malformed('cannot be unpacked');
  }
  return { document: `sha256:${hash.digest('hex')}`, body: packed };
}

/** Adds the routes of layers to those of Jobs. */
export function layerRoutes(app: Hono<TaskEnv>, { sql, config }: LayerServices): void {
  app.get(PATH, async (c) => {
    const { digest: image } = c.get('task');
    const key = keyOf(c);
    if (key === undefined || !await isOfImage(sql, image, key.layer)) return notFound(c);
    const found = config.layer_cache ? await findLayer(sql, key) : undefined;
    if (found !== undefined) {
      return c.body(new Uint8Array(found.body), 200, {
        'content-type': 'application/gzip',
        [DOCUMENT_HEADER]: found.document,
      });
    }
    const witness = config.layer_cache ? witnessOf(c.get('task')) : undefined;
    const told = witness !== undefined && await noteRead(sql, witness, key.layer);
    return c.json({ code: 'layer_unknown', told } satisfies UnknownLayer, 404);
  });
  app.post(`${PATH}/witness`, async (c) => {
    const key = keyOf(c);
    const witness = witnessOf(c.get('task'));
    const told = LayerWitness.safeParse(await c.req.json().catch(() => undefined));
    if (!told.success) return problemAnswer(c, told.error);
    if (key === undefined || witness === undefined) return notFound(c);
    const wanted = await noteWitness(sql, witness, key, told.data.document);
    return c.json({ wanted } satisfies WitnessAnswer);
  });
  app.put(PATH, async (c) => {
    const key = keyOf(c);
    const { body } = c.req.raw;
    if (key === undefined || body === null) return notFound(c);
    await keepLayer(sql, key, await readDocument(body));
    return c.body(null, 204);
  });
}
