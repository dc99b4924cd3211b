/**
 * What a long queue costs: the time to take the next image, and to say where one stands, with ten
 * thousand to a million images waiting.
 *
 *     npm run bench:queue
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { openDatabase, type Sql } from '../../core/database/connection.ts';
import { startEmbedded } from '../../core/database/embedded.ts';
import { migrate } from '../../core/database/migrate.ts';
import { createLog } from '../../core/log.ts';
import { queueDepth, queueState } from '../../core/queue/analyses.ts';
import { lease } from '../../core/queue/lease.ts';

const DEPTHS = [10_000, 100_000, 1_000_000];
const ACCOUNTS = 10;
const REGISTRIES = 50;
const RUNS = 21;

/** Images of several accounts and registries, all waiting. */
async function fill(sql: Sql, images: number): Promise<void> {
  await sql`truncate manifests cascade`;
  await sql`
    insert into manifests
      (digest, media_type, document, config, platform, compressed_size, layer_count)
    select 'sha256:' || encode(sha256(i::text::bytea), 'hex'), '', '', '', '{}', 1000, 1
    from generate_series(1, ${images}) i`;
  await sql`
    insert into analyses (digest, lane, account, reference, source, queued_at)
    select digest, 1, 'account-' || n % ${ACCOUNTS}, 'image', jsonb_build_object(
      'kind', 'registry', 'registry', n % ${REGISTRIES} || '.example', 'repository', 'image'),
      now() - n * interval '1 millisecond'
    from (select digest, row_number() over () as n from manifests)`;
  await sql`analyze`;
}

async function median(act: () => Promise<unknown>): Promise<string> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const start = performance.now();
    await act();
    times.push(performance.now() - start);
  }
  return (times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0).toFixed(1);
}

const folder = mkdtempSync(join(tmpdir(), 'tw-bench-'));
const log = createLog({ level: 'error', format: 'text' });
const server = await startEmbedded(folder, log);
const sql = openDatabase(server.url, { max: 1 });
try {
  await migrate(sql, log);
  console.log('| images waiting | take the next, ms | position of the last, ms | depths, ms |');
  console.log('| --: | --: | --: | --: |');
  for (const images of DEPTHS) {
    await fill(sql, images);
    const [last] = await sql<{ digest: string }[]>`
      select digest from analyses order by queued_at desc limit 1`;
    const take = await median(() => lease(sql, 'bench'));
    const position = await median(() => queueState(sql, last?.digest ?? ''));
    const depths = await median(() => queueDepth(sql));
    console.log(`| ${images} | ${take} | ${position} | ${depths} |`);
  }
} finally {
  await sql.end();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
