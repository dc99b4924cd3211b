/**
 * Brings the schema up to date. Migrations are numbered and only add, so that old and new core can
 * run side by side during an update.
 *
 * @module
 */
import { TidewaiterError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Sql } from './connection.ts';
import { MIGRATIONS } from './migrations/index.ts';

const MIGRATION_LOCK = 8228_002;

/** The schema's version that this core was written for. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Runs the migrations that are missing, each in a transaction, one core at a time.
 *
 * @throws TidewaiterError `database_too_new` when a migration ran that this core does not know and
 * that it cannot run beside
 */
export async function migrate(sql: Sql, log: Log): Promise<void> {
  const connection = await sql.reserve();
  try {
    await connection`select pg_advisory_lock(${MIGRATION_LOCK})`;
    await connection`
      create table if not exists schema_migrations (
        number int primary key,
        name text not null,
        applied_at timestamptz not null default now()
      )`;
    const [row] = await connection<{ version: number | null }[]>`
      select max(number) as version from schema_migrations`;
    const version = row?.version ?? 0;
    if (version > SCHEMA_VERSION + 1) {
      throw new TidewaiterError(
        'database_too_new',
        500,
        `The database has schema ${version}, this Tidewaiter knows ${SCHEMA_VERSION}: start the newer version again.`,
      );
    }
    for (const [index, { name, statements }] of MIGRATIONS.entries()) {
      const number = index + 1;
      if (number <= version) continue;
      log.info('migrating the database', { number, name });
      await connection`begin`;
      try {
        await connection.unsafe(statements);
        await connection`insert into schema_migrations (number, name) values (${number}, ${name})`;
        await connection`commit`;
      } catch (error) {
        await connection`rollback`;
        throw error;
      }
    }
  } finally {
    await connection`select pg_advisory_unlock(${MIGRATION_LOCK})`.catch(() => {});
    connection.release();
  }
}
