/**
 * The core a command speaks with: the one that runs already, or one it starts for itself.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { readPasswordFile } from '../accounts/users.ts';
import type { Config } from '../config/load.ts';
import { urlHost } from '../config/urls.ts';
import { TidewaiterError } from '../errors.ts';
import { connect, type CoreApi, isUp, untilReady } from './client.ts';

export interface LocalCore {
  readonly url: string;
  readonly api: CoreApi;
  /** Ends the core if the command started it. */
  stop(): Promise<void>;
}

const MAIN = join(dirname(fileURLToPath(import.meta.url)), '../main.ts');
const READY_SECONDS = 60;
const KEPT_OUTPUT = 4000;

/**
 * The password of the user admin, as far as it is known here.
 *
 * @throws TidewaiterError `password_unknown`
 */
export function passwordOf(config: Config): string {
  const password = config.admin_password ?? readPasswordFile(config.data_dir);
  if (password !== undefined) return password;
  throw new TidewaiterError(
    'password_unknown',
    500,
    'The password of the user admin is not known here: set TIDEWAITER_ADMIN_PASSWORD.',
  );
}

function urlOf(config: Config): string {
  return `http://${urlHost(config.host)}:${config.port}`;
}

/** A port nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/**
 * Starts a core with more environment than this process has, and waits until it is ready. It lives
 * for one command, so it takes the feeds as they are.
 */
export async function startLocalCore(
  config: Config,
  environment: Readonly<Record<string, string>> = {},
): Promise<LocalCore> {
  const url = urlOf(config);
  const args = 'deno' in process.versions ? ['run', '-A', MAIN] : [MAIN];
  const child = spawn(process.execPath, args, {
    env: {
      ...process.env,
      TIDEWAITER_LOG_FORMAT: 'json',
      TIDEWAITER_FEEDS: JSON.stringify({ ...config.feeds, sync: false }),
      ...environment,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString('utf8')).slice(-KEPT_OUTPUT);
  });
  let gone = false;
  const exit = once(child, 'close').then(() => gone = true, () => gone = true);
  try {
    await untilReady(url, READY_SECONDS, () => gone);
    const api = connect(url, passwordOf(config));
    return {
      url,
      api,
      stop: async () => {
        child.kill('SIGTERM');
        await exit;
      },
    };
  } catch (error) {
    child.kill('SIGTERM');
    await exit;
    const said = output.trim().split('\n').at(-1) ?? '';
    throw new TidewaiterError(
      'core_not_ready',
      500,
      said === '' ? 'The core did not become ready.' : said,
      { cause: error },
    );
  }
}

/** The running core, or one that is started now. */
export async function findCore(config: Config, starting: () => void): Promise<LocalCore> {
  const url = urlOf(config);
  if (await isUp(url)) {
    return { url, api: connect(url, passwordOf(config)), stop: () => Promise.resolve() };
  }
  starting();
  return await startLocalCore(config);
}
