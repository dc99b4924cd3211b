/**
 * The feeds of a core: what it has, and how it gets them where there is no network.
 *
 *     npm run feeds -- list                                     what the core has
 *     npm run feeds -- sync                                     has it fetch what is new
 *     npm run feeds -- keys                                     makes keys for bundles
 *     npm run feeds -- export FILE --key feeds-private.pem      all feeds as one signed file
 *     npm run feeds -- import FILE --trust feeds-public.pem     … into another core
 *
 * Exits 0 if all was done, 1 if something was refused or has failed, 2 if it could not be run.
 *
 * @module
 */
import { resolve } from 'node:path';
import process from 'node:process';
import { loadConfig } from '../config/load.ts';
import { codeOf, messageOf } from '../errors.ts';
import { escapeText } from '../log.ts';
import { type FeedsApi, feedsApi } from './feeds/api.ts';
import { exportFeeds } from './feeds/export.ts';
import { importFeeds } from './feeds/import.ts';
import { writeKeys } from './feeds/keys.ts';
import { listFeeds, syncFeeds } from './feeds/list.ts';
import { type FeedsOptions, readOptions, USAGE } from './feeds/options.ts';
import { findCore, passwordOf } from './local-core.ts';

/** What is wrong with a bundle, and not with the command or the core. */
const REFUSED = new Set([
  'feed_bundle_changed',
  'feed_bundle_forged',
  'feed_bundle_malformed',
  'feed_bundle_unsigned',
  'feed_bundle_untrusted',
  'feed_bundle_version',
]);

// npm runs scripts in the project's folder and tells where it was called.
const FROM = process.env['INIT_CWD'] ?? process.cwd();

function say(line: string): void {
  console.log(escapeText(line));
}

function placed(path: string): string {
  return resolve(FROM, path);
}

/** Does something with the core that is named, or that runs here, or that is started for it. */
async function withCore<T>(
  core: string | undefined,
  run: (api: FeedsApi) => Promise<T>,
): Promise<T> {
  const { config } = loadConfig();
  if (core !== undefined) return await run(feedsApi(core.replace(/\/+$/, ''), passwordOf(config)));
  const local = await findCore(config, () => console.error('starting a core'));
  try {
    return await run(feedsApi(local.url, passwordOf(config)));
  } finally {
    await local.stop();
  }
}

/** Whether all was done. */
async function run(options: FeedsOptions): Promise<boolean> {
  if (options.command === 'keys') {
    await writeKeys(placed(options.out), say);
    return true;
  }
  return await withCore(options.core, async (api) => {
    switch (options.command) {
      case 'list':
        await listFeeds(api, say);
        return true;
      case 'sync':
        return await syncFeeds(api, say);
      case 'export': {
        const { file, key, sources } = options;
        const request = { file: placed(file), key: key && placed(key), sources };
        await exportFeeds(api, request, say);
        return true;
      }
      case 'import': {
        const { file, trust } = options;
        return await importFeeds(
          api,
          { ...options, file: placed(file), trust: trust?.map(placed) },
          say,
        );
      }
    }
  });
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(USAGE);
    return 0;
  }
  try {
    return await run(readOptions(args)) ? 0 : 1;
  } catch (error) {
    const code = codeOf(error, 'failed');
    const message = code === 'wrong_arguments' ? messageOf(error) : escapeText(messageOf(error));
    console.error(`${message} (${code})`);
    return REFUSED.has(code) ? 1 : 2;
  }
}

process.exit(await main(process.argv.slice(2)));
