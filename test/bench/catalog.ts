/**
 * A large catalog: how fast it is asked, what a change of a feed costs while the door is asked, and
 * how much room it takes.
 *
 *     TIDEWAITER_SHARED=FOLDER npm run bench:catalog -- [IMAGES]
 *
 * Says what misses its aim, and exits 1 if anything misses it by a factor of
 * TIDEWAITER_BENCH_FAILS_AT, two unless given: machines differ.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { openDatabase, type Sql } from '../../core/database/connection.ts';
import { startEmbedded } from '../../core/database/embedded.ts';
import { debian } from '../../core/feeds/debian.ts';
import type { FeedFormat } from '../../core/feeds/format.ts';
import { osv } from '../../core/feeds/osv.ts';
import { secdb } from '../../core/feeds/secdb.ts';
import { createLog } from '../../core/log.ts';
import { verdictOf } from '../../core/verdicts/verdict.ts';
import { matchSubjects } from '../../core/vulnerabilities/rematch.ts';
import { staleSubjects } from '../../core/vulnerabilities/store/subjects.ts';
import { mulberry32 } from '../core/policy/samples.ts';
import { startTestCore, type TestCore } from '../support/core.ts';
import { loadSource } from '../support/load-source.ts';
import { loadRecords } from '../support/loaded-feed.ts';
import {
  activateAnother,
  changedRecords,
  PER_SECOND,
  untilJudgedBy,
  untilMatched,
  untilRenewed,
  whileAsked,
} from './catalog/changes.ts';
import { copyVerdicts, fillCatalog, referenceOf } from './catalog/fill.ts';
import { realPackages } from './catalog/images.ts';
import { packagePaths, vulnerabilityPaths } from './catalog/questions.ts';
import { imageReview, latencies } from './load.ts';

const IMAGES = Number(process.argv[2] ?? 100_000);
const MATCHED_AT_ONCE = 1000;
const CHANGED_PACKAGES = 200;
const ASKED_IMAGES = 1000;
/** Images that a cluster has in use while a bundle is changed: what was asked for last. */
const USED_IMAGES = 300;
const IDLE_SECONDS = 10;

const MOST_QUERY_MS = 50;
const MOST_REMATCH_SECONDS = 60;
const MOST_DOOR_RATIO = 2;
/** So many times an aim is a failure. */
const FAILS_AT = Number(process.env['TIDEWAITER_BENCH_FAILS_AT'] ?? 2);

const shared = process.env['TIDEWAITER_SHARED'];
if (shared === undefined) throw new Error('TIDEWAITER_SHARED names no folder of test material.');

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const start = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - start) / 1000 };
}

async function loadFeed(sql: Sql, format: FeedFormat, name: string, path: string) {
  const source = { name, format, place: join(shared ?? '', 'feeds', path) };
  const groups = await loadSource(sql, source, { scratch: folder });
  const failed = groups.find(({ outcome }) => outcome !== 'loaded');
  if (failed !== undefined) throw new Error(`${name} ${failed.group}: ${failed.outcome}`);
}

async function matchAll(sql: Sql): Promise<number> {
  let matched = 0;
  for (;;) {
    const stale = await staleSubjects(sql, MATCHED_AT_ONCE);
    if (stale.length === 0) return matched;
    await matchSubjects(sql, stale);
    matched += stale.length;
  }
}

/** Milliseconds of questions one after the other, sorted. */
async function timesOf(core: TestCore, paths: readonly string[]): Promise<number[]> {
  for (const path of paths.slice(0, 10)) await core.api('GET', path);
  const times: number[] = [];
  for (const path of paths) {
    const start = performance.now();
    const { status } = await core.api('GET', path);
    times.push(performance.now() - start);
    if (status !== 200) throw new Error(`${path} was answered with ${status}`);
  }
  return times.sort((a, b) => a - b);
}

async function printSizes(sql: Sql): Promise<void> {
  const rows = await sql<{ name: string; bytes: number; rows: number }[]>`
    select relname as name, pg_total_relation_size(oid)::bigint as bytes, reltuples::int as rows
    from pg_class
    where relkind = 'r' and relnamespace = 'public'::regnamespace
      and relname in ('packages', 'subjects', 'subject_keys', 'package_sets', 'package_set_members',
        'image_sets', 'findings', 'analyses', 'images', 'tags', 'manifests', 'layers')
    order by bytes desc`;
  const mib = (bytes: number) => bytes / 1024 / 1024;
  console.log('| table | rows | MiB | kB an image |\n| --- | ---: | ---: | ---: |');
  for (const { name, bytes, rows: count } of rows) {
    console.log(
      `| ${name} | ${count} | ${mib(bytes).toFixed(1)} | ${(bytes / IMAGES / 1000).toFixed(2)} |`,
    );
  }
  const all = rows.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(`MiB for 1,000 images: ${(mib(all) * 1000 / IMAGES).toFixed(2)}`);
}

