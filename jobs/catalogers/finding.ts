/**
 * What catalogers found in one file, as it is kept with its layer.
 *
 * @module
 */
import { z } from 'zod';
import type { FoundPackage } from './types.ts';

const Texts = z.array(z.string()).readonly();

/** A key for each that a package may have: what is not named here is lost with the layer's document. */
const FIELDS = {
  type: z.string(),
  name: z.string(),
  version: z.string(),
  architecture: z.string().optional(),
  source: z.object({ name: z.string(), version: z.string() }).optional(),
  licenses: Texts,
  origin: z.string().optional(),
  size: z.number().optional(),
  namespace: z.string().optional(),
  qualifiers: z.record(z.string(), z.string()).optional(),
  purl: z.string().optional(),
  within: z.string().optional(),
  javaVersions: z.object({
    specification: z.string().optional(),
    implementation: z.string().optional(),
    maven: z.string().optional(),
  }).optional(),
  owns: Texts.optional(),
} satisfies Readonly<Record<keyof FoundPackage, z.ZodType>>;

const Found: z.ZodType<FoundPackage> = z.object(FIELDS);

/** What one cataloger found in a file, or why it could not read it. */
export const Finding = z.union([
  z.object({
    analyzer: z.string(),
    packages: z.array(Found).readonly(),
    /** Parts that cannot be read. */
    problems: z.array(z.object({ within: z.string(), reason: z.string() })).readonly(),
  }),
  z.object({ analyzer: z.string(), unreadable: z.string() }),
]);
export type Finding = z.infer<typeof Finding>;
