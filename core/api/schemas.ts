/**
 * The documents of the REST API, as its clients know them.
 *
 * @module
 */
import { z } from '@hono/zod-openapi';

/** ISO 8601 in UTC, without a fraction. */
export function timestamp(date: Date | string): string {
  return new Date(date).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Booleans of a query arrive in any case: `True`, `false`. */
export function queryBoolean(fallback: boolean) {
  return z.string().regex(/^(?:true|false)$/i, 'it is true or false').optional()
    .transform((text) => text === undefined ? fallback : /^true$/i.test(text))
    .openapi({ type: 'boolean', default: fallback });
}

/** A whole number of a query, in digits. */
export function queryInteger(least: number, most = Number.MAX_SAFE_INTEGER) {
  return z.string().regex(/^[0-9]{1,16}$/, 'it is a whole number').transform(Number)
    .pipe(z.int().min(least).max(most))
    .openapi({ type: 'integer', minimum: least, maximum: most });
}

export const ErrorBody = z.object({
  message: z.string(),
  httpcode: z.int(),
  code: z.string(),
  detail: z.looseObject({ error_codes: z.array(z.string()) }),
}).openapi('Error');

/** The answer to input that a schema refuses (RFC 9457), as the original gives it. */
export const Problem = z.object({
  detail: z.string(),
  status: z.literal(400),
  title: z.literal('Bad Request'),
  type: z.literal('about:blank'),
  message: z.string(),
  code: z.literal('invalid_request'),
}).openapi('Problem');

/** Headers of answers after which one may come again. */
export const retryAfter = z.object({
  'retry-after': z.string().openapi({ type: 'integer', description: 'Seconds' }),
});

/** Answers of routes that ask a registry. */
export const registryFailures = {
  502: {
    description: 'The registry cannot be reached, or answers oddly',
    content: { 'application/json': { schema: ErrorBody } },
  },
  504: {
    description: 'The registry takes too long',
    content: { 'application/json': { schema: ErrorBody } },
  },
};

export const ImageDetail = z.object({
  registry: z.string(),
  repo: z.string(),
  tag: z.string().nullable(),
  fulltag: z.string(),
  digest: z.string(),
  imageDigest: z.string(),
  fulldigest: z.string(),
  imageId: z.string(),
  dockerfile: z.string().nullable(),
  userId: z.string(),
  created_at: z.string(),
  last_updated: z.string(),
  tag_detected_at: z.string(),
}).openapi('ImageDetail');

export const Image = z.object({
  imageDigest: z.string(),
  parentDigest: z.string().nullable(),
  userId: z.string(),
  annotations: z.record(z.string(), z.string()),
  analysis_status: z.enum(['not_analyzed', 'analyzing', 'analyzed', 'analysis_failed']),
  image_status: z.enum(['active', 'deleting']),
  record_version: z.literal('1'),
  created_at: z.string(),
  last_updated: z.string(),
  analyzed_at: z.string().nullable(),
  image_type: z.literal('docker'),
  image_content: z.object({
    metadata: z.object({
      arch: z.string().nullable(),
      distro: z.string().nullable(),
      distro_version: z.string().nullable(),
      dockerfile_mode: z.enum(['Actual', 'Guessed']).nullable(),
      image_size: z.number().nullable(),
      layer_count: z.number().nullable(),
    }),
  }),
  image_detail: z.array(ImageDetail),
  /** Why the analysis failed: one sentence and its code. */
  analysis_error: z.object({ code: z.string(), message: z.string() }).nullable(),
}).openapi('Image');
export type Image = z.infer<typeof Image>;

const Annotations = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.null()]).transform(String),
);
const Dockerfile = z.string().regex(/^[a-zA-Z0-9+/=]+$/);

/** Digest of something uploaded, as its upload was answered. */
const Uploaded = z.string().regex(/^(?:sha256:)?[0-9a-f]{64}$/);

export const ImportSource = z.object({
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  parent_digest: z.string().nullish(),
  local_image_id: z.string().nullish(),
  operation_uuid: z.string(),
  tags: z.array(z.string().min(1).max(1024)).min(1).max(100),
  contents: z.object({
    packages: Uploaded,
    image_config: Uploaded,
    manifest: Uploaded,
    parent_manifest: Uploaded.nullish(),
    dockerfile: Uploaded.nullish(),
  }),
}).openapi('ImageImportManifest');
export type ImportSource = z.infer<typeof ImportSource>;

/** A reference, whose grammar is told in words where it is broken. */
const Named = z.string().openapi({ minLength: 1 });
/** Alone, or at the end of a reference. */
const Pinned = z.string().openapi({
  pattern: '^(?:[^@\\s]+@)?sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$',
});

export const NewImageBody = z.looseObject({
  tag: Named.optional(),
  digest: Pinned.optional(),
  dockerfile: Dockerfile.nullish(),
  created_at: z.string().nullish(),
  image_type: z.string().nullish(),
  annotations: Annotations.nullish(),
  source: z.looseObject({
    tag: z.object({ pullstring: Named, dockerfile: Dockerfile.nullish() }).nullish(),
    digest: z.object({
      pullstring: Pinned,
      tag: Named,
      creation_timestamp_override: z.string().nullish(),
      dockerfile: Dockerfile.nullish(),
    }).nullish(),
    archive: z.object({ digest: Pinned }).nullish(),
    import: ImportSource.nullish(),
  }).nullish(),
}).openapi('ImageAnalysisRequest', { oneOf: [{ required: ['tag'] }, { required: ['source'] }] });
export type NewImageBody = z.infer<typeof NewImageBody>;

export const PolicyRecord = z.object({
  policyId: z.string(),
  active: z.boolean(),
  userId: z.string(),
  policy_source: z.literal('local'),
  policybundle: z.record(z.string(), z.unknown()),
  policybundlemeta: z.record(z.string(), z.unknown()),
  created_at: z.string(),
  last_updated: z.string(),
  name: z.string(),
  description: z.string(),
}).openapi('PolicyRecord');
export type PolicyRecord = z.infer<typeof PolicyRecord>;

/** Credentials for a registry, without the password. */
export const RegistryRecord = z.object({
  registry: z.string(),
  registry_user: z.string(),
  registry_type: z.string(),
  registry_name: z.string(),
  registry_verify: z.boolean(),
  userId: z.string(),
  created_at: z.string(),
  last_updated: z.string(),
}).openapi('RegistryConfiguration');

/** How far an image is: what `admit` shows. */
export const ProgressBody = z.object({
  imageDigest: z.string(),
  analysis_status: Image.shape.analysis_status,
  /** 1 is next; null when it does not wait. */
  position: z.number().nullable(),
  attempt: z.number(),
  phase: z.enum(['starting', 'reading', 'reporting']).nullable(),
  bytes: z.number(),
  total_bytes: z.number(),
  layers: z.number(),
  total_layers: z.number(),
  analysis_error: Image.shape.analysis_error,
}).openapi('AnalysisProgress');
