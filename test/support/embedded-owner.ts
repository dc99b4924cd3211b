/**
 * A process that owns an embedded database and does nothing else, for tests that kill the owner:
 * prints the server's process id, then stays.
 *
 * @module
 */
import process from 'node:process';
import { startEmbedded } from '../../core/database/embedded.ts';
import { createLog } from '../../core/log.ts';

const server = await startEmbedded(
  process.argv[2] ?? '',
  createLog({ level: 'error', format: 'text' }),
);
process.stdout.write(`${server.pid()}\n`);
setInterval(() => {}, 60_000);
