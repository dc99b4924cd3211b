/**
 * `/repositories`: have a whole repository watched.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { OciError } from 'oci-client';
import { parseName } from '../catalog/names.ts';
import { shownRepositoryValue } from '../catalog/repository-values.ts';
import {
  insertSubscription,
  listSubscriptions,
  type NewSubscription,
  subscriptionId,
  updateSubscription,
} from '../catalog/subscriptions.ts';
import { codeOf, messageOf, TidewaiterError } from '../errors.ts';
import { recordEvent } from '../events/record.ts';
import { type Api, newApi, type Services } from './context.ts';
import { queryBoolean, registryFailures } from './schemas.ts';
import { subscriptionAnswers, subscriptionBody } from './subscriptions.ts';

/** A registry that takes longer is given up; its clients would not wait either. */
const LIST_MS = 30_000;

/** Routes below `/repositories`. */
export function repositoryRoutes({ sql, registries }: Services): Api {
  /** Tags that a repository has now; why there are none is written down. */
  async function tagsOf(
    { account, registry, repository, key }: Omit<NewSubscription, 'value'>,
  ): Promise<string[]> {
    try {
      const signal = AbortSignal.timeout(LIST_MS);
      const tags = await registries.listTags({ account, registry, repository }, signal);
      if (tags.length > 0) return tags;
      throw new TidewaiterError(
        'repository_empty',
        404,
        `The repository ${key} has no tags: push an image there first.`,
      );
    } catch (error) {
      if (error instanceof OciError) {
        await recordEvent(sql, {
          account,
          type: 'system.repository.list_tags_fail',
          level: 'error',
          resourceType: 'repository',
          resource: key,
          message: messageOf(error),
          details: { code: codeOf(error, 'registry_error') },
        });
      }
      throw error;
    }
  }

  return newApi().openapi(
    createRoute({
      method: 'post',
      path: '/repositories',
      summary: 'Watch a repository',
      request: {
        query: z.object({
          repository: z.string().min(1).max(1024),
          autosubscribe: queryBoolean(false).openapi({
            description: 'Whether tags that are added are followed when they move.',
          }),
          dryrun: queryBoolean(false).openapi({
            description: 'Whether the tags are only listed, and nothing is stored.',
          }),
          exclude_existing_tags: queryBoolean(false).openapi({
            description: 'Whether only those tags are added that appear from now on.',
          }),
        }),
      },
      responses: { ...subscriptionAnswers, ...registryFailures },
    }),
    async (c) => {
      const account = c.get('account');
      const { repository: given, dryrun, ...query } = c.req.valid('query');
      const { registry, repository, tag: lookuptag, digest, fulltag } = parseName(given);
      if (digest !== undefined || lookuptag === undefined) {
        throw new TidewaiterError(
          'subscription_key_invalid',
          400,
          'A repository is named without a digest: give it as registry/repository.',
        );
      }
      const key = fulltag.slice(0, -lookuptag.length - 1);
      const type = 'repo_update' as const;
      const wanted = { account, type, key, registry, repository, tag: '', active: true };
      const tags = await tagsOf(wanted);
      const value = { ...query, lookuptag };
      if (dryrun) {
        const [known] = await listSubscriptions(sql, account, { key, type });
        return c.json([{
          subscription_key: key,
          subscription_type: type,
          subscription_value: shownRepositoryValue(value, tags),
          userId: account,
          active: known?.active ?? false,
          subscription_id: known?.id ?? subscriptionId(account, key, type),
        }], 200);
      }
      const kept = JSON.stringify(value);
      const record = await sql.begin(async (tx) => {
        // What comes after this list is new, however long the first look of the watcher takes.
        const seen = { tags, waiting: query.exclude_existing_tags ? [] : tags };
        if (!await insertSubscription(tx, { ...wanted, value: kept, seen })) {
          const [known] = await listSubscriptions(tx, account, { key, type });
          if (known !== undefined) {
            await updateSubscription(tx, account, known.id, { active: true, value: kept });
          }
        }
        const [stored] = await listSubscriptions(tx, account, { key, type });
        await tx`select pg_notify('tidewaiter', 'subscriptions')`;
        return stored;
      });
      if (record === undefined) throw new Error('the subscription was removed meanwhile');
      return c.json([subscriptionBody({ ...record, tags })], 200);
    },
  );
}
