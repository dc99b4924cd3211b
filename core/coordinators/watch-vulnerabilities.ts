/**
 * Tells subscribers which vulnerabilities an image has that it had not, or no longer.
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
import { currentFindings } from '../verdicts/facts.ts';
import type { ImageFinding } from '../vulnerabilities/store/images.ts';
import type { Coordinator } from './loop.ts';
import type { PolicyServices } from './services.ts';

/** Tags that are looked at in one round. */
const BATCH = 20;
/** Findings that one part of a notification lists. */
const LISTED = 500;

/** A finding as it is told. */
interface Told {
  readonly vuln: string;
  readonly package: string;
  readonly package_version: string;
  readonly package_type: string;
  readonly package_path: string;
  readonly severity: string;
  /** Versions joined by commas, or `None`. */
  readonly fix: string;
}

const Known = z.tuple([z.string(), z.string()]);
const Seen = z.object({
  digest: z.string(),
  revision: z.number(),
  /** Severity and fix, by what tells one finding from all others. */
  found: z.record(z.string(), Known),
});
type Found = z.infer<typeof Seen>['found'];

const Key = z.tuple([z.string(), z.string(), z.string(), z.string(), z.string()]);

function foundIn(findings: readonly ImageFinding[]): Found {
  return Object.fromEntries(findings.map(({ id, package: own, severity, fix, fixes }) => {
    const key = JSON.stringify([id, own.name, own.version, own.type, own.location]);
    const fixed = fix === undefined ? 'None' : [...new Set([fix, ...fixes])].join(',');
    return [key, [severity, fixed]];
  }));
}

function told(key: string, [severity, fix]: z.infer<typeof Known>): Told & Record<string, string> {
  const [vuln, name, version, type, path] = Key.parse(JSON.parse(key));
  return {
    vuln,
    package: name,
    package_version: version,
    package_type: type,
    package_path: path,
    severity,
    fix,
  };
}

/** What has changed between two looks at the same image. */
export function differenceOf(before: Found, now: Found) {
  const had = new Map(Object.entries(before));
  const has = new Map(Object.entries(now));
  return {
    added: [...has].filter(([key]) => !had.has(key)).map(([key, known]) => told(key, known)),
    updated: [...has].filter(([key, known]) => {
      const old = had.get(key);
      return old !== undefined && (old[0] !== known[0] || old[1] !== known[1]);
    }).map(([key, known]) => told(key, known)),
    removed: [...had].filter(([key]) => !has.has(key)).map(([key, known]) => told(key, known)),
  };
}

/** The coordinator of subscriptions to vulnerabilities. */
export function watchVulnerabilitiesCoordinator(
  { sql, log, config }: PolicyServices,
): Coordinator {
  const everySeconds = config.watch_vulnerabilities_seconds;

  async function look(watch: ImageWatch): Promise<void> {
    const { account, key, digest, revision, annotations } = watch;
    const before = Seen.safeParse(watch.seen).data;
    const isSame = before?.digest === digest;
    // The revision grows with whatever changes the findings.
    if (isSame && before.revision === revision) return await noteLooked(sql, watch);
    const { findings } = await currentFindings(sql, digest);
    const found = foundIn(findings);
    const { added, updated, removed } = differenceOf(isSame ? before.found : found, found);
    await sql.begin(async (tx) => {
      if (!await noteSeen(tx, watch, { digest, revision, found })) return;
      if (added.length + updated.length + removed.length === 0) return;
      const counts = { added: added.length, updated: updated.length, removed: removed.length };
      await enqueueNotification(tx, {
        account,
        type: 'vuln_update',
        subscriptionKey: key,
        payload: {
          diff_vulnerability_result: {
            added: added.slice(0, LISTED),
            updated: updated.slice(0, LISTED),
            removed: removed.slice(0, LISTED),
          },
          counts,
          imageDigest: digest,
          annotations,
        },
      });
      await recordEvent(tx, {
        account,
        type: 'user.checks.tag.vulnerabilities.update',
        level: 'info',
        resourceType: 'image_reference',
        resource: key,
        message:
          `Vulnerabilities of ${key} have changed: ${added.length} more, ${updated.length} known otherwise, ${removed.length} fewer.`,
        details: { digest, ...counts },
      });
    });
  }

  return {
    name: 'watch-vulnerabilities',
    everyMs: Math.min(5000, everySeconds * 1000),
    async round(signal) {
      const due = await dueImageWatches(sql, 'vuln_update', everySeconds, BATCH);
      for (const watch of due) {
        if (signal.aborted) return false;
        try {
          await look(watch);
        } catch (error) {
          if (isConnectionFailure(error)) throw error;
          const why = messageOf(error);
          await noteFailure(sql, watch, why);
          log.warn('a followed tag cannot be looked at', { tag: watch.key, error: why });
        }
      }
      return due.length === BATCH;
    },
  };
}
