/**
 * All sources of the shared test material, loaded from files and over HTTP, twice each; the two that
 * were made for their size from files alone, for they take as long as all others.
 *
 * Needs the folder of shared test material, named by the environment variable TIDEWAITER_SHARED;
 * it is no part of the repository, so the default tests leave this suite out.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sql } from '../../core/database/connection.ts';
import { FORMATS } from '../../core/feeds/index.ts';
import { tarOf } from '../support/feed-folders.ts';
import { type LoadedGroup, loadSource } from '../support/load-source.ts';
import { testDatabase } from '../support/postgres.ts';
import { startStaticServer, type StaticServer } from '../support/static-server.ts';
import { sharedFolder } from './corpus.ts';
import { ARCHIVE, type KnownSource, SOURCES } from './feed-sources.ts';

const FEEDS = join(sharedFolder(), 'feeds');

/** All that is kept of a source, without what differs from one database to the next. */
interface Kept {
  readonly path: string;
  readonly advisories: number;
  readonly statements: number;
  readonly facts: number;
  /** Over the contents of all these rows, in whatever order. */
  readonly hash: string;
}

/** A source that is several at its server has the number of the part behind its path. */
const PART = '#';

async function keptIn(sql: Sql): Promise<ReadonlyMap<string, Kept>> {
  const rows = await sql<Kept[]>`
    with groups as (select id, split_part(source, ${PART}, 1) as path from feed_groups),
    kept as (
      select g.path, 1 as advisory, 0 as statement, 0 as fact, jsonb_build_array(
        a.key, a.vulnerability, array(select unnest(a.names) as n order by n),
        encode(a.hash, 'hex'), a.body)::text as content
      from groups g join advisories a on a.feed = g.id
      union all
      select g.path, 0, 1, 0, jsonb_build_array(a.key, s.namespace, s.package, s.body)::text
      from groups g join advisories a on a.feed = g.id join statements s on s.advisory = a.id
      union all
      select g.path, 0, 0, 1, jsonb_build_array(
        f.key, f.kind, f.name, encode(f.hash, 'hex'), f.body)::text
      from groups g join feed_facts f on f.feed = g.id)
    select path, sum(advisory)::int as advisories, sum(statement)::int as statements,
      sum(fact)::int as facts, sum(hashtextextended(content, 0))::text as hash
    from kept group by path`;
  return new Map(rows.map((row) => [row.path, row]));
}

interface Group {
  readonly source: string;
  readonly name: string;
  readonly generation: number;
  readonly records: number;
  readonly state: string;
}

async function groupsIn(sql: Sql): Promise<readonly Group[]> {
  return [
    ...await sql<Group[]>`
      select source, name, generation, records, state from feed_groups order by source, name`,
  ];
}

async function leftIn(sql: Sql): Promise<number | undefined> {
  const [row] = await sql<{ left: number }[]>`select count(*)::int as left from feed_staging`;
  return row?.left;
}

type Loading = (known: KnownSource) => Promise<readonly LoadedGroup[]>;

