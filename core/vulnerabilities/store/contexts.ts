/**
 * Distributions under which packages are matched, and whether their life has ended.
 *
 * @module
 */
import type { Distribution } from '../../../jobs/contract/index.ts';
import type { Queryable, Sql } from '../../database/connection.ts';

/** A distribution's release and whether it counted as ended when packages were last matched. */
export interface Context {
  readonly id: number;
  readonly distribution: Distribution | null;
  readonly ended: boolean;
}

/** All that any image has. */
export async function listContexts(sql: Queryable): Promise<Context[]> {
  return await sql<Context[]>`
    select id, nullif(distribution, 'null'::jsonb) as distribution, ended from contexts order by id`;
}

/**
 * Notes that the life of a release has ended, or that it has not after all: its feed then no longer
 * speaks for the parts of its packages, which are to be matched again.
 */
export async function changeEnd(sql: Sql, context: number, ended: boolean): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`update feed_epoch set epoch = epoch + 1`;
    await tx`update contexts set ended = ${ended} where id = ${context}`;
    await tx`
      update subjects set stale = true
      where context = ${context} and owner is not null and not stale`;
  });
}
