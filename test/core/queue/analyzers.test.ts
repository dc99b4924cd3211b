import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sql } from '../../../core/database/connection.ts';
import { noteAnalyzers, queueOutdated } from '../../../core/queue/analyzers.ts';
import { LANE } from '../../../core/queue/lanes.ts';
import { testDatabase } from '../../support/postgres.ts';
import { addAnalysed } from '../catalog/samples.ts';

let sql: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
});
beforeEach(async () => {
  await sql`truncate manifests, current_analyzers, analyzer_sets cascade`;
});

type Versions = Readonly<Record<string, number>>;

interface Report {
  readonly readBy?: readonly string[];
  readonly widened?: Versions;
  /** Whether it is what Jobs have said last. */
  readonly last?: boolean;
}

/** Takes in what analyzers of these versions say of an image. */
async function report(
  digest: string,
  analyzers: Versions,
  { readBy, widened = {}, last = true }: Report = {},
): Promise<void> {
  const told = JSON.stringify({ analyzers, widened, readBy });
  await sql.begin(async (tx) => {
    await tx`
      update analyses set state = 'analyzed', head = head || ${told}::text::jsonb
      where digest = ${digest}`;
    if (last) await noteAnalyzers(tx, digest, widened);
  });
}

async function image(name: string, analyzers: Versions, more?: Report): Promise<string> {
  const digest = await addAnalysed(sql, `registry.example/${name}:1`);
  await report(digest, analyzers, more);
  return digest;
}

async function waiting(): Promise<readonly string[]> {
  const rows = await sql<{ reference: string }[]>`
    select reference from analyses
    where state = 'not_analyzed' and lane = ${LANE.reanalysis} order by reference`;
  return rows.map(({ reference }) => reference);
}

/** Everything that is to be done, in rounds. */
async function all(most = 200): Promise<number> {
  let queued = 0;
  for (let turn = 0; turn < 20; turn += 1) {
    const round = await queueOutdated(sql, most);
    queued += round.queued;
    if (round.seen === round.queued) break;
  }
  return queued;
}

async function references(...digests: readonly string[]): Promise<readonly string[]> {
  const rows = await sql<{ reference: string }[]>`
    select reference from analyses where digest = any(${[...digests]}::text[]) order by reference`;
  return rows.map(({ reference }) => reference);
}

describe('a newer version of an analyzer', () => {
  it('has images analysed again in which it has read a file, and no others', async () => {
    const concerned = await image('concerned', { npm: 1, rpm: 1 }, { readBy: ['npm', 'rpm'] });
    await image('other', { npm: 1, rpm: 1 }, { readBy: ['npm'] });
    await image('newest', { npm: 1, rpm: 2 }, { readBy: ['rpm'] });
    expect(await all()).toBe(1);
    expect(await waiting()).toEqual(await references(concerned));
  });

  it('has all of them analysed again if it wants other files', async () => {
    const one = await image('one', { npm: 1 }, { readBy: ['npm'] });
    const other = await image('other', { npm: 1 }, { readBy: [] });
    await image('newest', { npm: 3 }, { widened: { npm: 2 } });
    expect(await all()).toBe(2);
    expect(await waiting()).toEqual(await references(one, other));
  });

  it('does not, if it was widened before', async () => {
    await image('one', { npm: 2 }, { readBy: [] });
    await image('newest', { npm: 3 }, { widened: { npm: 2 } });
    expect(await all()).toBe(0);
  });

  it('has all of them analysed again if it is new', async () => {
    await image('one', { npm: 1 }, { readBy: ['npm'] });
    await image('newest', { npm: 1, rpm: 1 }, {});
    expect(await all()).toBe(1);
  });

  it('takes images whose report does not say what was read', async () => {
    await image('one', { npm: 1 });
    await image('newest', { npm: 2 });
    expect(await all()).toBe(1);
  });

  it('leaves alone what has no registry, and what no account has', async () => {
    const local = await image('local', { npm: 1 });
    await sql`
      update analyses set source = '{"kind": "layout", "path": "/images/a"}'
      where digest = ${local}`;
    const gone = await image('gone', { npm: 1 });
    await sql`delete from tags where digest = ${gone}`;
    await sql`delete from images where digest = ${gone}`;
    await image('newest', { npm: 2 });
    expect(await all()).toBe(0);
  });

  it('keeps the queue short, and goes on when it has become shorter', async () => {
    const digests: string[] = [];
    for (let at = 0; at < 7; at += 1) digests.push(await image(`image-${at}`, { npm: 1 }));
    await image('newest', { npm: 2 });
    expect(await all(3)).toBe(3);
    expect(await all(3)).toBe(0);
    for (const digest of digests) {
      const [row] = await sql`
        select from analyses where digest = ${digest} and state = 'not_analyzed'`;
      if (row !== undefined) await report(digest, { npm: 2 });
    }
    expect(await all(3)).toBe(3);
  });

  it('is done with an image when that was analysed by it, also where it fails', async () => {
    const one = await image('one', { npm: 1 });
    const failing = await image('failing', { npm: 1 });
    await image('newest', { npm: 2 });
    expect(await all()).toBe(2);
    await report(one, { npm: 2 });
    await sql`update analyses set state = 'analysis_failed' where digest = ${failing}`;
    expect(await all()).toBe(0);
    const [row] = await sql`select from analyses where digest = ${failing} and head is not null`;
    expect(row, 'what was found before is still there').toBeDefined();
  });
});

describe('an older version', () => {
  it('changes nothing, whether for one Job or for all that follow', async () => {
    await image('newer', { npm: 2, rpm: 1 }, { readBy: ['npm'] });
    await image('older', { npm: 1, rpm: 1 }, { readBy: ['npm'] });
    expect(await all()).toBe(0);
    await image('last', { npm: 2, rpm: 1 }, { readBy: ['npm'] });
    expect(await all()).toBe(1);
  });
});

describe('an image', () => {
  it('goes by what its last report says, whoever has taken it in', async () => {
    const digest = await image('one', { npm: 1 });
    await report(digest, { npm: 5 }, { last: false });
    await image('newest', { npm: 5 });
    expect(await all()).toBe(0);
    const [row] = await sql<{ count: number }[]>`select count(*)::int as count from analyzer_sets`;
    expect(row?.count, 'each set is kept once, with that of the sample').toBe(3);
  });
});
