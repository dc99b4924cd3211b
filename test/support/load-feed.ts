/**
 * Loads one source into a database and says how far it has come, for tests that end it on the way
 * and for benchmarks.
 *
 *     load-feed.ts DATABASE FORMAT PLACE SCRATCH [stay]
 *
 * Prints a line for each phase: `ready` with the process id of its database connection, `reading`,
 * `read` once all is read and only the switch is left, `loaded`. Asked to stay, it lives on, as a
 * core does.
 *
 * @module
 */
import process from 'node:process';
import { openDatabase } from '../../core/database/connection.ts';
import type { FeedFormat } from '../../core/feeds/format.ts';
import { FORMATS } from '../../core/feeds/index.ts';
import { loadSource } from './load-source.ts';

function tell(...words: readonly unknown[]): void {
  process.stdout.write(`${words.join(' ')}\n`);
}

/** The same format, which tells when reading begins and ends. */
function told(format: FeedFormat): FeedFormat {
  return {
    ...format,
    async *read(group, files, note) {
      tell('reading');
      yield* format.read(group, files, note);
      tell('read');
    },
  };
}

const [url = '', name = '', place = '', scratch = '', stay] = process.argv.slice(2);
const format = FORMATS.find((one) => one.name === name);
if (format === undefined) throw new Error(`there is no format ${name}`);
// One connection: who ends this process can wait for the end of what it has asked for.
const sql = openDatabase(url, { max: 1, keep: true });
const [backend] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
tell('ready', backend?.pid);
const source = { name, format: told(format), place };
for (const { group, outcome } of await loadSource(sql, source, { scratch, isForced: true })) {
  if (outcome !== 'loaded') throw new Error(`${group}: ${outcome}`);
}
tell('loaded');
if (stay === undefined) await sql.end();
else setInterval(() => {}, 60_000);
