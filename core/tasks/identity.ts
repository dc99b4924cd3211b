/**
 * Who a Job is: the one that was given this attempt's token. Another attempt's token is as good as
 * none, so a Job that was replaced can change nothing any more.
 *
 * @module
 */
import { timingSafeEqual } from 'node:crypto';
import type { TokenReviewer } from '../cluster/token-review.ts';
import type { Sql } from '../database/connection.ts';
import { TidewaiterError } from '../errors.ts';
import { tokenHash } from '../queue/analyses.ts';
import type { StoredAccess } from '../registries/job-access.ts';
import type { AnalysisSource } from '../registries/types.ts';

/** The attempt that a Job works on. */
export interface CurrentTask {
  readonly task: string;
  readonly digest: string;
  readonly attempt: number;
  /** Who asked for it, whose credentials it is read with. */
  readonly account: string;
  readonly reference: string;
  readonly source: AnalysisSource;
  readonly access: StoredAccess;
  readonly platform: {
    readonly os: string;
    readonly architecture: string;
    readonly variant?: string;
  };
}

/** What the routes of Jobs know of who asks. */
export interface TaskEnv {
  Variables: { task: CurrentTask };
}

/**
 * The attempt behind a task id and a token.
 *
 * @throws TidewaiterError `task_unauthorized` (401), `task_superseded` (410)
 */
export async function currentTask(
  sql: Sql,
  task: string,
  authorization: string | undefined,
  reviewToken: TokenReviewer | undefined,
): Promise<CurrentTask> {
  const token = /^Bearer ([\w.-]{1,8000})$/.exec(authorization ?? '')?.[1];
  if (token === undefined) {
    throw new TidewaiterError('task_unauthorized', 401, 'A task wants its token as Bearer.');
  }
  const [row] = await sql<(CurrentTask & { tokenHash: Buffer; launcher: string })[]>`
    select a.task, a.digest, a.attempt, a.account, a.reference, a.source, a.access, m.platform,
      a.token_hash as "tokenHash", a.launcher
    from analyses a join manifests m using (digest)
    where a.task = ${task} and a.state = 'analyzing' and a.token_hash is not null`;
  if (row === undefined) {
    throw new TidewaiterError(
      'task_superseded',
      410,
      'This attempt is over: the image is analysed already, or another attempt has taken its place.',
    );
  }
  const { tokenHash: expected, launcher, ...current } = row;
  const isOwn = launcher === 'kubernetes'
    ? await reviewToken?.(token) === task
    : timingSafeEqual(expected, tokenHash(token));
  if (!isOwn) {
    throw new TidewaiterError('task_unauthorized', 401, 'This token is not of this task.');
  }
  return current;
}
