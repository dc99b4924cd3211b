/**
 * What a Job is asked to do: core writes it, the Job reads it at `GET /tasks/{id}`.
 *
 * @module
 */
import { z } from 'zod';
import { SearchSettings } from './search.ts';
import { clean } from './text.ts';

/** A content digest, `sha256:` and 64 hex digits (or `sha512:` and 128). */
export const Digest = z.templateLiteral([
  z.enum(['sha256', 'sha512']),
  ':',
  z.string().regex(/^([0-9a-f]{64}|[0-9a-f]{128})$/),
]);
export type Digest = z.infer<typeof Digest>;

export const Platform = z.object({
  os: z.string().min(1),
  architecture: z.string().min(1),
  variant: z.string().optional(),
});
export type Platform = z.infer<typeof Platform>;

/** Bounds of one analysis; exceeding one ends it with `image_limit_exceeded`. */
export const Limits = z.object({
  /** Uncompressed bytes of all layers together. */
  uncompressedBytes: z.number().int().positive(),
  /** Tar entries of all layers together. */
  entries: z.number().int().positive(),
  /** Bytes of one file that a cataloger asked for; larger ones are recorded as unreadable. */
  fileBytes: z.number().int().positive(),
  /** Bytes of all that is held of one layer for catalogers: files, and what was found in others. */
  heldBytes: z.number().int().positive(),
});
export type Limits = z.infer<typeof Limits>;

/** Where the image is read from. */
export const TaskSource = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('registry'),
    /** Scheme, host and port, for instance `https://registry.example:5000`. */
    origin: z.url(),
    repository: z.string().min(1),
    /** Value of the `Authorization` header for the origin; read the task again when it has expired. */
    authorization: z.string().optional(),
    /** The only hosts that may be asked, each with the addresses core found for it and allowed. */
    hosts: z.record(z.string(), z.array(z.string())),
    /** Whether the origin is core itself: then the Job's own token is shown. */
    viaCore: z.boolean(),
    /** PEM of an own certificate authority. */
    ca: z.string().optional(),
  }),
  z.object({
    /** An OCI layout in a folder, a tar archive of one, or what `docker save` writes. */
    kind: z.enum(['layout', 'oci-archive', 'docker-archive']),
    path: z.string().min(1),
  }),
]);
export type TaskSource = z.infer<typeof TaskSource>;

/** What is looked for in files besides packages. */
export const Inspections = z.object({
  secrets: SearchSettings,
  content: SearchSettings,
  /** Files whose content is told. */
  retrieved: z.object({
    /** Absolute. */
    paths: z.array(z.string()).readonly(),
    /** Bytes; larger ones are not told. */
    maxFileSize: z.int().nonnegative(),
  }),
  /** Whether files are compared with what package databases record of them. */
  verification: z.boolean(),
  /** Whether the image's own hints add packages. */
  hints: z.boolean(),
});
export type Inspections = z.infer<typeof Inspections>;

export const Task = z.object({
  id: z.string().min(1),
  attempt: z.number().int().positive(),
  image: z.object({
    /** For messages. */
    reference: z.string(),
    digest: Digest,
    platform: Platform,
  }),
  source: TaskSource,
  limits: Limits,
  inspections: Inspections,
});
export type Task = z.infer<typeof Task>;

/** How far an analysis is: sent by the Job at `POST /tasks/{id}/progress`, each half second at most. */
export const Progress = z.object({
  phase: z.enum(['starting', 'reading', 'reporting']),
  /** Compressed bytes read so far, of all layers. */
  bytes: z.number().int().nonnegative(),
  totalBytes: z.number().int().nonnegative(),
  /** Layers finished so far. */
  layers: z.number().int().nonnegative(),
  totalLayers: z.number().int().nonnegative(),
});
export type Progress = z.infer<typeof Progress>;

/** Why a Job could not do its task: sent at `POST /tasks/{id}/failure`. */
export const Failure = z.object({
  /** A code of `oci-client` or of the analysis, for instance `digest_mismatch`. */
  code: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/),
  /** One sentence. */
  message: z.string().min(1).max(2000).transform(clean),
  /** Whether another attempt can end otherwise. */
  temporary: z.boolean(),
  /** Seconds after which the registry wants to be asked again, if it said so. */
  retryAfter: z.number().nonnegative().max(86_400).optional(),
});
export type Failure = z.infer<typeof Failure>;