/** Loads all sources, says how long that took, and returns what became of their groups. */
async function loadAll(how: string, load: Loading): Promise<ReadonlyMap<string, LoadedGroup[]>> {
  const start = performance.now();
  const loaded = new Map<string, LoadedGroup[]>();
  for (const known of SOURCES) loaded.set(known.path, [...await load(known)]);
  console.log(`${how}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return loaded;
}

function outcomesOf(loaded: ReadonlyMap<string, readonly LoadedGroup[]>): ReadonlySet<string> {
  return new Set([...loaded.values()].flat().map(({ outcome }) => outcome));
}

/** Archives of the folders that are published as such. */
async function packFolders(target: string): Promise<void> {
  for (const { path, web } of SOURCES) {
    if (web !== 'archive') continue;
    const folder = join(FEEDS, path);
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.json'));
    const contents = names.map((name) => [name, readFileSync(join(folder, name))]);
    mkdirSync(dirname(join(target, path)), { recursive: true });
    writeFileSync(join(target, `${path}${ARCHIVE}`), await tarOf(Object.fromEntries(contents)));
  }
}

function pathsOnWeb({ path, web }: KnownSource): readonly string[] {
  if (web === 'archive') return [`${path}${ARCHIVE}`];
  return web === 'none' ? [] : web ?? [path];
}

describe('all sources', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'tw-loading-'));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  let fromFiles: Sql;
  let fromWeb: Sql;
  let server: StaticServer;
  beforeAll(async () => {
    ({ sql: fromFiles } = await testDatabase());
    ({ sql: fromWeb } = await testDatabase());
    await packFolders(join(scratch, 'archives'));
    server = await startStaticServer([FEEDS, join(scratch, 'archives')]);
  });
  afterAll(() => server.close());

  const loadFiles = (isForced: boolean): Loading => ({ format, path }) =>
    loadSource(fromFiles, { name: path, format, place: join(FEEDS, path) }, { scratch, isForced });

  const loadWeb: Loading = async (known) => {
    const loaded: LoadedGroup[] = [];
    for (const [part, path] of pathsOnWeb(known).entries()) {
      const name = part === 0 ? known.path : `${known.path}${PART}${part}`;
      const place = `${server.origin}/${path}`;
      loaded.push(...await loadSource(fromWeb, { name, format: known.format, place }, { scratch }));
    }
    return loaded;
  };

  it('are of every format', () => {
    expect(new Set(SOURCES.map(({ format }) => format))).toEqual(new Set(FORMATS));
  });

  it('are loaded whole from files', async () => {
    expect(outcomesOf(await loadAll('from files', loadFiles(false)))).toEqual(new Set(['loaded']));
    const kept = await keptIn(fromFiles);
    const counts = SOURCES.map(({ path }) => {
      const { advisories = 0, facts = 0 } = kept.get(path) ?? {};
      return [path, advisories + facts];
    });
    expect(counts).toEqual(SOURCES.map(({ path, records }) => [path, records]));
    const told = Map.groupBy(await groupsIn(fromFiles), ({ source }) => source);
    expect([...told].map(([path, groups]) => [
      path,
      groups.reduce((sum, { records }) => sum + records, 0),
    ])).toEqual(counts.toSorted(([a], [b]) => String(a) < String(b) ? -1 : 1));
    expect(await leftIn(fromFiles)).toBe(0);
  });

  it('change nothing when they are read again, whatever their files say', async () => {
    const [kept, groups] = [await keptIn(fromFiles), await groupsIn(fromFiles)];
    expect(outcomesOf(await loadAll('from files again', loadFiles(true)))).toEqual(
      new Set(['loaded']),
    );
    expect(await groupsIn(fromFiles)).toEqual(groups);
    expect(new Set(groups.map(({ generation }) => generation))).toEqual(new Set([1]));
    expect(await keptIn(fromFiles)).toEqual(kept);
    expect(await leftIn(fromFiles)).toBe(0);
  });

  it('are the same over HTTP', async () => {
    expect(outcomesOf(await loadAll('over HTTP', loadWeb))).toEqual(new Set(['loaded']));
    const kept = [...await keptIn(fromFiles)];
    const filesAlone = SOURCES.filter(({ web }) => web === 'none').map(({ path }) => path);
    expect(await keptIn(fromWeb)).toEqual(
      new Map(kept.filter(([path]) => !filesAlone.includes(path))),
    );
  });

  it('are not fetched again over HTTP where nothing has changed', async () => {
    const [kept, groups, before] = [
      await keptIn(fromWeb),
      await groupsIn(fromWeb),
      server.served(),
    ];
    const loaded = await loadAll('over HTTP again', loadWeb);
    const after = server.served();
    console.log(
      `over HTTP again: ${after.unchanged - before.unchanged} files unchanged, ` +
        `${after.bytes - before.bytes} of ${before.bytes} bytes sent`,
    );
    expect(await groupsIn(fromWeb)).toEqual(groups);
    expect(await keptIn(fromWeb)).toEqual(kept);
    expect(outcomesOf(loaded)).toEqual(new Set(['unchanged']));
    expect(after.bytes - before.bytes).toBeLessThan(before.bytes / 10);
  });
});