const folder = mkdtempSync(join(tmpdir(), 'tw-catalog-'));
const log = createLog({ level: 'error', format: 'text' });
const server = await startEmbedded(join(folder, 'database'), log);
const environment = {
  DATABASE_URL: server.url,
  TIDEWAITER_LOG_LEVEL: 'warn',
  TIDEWAITER_DOOR_MODE: 'audit',
};
const core = await startTestCore({ embedded: true, environment });
const settings = openDatabase(server.url, { max: 1 });
// What is made here may be lost with the machine.
await settings`alter role current_user set synchronous_commit = off`;
await settings.end();
const sql = openDatabase(server.url);
try {
  const real = realPackages(shared);
  const feeds = await timed(async () => {
    if (IMAGES > 10_000) await loadFeed(sql, osv, 'osv', 'osv');
    await loadFeed(sql, osv, 'osv-derived', 'osv-derived');
    await loadFeed(sql, secdb, 'secdb', 'alpine/secdb');
    await loadFeed(sql, debian, 'debian', 'synthetic/debian-tracker-scale.json.gz');
    await sql`analyze advisories, statements`;
  });
  console.log(`feeds loaded in ${feeds.seconds.toFixed(0)} s`);
  const filled = await timed(() => fillCatalog(sql, real, IMAGES));
  console.log(
    `${IMAGES} images with ${filled.result} packages made in ${filled.seconds.toFixed(0)} s`,
  );
  const matched = await timed(() => matchAll(sql));
  await sql`analyze findings, subject_keys, subjects`;
  const [counts] = await sql<{ findings: number; subjects: number }[]>`
    select (select count(*)::int from findings) as findings,
      (select count(*)::int from subjects) as subjects`;
  console.log(
    `${counts?.subjects} subjects matched in ${matched.seconds.toFixed(0)} s: ` +
      `${counts?.findings} findings, each kept once`,
  );
  const [first] = await sql<{ digest: string; fulltag: string }[]>`
    select digest, fulltag from tags where fulltag = ${referenceOf(0)}`;
  if (first === undefined) throw new Error('There is no image.');
  await verdictOf(sql, { account: 'admin', ...first });
  await copyVerdicts(sql);
  await printSizes(sql);

  const misses: string[] = [];
  const hold = (name: string, figure: number, most: number) => {
    if (figure <= most) return;
    misses.push(name);
    if (figure > FAILS_AT * most) process.exitCode = 1;
  };
  console.log('| question | p50 ms | p99 ms |\n| --- | ---: | ---: |');
  for (
    const [name, paths] of [
      ['images by vulnerability, a page of 100', await vulnerabilityPaths(sql)],
      ['images by package, a page of 100', await packagePaths(sql)],
    ] as const
  ) {
    const times = await timesOf(core, paths);
    console.log(`| ${name} | ${at(times, 0.5).toFixed(1)} | ${at(times, 0.99).toFixed(1)} |`);
    hold(name, at(times, 0.99), MOST_QUERY_MS);
  }

  const random = mulberry32(7);
  const asked = Array.from(
    { length: ASKED_IMAGES },
    (_, turn) => imageReview(referenceOf(Math.floor(random() * IMAGES)), `n-${turn % 50}`),
  );
  const door = { url: core.url, path: '/imagepolicy', bodies: asked };
  await latencies(door, PER_SECOND, ASKED_IMAGES / PER_SECOND);
  const idle = await latencies(door, PER_SECOND, IDLE_SECONDS);
  const records = await changedRecords(sql, CHANGED_PACKAGES);
  const change = await whileAsked(door, async () => {
    const start = performance.now();
    await loadRecords(sql, 'change', records);
    return await untilMatched(sql, start);
  });
  const judging = await whileAsked(door, () => untilRenewed(sql));
  console.log(
    `a change that touches ${CHANGED_PACKAGES} packages is matched after ` +
      `${change.result.toFixed(1)} s; then verdicts on ${judging.result.images} images are made ` +
      `anew in ${judging.result.took.toFixed(1)} s, and ${judging.result.left} wait`,
  );
  const used = { ...door, bodies: asked.slice(-USED_IMAGES) };
  const policy = await whileAsked(used, async () => {
    const start = performance.now();
    const bundle = await activateAnother(core);
    const seconds = (performance.now() - start) / 1000;
    const now = await core.api('GET', `/images/${first.digest}/check?tag=${first.fulltag}`);
    if (!JSON.stringify(now.body).includes(`"policyId":"${bundle}"`)) {
      throw new Error(`An image was judged by the bundle before: ${JSON.stringify(now.body)}`);
    }
    return { seconds, ...await untilJudgedBy(sql, bundle) };
  });
  const { images, left, took, seconds } = policy.result;
  console.log(
    `another bundle is the active one after ${seconds.toFixed(1)} s; then verdicts on ${images} ` +
      `images are made anew in ${took.toFixed(1)} s, and ${left} wait`,
  );
  hold('the change of a feed', change.result, MOST_REMATCH_SECONDS);
  console.log('| the door | p50 ms | p99 ms | p99 to idle |\n| --- | ---: | ---: | ---: |');
  for (
    const [name, times] of [
      ['idle', idle],
      ['while a change is loaded and matched', change.times],
      ['while verdicts are made anew', judging.times],
      ['while another bundle becomes the active one', policy.times],
    ] as const
  ) {
    const ratio = at(times, 0.99) / at(idle, 0.99);
    const cells = [at(times, 0.5).toFixed(1), at(times, 0.99).toFixed(1), ratio.toFixed(2)];
    console.log(`| ${name} | ${cells.join(' | ')} |`);
    hold(`the door ${name}`, ratio, MOST_DOOR_RATIO);
  }
  if (misses.length > 0) console.log(`missed: ${misses.join('; ')}`);
} finally {
  await sql.end();
  await core.stop();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
