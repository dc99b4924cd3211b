/**
 * Tells subscribers when the policy says something else of a tag than it did.
 *
 * @module
 */
import { z } from 'zod';
import {
  dueImageWatches,
  type ImageWatch,
  noteFailure,
  noteLooked,
  noteSeen,
} from '../catalog/watches.ts';
import { isConnectionFailure } from '../database/connection.ts';
import { messageOf } from '../errors.ts';
import { enqueueNotification } from '../events/notifications.ts';
import { recordEvent } from '../events/record.ts';
import { statusOf } from '../policy/index.ts';
import { verdictOf } from '../verdicts/verdict.ts';
import type { Coordinator } from './loop.ts';
import type { PolicyServices } from './services.ts';

/** Tags that are looked at in one round. */
const BATCH = 50;

const Seen = z.object({
  image_digest: z.string(),
  status: z.string(),
  final_action: z.string(),
  policy_id: z.string(),
});

/** The coordinator of subscriptions to policy evaluations. */
export function watchPoliciesCoordinator({ sql, log, config }: PolicyServices): Coordinator {
  const everySeconds = config.watch_policies_seconds;

  async function look(watch: ImageWatch): Promise<void> {
    const { account, key, digest, fulltag, annotations } = watch;
    const verdict = await verdictOf(sql, { account, digest, fulltag });
    if (verdict === undefined) return await noteLooked(sql, watch);
    const before = Seen.safeParse(watch.seen).data;
    const now = {
      image_digest: digest,
      status: statusOf(verdict.action),
      final_action: verdict.action,
      policy_id: verdict.bundle.id,
    };
    await sql.begin(async (tx) => {
      if (!await noteSeen(tx, watch, now)) return;
      if (before === undefined || before.final_action === now.final_action) return;
      await enqueueNotification(tx, {
        account,
        type: 'policy_eval',
        subscriptionKey: key,
        payload: { curr_eval: now, last_eval: before, annotations },
      });
      // Another verdict on the same image under the same bundle has its event from there.
      if (before.image_digest === digest && before.policy_id === now.policy_id) return;
      await recordEvent(tx, {
        account,
        type: 'user.checks.tag.policy_evaluation.update',
        level: 'info',
        resourceType: 'image_reference',
        resource: key,
        message: `The verdict on ${key} was ${before.final_action} and is ${now.final_action} now.`,
        details: {
          digest,
          bundle: now.policy_id,
          before: before.final_action,
          after: now.final_action,
        },
      });
    });
  }

  return {
    name: 'watch-policies',
    everyMs: Math.min(5000, everySeconds * 1000),
    async round(signal) {
      const due = await dueImageWatches(sql, 'policy_eval', everySeconds, BATCH);
      for (const watch of due) {
        if (signal.aborted) return false;
        try {
          await look(watch);
        } catch (error) {
          if (isConnectionFailure(error)) throw error;
          const why = messageOf(error);
          // One that cannot be judged does not keep the others waiting.
          await noteFailure(sql, watch, why);
          log.warn('a followed tag cannot be judged', { tag: watch.key, error: why });
        }
      }
      return due.length === BATCH;
    },
  };
}
