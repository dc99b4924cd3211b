/**
 * Policy bundles as clients send them.
 *
 * @module
 */
import { z } from '@hono/zod-openapi';
import { TidewaiterError } from '../errors.ts';
import { type Bundle, BUNDLE_VERSION, BundleSchema, validateBundle } from '../policy/index.ts';

/** Levels of a bundle, of which real ones have eight: more could not be written as JSON again. */
const DEEPEST = 100;

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}

const Id = z.string().min(1).max(256).optional();

/** What bundles are made of; whoever brings one may leave out its id. */
const { $schema: _, ...shape } = z.toJSONSchema(BundleSchema.unwrap().extend({ id: Id }), {
  io: 'input',
  // To OpenAPI that would say that nobody may send it.
  override: ({ jsonSchema }) => delete jsonSchema.readOnly,
});

const EXAMPLE = {
  id: 'warn-of-root',
  version: BUNDLE_VERSION,
  policies: [{
    id: 'root',
    version: BUNDLE_VERSION,
    rules: [{
      gate: 'dockerfile',
      trigger: 'effective_user',
      action: 'warn',
      params: [{ name: 'users', value: 'root' }, { name: 'type', value: 'blacklist' }],
    }],
  }],
  mappings: [{
    name: 'all',
    registry: '*',
    repository: '*',
    image: { type: 'tag', value: '*' },
    policy_ids: ['root'],
  }],
};

/** A bundle's document. What is wrong with it is told all at once, by `usableBundle`. */
export const BundleDocument = z.looseObject({ id: Id })
  .refine((document) => !isDeeperThan(document, DEEPEST), `nested deeper than ${DEEPEST} levels`)
  .openapi('PolicyBundle', { ...shape as { type: 'object' }, example: EXAMPLE });

/**
 * The bundle of a document that has no errors.
 *
 * @throws TidewaiterError `policy_invalid` (400), with all problems
 */
export function usableBundle(document: unknown): Bundle {
  const { bundle, problems } = validateBundle(document);
  if (bundle !== undefined && !problems.some(({ severity }) => severity === 'error')) return bundle;
  throw new TidewaiterError('policy_invalid', 400, 'Bundle failed validation', {
    detail: { validation_details: problems },
  });
}
