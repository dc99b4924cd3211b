/**
 * Image configurations (OCI image specification 1.1, "Image Configuration"), with the leniency
 * towards null that their writers in Go need.
 *
 * @module
 */

import { z } from 'zod';

import { isDigest, tooLarge } from './digest.ts';
import { OciError, printable } from './errors.ts';
import { firstIssue, JsonError, list, map, parseJson, struct } from './json.ts';
import { MAX_LAYERS } from './manifest.ts';
import type { HistoryEntry, ImageConfig } from './types.ts';

/** Bytes that an image configuration may have. */
export const MAX_CONFIG_BYTES = 8 * 1024 * 1024;
/** Items that each of its lists and maps may have. */
export const MAX_CONFIG_ITEMS = 100_000;

const optionalText = z.string().nullish().transform((value) =>
  value === '' ? undefined : value ?? undefined
);
const optionalList = list(z.string(), MAX_CONFIG_ITEMS).nullish().transform((value) =>
  value ?? undefined
);
/** A set, which Go writes as an object with empty values. */
const optionalSet = map(z.unknown(), MAX_CONFIG_ITEMS).nullish()
  .transform((value) => value ? Object.keys(value) : undefined);
const optionalMap = map(z.string().nullable(), MAX_CONFIG_ITEMS).nullish()
  .transform((value) => value ? withoutNulls(value) : undefined);
const optionalFlag = z.boolean().nullish().transform((value) => value ?? undefined);
const diffId = z.string().refine(isDigest, { error: 'is not a sha256 or sha512 digest' });

const history = struct({
  created: optionalText,
  created_by: optionalText,
  comment: optionalText,
  author: optionalText,
  empty_layer: optionalFlag,
});

const runtime = struct({
  User: optionalText,
  Env: optionalList,
  Entrypoint: optionalList,
  Cmd: optionalList,
  WorkingDir: optionalText,
  ExposedPorts: optionalSet,
  Volumes: optionalSet,
  Labels: optionalMap,
}).transform((raw) => ({
  user: raw.User,
  env: raw.Env,
  entrypoint: raw.Entrypoint,
  cmd: raw.Cmd,
  workingDir: raw.WorkingDir,
  exposedPorts: raw.ExposedPorts,
  volumes: raw.Volumes,
  labels: raw.Labels,
}));

const imageConfig = struct({
  architecture: optionalText,
  os: optionalText,
  variant: optionalText,
  created: optionalText,
  rootfs: struct({ diff_ids: list(diffId, MAX_LAYERS).nullish() }).nullish(),
  history: list(history, MAX_CONFIG_ITEMS).nullish(),
  config: runtime.nullish(),
});

function withoutNulls(map: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, value ?? '']));
}

/**
 * Reads an image configuration. Empty texts count as absent; an absent platform is the empty
 * string, because old builders left it out.
 *
 * @throws {OciError} `manifest_invalid` or `body_too_large`.
 */
export function parseConfig(bytes: Uint8Array): ImageConfig {
  if (bytes.byteLength > MAX_CONFIG_BYTES) {
    throw tooLarge("The image's configuration", MAX_CONFIG_BYTES);
  }
  const result = imageConfig.safeParse(parseDocument(bytes));
  if (!result.success) throw invalid(firstIssue(result.error));
  const raw = result.data;
  return {
    architecture: raw.architecture ?? '',
    os: raw.os ?? '',
    ...defined({ variant: raw.variant, created: raw.created }),
    diffIds: raw.rootfs?.diff_ids ?? [],
    history: (raw.history ?? []).map((entry): HistoryEntry => defined(entry)),
    config: defined(raw.config ?? {}),
  };
}

/** An object without its undefined members. */
function defined<T extends object>(object: T): T {
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) Reflect.deleteProperty(object, key);
  }
  return object;
}

function parseDocument(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes);
  } catch (error) {
    if (error instanceof JsonError) throw invalid(error.message, error);
    throw error;
  }
}

function invalid(problem: string, cause?: unknown): OciError {
  return new OciError(
    'manifest_invalid',
    `The image's configuration is invalid: ${
      printable(problem)
    }; push the image again with a current tool.`,
    { cause },
  );
}
