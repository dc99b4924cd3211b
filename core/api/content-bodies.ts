/**
 * What an image holds, as the API shows it in the original's words.
 *
 * @module
 */
import { z } from '@hono/zod-openapi';

export const FileItem = z.object({
  filename: z.string(),
  type: z.enum(['file', 'dir', 'slink', 'dev', 'UNKNOWN']),
  /** Permissions as octal digits. */
  mode: z.string(),
  size: z.int(),
  uid: z.int(),
  gid: z.int(),
  linkdest: z.string().nullable(),
  sha256: z.string().nullable(),
}).openapi('ContentFile');
export type FileItem = z.infer<typeof FileItem>;

const Item = z.object({
  package: z.string(),
  version: z.string(),
  type: z.string(),
  origin: z.string(),
  license: z.string(),
  licenses: z.array(z.string()),
  cpes: z.array(z.string()),
  purl: z.string(),
});

export const SystemItem = Item.extend({
  /** Bytes in digits, or `Unknown`. */
  size: z.string(),
  sourcepkg: z.string(),
}).openapi('ContentSystemPackage');
export type SystemItem = z.infer<typeof SystemItem>;

export const LanguageItem = Item.extend({
  location: z.string(),
  /** Name of the distribution's package that brought it. */
  owner: z.string().optional(),
  'specification-version': z.string().optional(),
  'implementation-version': z.string().optional(),
  'maven-version': z.string().optional(),
}).openapi('ContentLanguagePackage');
export type LanguageItem = z.infer<typeof LanguageItem>;

export const ContentBody = z.object({
  imageDigest: z.string(),
  content_type: z.string(),
  /** Files, packages of the distribution or of one kind, by the type that was asked for. */
  content: z.union([z.array(FileItem), z.array(SystemItem), z.array(LanguageItem)]),
}).openapi('ContentResponse');

export const ArtifactsBody = z.union([
  z.array(z.object({ path: z.string(), b64_content: z.string() }).openapi('RetrievedFile')),
  z.array(
    z.object({
      path: z.string(),
      matches: z.array(z.object({
        name: z.string(),
        regex: z.string(),
        /** Counted from 0. */
        lines: z.array(z.int()),
        /** Present where further lines may match. */
        partial: z.literal(true).optional(),
      })),
    }).openapi('FileSearchResult'),
  ),
]);
