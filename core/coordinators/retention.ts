/**
 * Forgets what has been kept long enough: decisions of the door, sets that no longer live, layers
 * nobody has, packages that no image has any more, imports that never came to their end, tokens that
 * have ended, logins that failed, former verdicts, notifications that were sent.
 *
 * @module
 */
import { forgetFailures } from '../accounts/login-limits.ts';
import { forgetDecisions } from '../admissions/decisions.ts';
import { forgetSets } from '../admissions/sets.ts';
import { forgetChanges } from '../vulnerabilities/store/own-images.ts';
import { forgetPackages } from '../catalog/unused.ts';
import { expireImports } from '../imports/operations.ts';
import { forgetNotifications } from '../events/notifications.ts';
import { forgetLayers } from '../queue/layers.ts';
import { forgetHistory } from '../verdicts/history.ts';
import { type Coordinator, resting } from './loop.ts';
import type { CoordinatorServices } from './services.ts';

const EVERY_MS = 600_000;
const SETS_DAYS = 30;
const LAYERS_DAYS = 30;
/** An image that is submitted again finds its packages matched. */
const PACKAGES_DAYS = 2;
const IMPORTS_DAYS = 7;
const NOTIFICATIONS_DAYS = 7;

/** The coordinator of retention. */
export function retentionCoordinator({ sql, config }: CoordinatorServices): Coordinator {
  return {
    name: 'retention',
    everyMs: EVERY_MS,
    round: resting(EVERY_MS, async () => {
      const forgotten = await forgetDecisions(sql, config.admissions_kept_days);
      await forgetSets(sql, SETS_DAYS);
      await forgetLayers(sql, LAYERS_DAYS);
      await expireImports(sql, IMPORTS_DAYS);
      await forgetFailures(sql);
      await forgetChanges(sql);
      await sql`delete from door_tokens where expires_at < now()`;
      const unused = await forgetPackages(sql, PACKAGES_DAYS);
      const past = await forgetHistory(sql, config.verdicts_kept_days);
      const sent = await forgetNotifications(sql, NOTIFICATIONS_DAYS);
      return [forgotten, unused, past, sent].some((count) => count > 0);
    }),
  };
}
