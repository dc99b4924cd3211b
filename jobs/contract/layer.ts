/**
 * What a Job and core say to each other about layers that others have read before:
 *
 *     GET  /tasks/{id}/layers/{digest}?analyzers=KEY          the document as gzip, or 404 with `told`
 *     POST /tasks/{id}/layers/{digest}/witness?analyzers=KEY  its hash, by whoever has read the layer
 *     PUT  /tasks/{id}/layers/{digest}?analyzers=KEY          the document as gzip, if it is wanted
 *
 * @module
 */
import { z } from 'zod';

/** Hash of everything that a layer's document depends on besides the layer. */
export const AnalyzersKey = z.string().regex(/^[0-9a-f]{64}$/);

/** A layer that nobody has told of, or too few. */
export const UnknownLayer = z.object({
  code: z.literal('layer_unknown'),
  /** Whether the Job may tell of it: only of the first one it reads. */
  told: z.boolean(),
});
export type UnknownLayer = z.infer<typeof UnknownLayer>;

/** SHA-256 of the document, uncompressed. */
export const LayerWitness = z.object({ document: z.string().regex(/^sha256:[0-9a-f]{64}$/) });
export type LayerWitness = z.infer<typeof LayerWitness>;

/** Whether core wants the document itself. */
export const WitnessAnswer = z.object({ wanted: z.boolean() });
export type WitnessAnswer = z.infer<typeof WitnessAnswer>;

/** Header with the hash of a document that core hands out. */
export const DOCUMENT_HEADER = 'x-tidewaiter-document';

/** Bytes of a document, compressed and not: a layer that needs more is read each time. */
export const LARGEST_DOCUMENT = 32 * 1024 * 1024;
export const LARGEST_UNPACKED_DOCUMENT = 256 * 1024 * 1024;
