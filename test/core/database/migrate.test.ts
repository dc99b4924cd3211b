import { afterEach, describe, expect, inject, it } from 'vitest';
import { randomBytes } from 'node:crypto';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { migrate, SCHEMA_VERSION } from '../../../core/database/migrate.ts';
import { MIGRATIONS } from '../../../core/database/migrations/index.ts';
import { quiet } from '../../support/postgres.ts';

const opened: Sql[] = [];

/** Pools on one new database without any schema. */
async function emptyDatabase(pools: number): Promise<Sql[]> {
  const url = inject('databaseUrl');
  const name = `empty_${randomBytes(8).toString('hex')}`;
  const server = openDatabase(url, { max: 1 });
  await server.unsafe(`create database ${name} template template0`);
  await server.end();
  const made = Array.from(
    { length: pools },
    () => openDatabase(url.replace('/postgres?', `/${name}?`), { max: 2 }),
  );
  opened.push(...made);
  return made;
}

async function applied(sql: Sql): Promise<unknown[]> {
  return await sql`select number, name from schema_migrations order by number`.values();
}

const ALL = MIGRATIONS.map(({ name }, index) => [index + 1, name]);

afterEach(async () => {
  await Promise.all(opened.splice(0).map((sql) => sql.end({ timeout: 1 })));
});

describe('migrate', () => {
  it('makes the whole schema, and nothing more the second time', async () => {
    const [sql] = await emptyDatabase(1);
    if (sql === undefined) return expect.fail();
    await migrate(sql, quiet);
    await sql`insert into bundles (account, id, document, sha256) values ('admin', 'a', '{}', '')`;
    await migrate(sql, quiet);
    expect([...await applied(sql)]).toEqual(ALL);
    expect(await sql`select id from bundles`).toEqual([{ id: 'a' }]);
    expect(await sql`select name, type, state from accounts`)
      .toEqual([{ name: 'admin', type: 'admin', state: 'enabled' }]);
  });

  it('runs each migration once when many cores start at the same time', async () => {
    const pools = await emptyDatabase(6);
    await Promise.all(pools.map((sql) => migrate(sql, quiet)));
    const [sql] = pools;
    expect(sql === undefined ? [] : [...await applied(sql)]).toEqual(ALL);
  });

  it('gives its connection and its lock back', async () => {
    const [sql] = await emptyDatabase(1);
    if (sql === undefined) return expect.fail();
    await migrate(sql, quiet);
    const locks = await sql`
      select from pg_locks join pg_database d on d.oid = database
      where locktype = 'advisory' and d.datname = current_database()`;
    expect(locks).toHaveLength(0);
    await Promise.all(Array.from({ length: 5 }, () => sql`select 1`));
  });

  it('runs beside one version newer, and refuses what is newer still', async () => {
    const [sql] = await emptyDatabase(1);
    if (sql === undefined) return expect.fail();
    await migrate(sql, quiet);
    await sql`insert into schema_migrations values (${SCHEMA_VERSION + 1}, 'next')`;
    await migrate(sql, quiet);
    await sql`insert into schema_migrations values (${SCHEMA_VERSION + 2}, 'after')`;
    await expect(migrate(sql, quiet)).rejects.toMatchObject({
      code: 'database_too_new',
      message: expect.stringContaining(`schema ${SCHEMA_VERSION + 2}`),
    });
    await sql`delete from schema_migrations where number > ${SCHEMA_VERSION}`;
    await migrate(sql, quiet);
  });

  it('leaves nothing behind of a migration that fails, and can be run again', async () => {
    const [sql] = await emptyDatabase(1);
    if (sql === undefined) return expect.fail();
    // The last table of the first migration is in the way.
    await sql`create table certificates ()`;
    await expect(migrate(sql, quiet)).rejects.toThrow(/certificates/);
    expect(await applied(sql)).toHaveLength(0);
    expect(await sql`select to_regclass('accounts') as accounts`).toEqual([{ accounts: null }]);
    await sql`drop table certificates`;
    await migrate(sql, quiet);
    expect([...await applied(sql)]).toEqual(ALL);
  });
});
