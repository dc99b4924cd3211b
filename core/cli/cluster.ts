/**
 * Connects a cluster with Tidewaiter, or finds out what is wrong with the connection.
 *
 *     npm run cluster -- setup     files for the API server, webhook, labels
 *     npm run cluster -- doctor    the way from the API server to a verdict, link by link
 *
 * Exits 0 if all is well, 1 if a link is broken, 2 if the command could not be run.
 *
 * @module
 */
import process from 'node:process';
import { codeOf, messageOf } from '../errors.ts';
import { doctor } from './cluster/doctor.ts';
import { readOptions, USAGE } from './cluster/options.ts';
import { setup } from './cluster/setup.ts';

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(USAGE);
    return 0;
  }
  try {
    const options = readOptions(args);
    const say = (line: string) => console.log(line);
    if (options.command === 'doctor') return await doctor(options, say) ? 0 : 1;
    await setup(options, say);
    return 0;
  } catch (error) {
    console.error(`${messageOf(error)} (${codeOf(error, 'failed')})`);
    return 2;
  }
}

process.exit(await main(process.argv.slice(2)));
