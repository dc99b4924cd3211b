/**
 * The value of a subscription to a repository: JSON text, of which its user decides some and its
 * watcher says the rest.
 *
 * @module
 */
import { z } from 'zod';
import { TidewaiterError } from '../errors.ts';

const Value = z.looseObject({
  /** Whether tags that are added are followed when they move. */
  autosubscribe: z.boolean().default(false),
  lookuptag: z.string().max(128).default('latest'),
  /** Whether tags count as known that were there at first. */
  exclude_existing_tags: z.boolean().default(false),
});

/** What its user decides of a repository that is watched. */
export interface RepositoryValue {
  readonly autosubscribe: boolean;
  readonly lookuptag: string;
  readonly exclude_existing_tags: boolean;
}

/**
 * Reads a value; none is that of all defaults.
 *
 * @throws TidewaiterError `subscription_value_invalid` (400)
 */
export function readRepositoryValue(text: string | null): RepositoryValue {
  try {
    const { autosubscribe, lookuptag, exclude_existing_tags } = Value.parse(
      JSON.parse(text || '{}'),
    );
    return { autosubscribe, lookuptag, exclude_existing_tags };
  } catch (error) {
    throw new TidewaiterError(
      'subscription_value_invalid',
      400,
      'The value of a subscription to a repository is a JSON object as text, for instance {"autosubscribe":true}.',
      { cause: error },
    );
  }
}

/** The value as clients read it, with the tags that the repository had last. */
export function shownRepositoryValue(
  { autosubscribe, lookuptag, exclude_existing_tags }: RepositoryValue,
  tags: readonly string[],
): string {
  return JSON.stringify({
    autosubscribe,
    repotags: tags,
    tagcount: tags.length,
    lookuptag,
    ...(exclude_existing_tags ? { exclude_existing_tags } : {}),
  });
}
