/**
 * Core: the one place where its parts are put together.
 *
 *     npm start
 *     npm start -- --services api,door    some of its services alone
 *
 * @module
 */
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { Services } from './api/context.ts';
import { createLogins } from './accounts/login.ts';
import { createTokens } from './accounts/tokens.ts';
import { ensureAdmin } from './accounts/users.ts';
import { ensureBundle } from './catalog/bundles.ts';
import { type Config, loadConfig } from './config/load.ts';
import { SERVICES, type Settings } from './config/schema.ts';
import { urlHost } from './config/urls.ts';
import { connectKubernetes, serviceUrl } from './cluster/kubernetes.ts';
import { createTokenReviewer } from './cluster/token-review.ts';
import { runInBackground } from './coordinators/background.ts';
import { runCoordinators } from './coordinators/index.ts';
import { openDatabase, type Sql } from './database/connection.ts';
import { type EmbeddedDatabase, startEmbedded } from './database/embedded.ts';
import { migrate } from './database/migrate.ts';
import { untilReachable } from './database/reach.ts';
import { outliveConnections } from './database/rejections.ts';
import { DecisionLog } from './door/decision-log.ts';
import { Holds } from './door/hold.ts';
import { Memory } from './door/memory.ts';
import type { DoorServices } from './door/services.ts';
import { messageOf, TidewaiterError } from './errors.ts';
import { configuredSources } from './feeds/sources.ts';
import { createLog, type Log } from './log.ts';
import { DEFAULT_BUNDLE } from './policy/index.ts';
import { createLauncher } from './queue/launchers/index.ts';
import { JOB_IDENTITY } from './queue/launchers/job.ts';
import { withLocalKey } from './registries/local-key.ts';
import { createRegistries } from './registries/registries.ts';
import { apiListener, doorListener, metricsListener } from './server/app.ts';
import { isLoopback } from './server/authentication.ts';
import { askerOver } from './server/door-identity.ts';
import { doorCertificates, keepCertificates, type KeptCertificates } from './server/door-tls.ts';
import { Entrance } from './server/entrance.ts';
import { listen } from './server/listen.ts';
import { metricsText } from './server/metrics.ts';
import { startRelay } from './server/relay.ts';
import { firstSteps } from './server/first-steps.ts';

/** In a cluster the door goes on so long after its end was asked for: others still come. */
const LEAVING_MS = 2000;

/** Answers under way get so long when core is stopped. */
const GRACE_MS = 5000;

/** Where a person waits, a database that does not come is told of after so long. */
const DATABASE_SECONDS = 60;

/** Whether a host to listen on is this machine's alone. */
function listensLocally(config: Config): boolean {
  return isLoopback(config.host);
}

/** Where local analyses and feeds get their scratch: with an own data folder in it, emptied of what was left. */
function scratchDir(config: Config, ownsDataDir: boolean): string {
  if (!ownsDataDir) return tmpdir();
  const folder = join(config.data_dir, 'scratch');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Whether this process makes Jobs or believes their tokens. */
function usesKubernetes({ launcher, services }: Config): boolean {
  return launcher === 'kubernetes' &&
    (services.includes('coordinators') || services.includes('tasks'));
}

/** Aborts at the first TERM or INT, with the signal's name as its reason. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stopping.abort(name));
  return stopping.signal;
}

/** A core that runs. */
interface Running {
  readonly port: number;
  readonly doorPort: number | undefined;
  /** A password that was made up at this start. */
  readonly password: string | undefined;
  stop(): Promise<void>;
}

async function prepare(sql: Sql, config: Config, log: Log, embedded: boolean) {
  await migrate(sql, log);
  // Who cannot be logged in to shows no password, either.
  if (!config.services.includes('api')) return undefined;
  const password = await ensureAdmin(
    sql,
    config.admin_password,
    embedded ? config.data_dir : undefined,
  );
  await ensureBundle(sql, 'admin', DEFAULT_BUNDLE);
  return password;
}

/** What the door remembers and writes down; both are stopped after its listeners. */
function startDoor(
  { config, sql, log }: Pick<Services, 'config' | 'sql' | 'log'>,
  databaseUrl: string,
  certificatesChanged: () => void,
  undo: (() => Promise<void>)[],
): DoorServices {
  const memory = new Memory({
    sql,
    log,
    connect: (closed) => openDatabase(databaseUrl, { max: 1, keep: true, closed }),
    seconds: config.door_memory_seconds,
    told: (text) => text === 'certificates' && certificatesChanged(),
  });
  const decisions = new DecisionLog(sql, log);
  memory.start();
  decisions.start();
  undo.push(() => memory.stop(), () => decisions.stop());
  const holds = new Holds(sql, {
    seconds: config.door_hold_seconds,
    questions: config.door_held_questions,
  });
  return { config, sql, log, memory, decisions, holds };
}

async function startCore(given: Config, log: Log, stopping: AbortSignal): Promise<Running> {
  const config = withLocalKey(given);
  const undo: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const step of undo.toReversed()) await step();
  };
  const background = (run: (signal: AbortSignal) => Promise<void>) => {
    const term = new AbortController();
    const ended = run(term.signal);
    undo.push(async () => {
      term.abort();
      await ended;
    });
  };
  try {
    const entrance = new Entrance();
    const api = await listen(entrance, {
      host: config.host,
      port: config.port,
      setting: 'TIDEWAITER_PORT',
    });
    undo.push(() => api.close(0));
    let embedded: EmbeddedDatabase | undefined;
    if (config.database_url === undefined) {
      embedded = await startEmbedded(config.data_dir, log);
      undo.push(embedded.stop);
    }
    const url = config.database_url ?? embedded?.url ?? '';
    const sql = openDatabase(url);
    undo.push(() => sql.end({ timeout: 2 }));
    // A cluster would start core again and again, after ever longer pauses.
    const patience = config.launcher === 'kubernetes' ? Number.POSITIVE_INFINITY : DATABASE_SECONDS;
    await untilReachable(sql, url, log, patience, stopping);
    const password = await prepare(sql, config, log, embedded !== undefined);

    const registries = createRegistries({ config, sql, log, isLocal: listensLocally(config) });
    undo.push(() => registries.close());
    const kubernetes = usesKubernetes(config) ? await connectKubernetes() : undefined;
    const reviewToken = kubernetes === undefined
      ? undefined
      : createTokenReviewer(kubernetes, JOB_IDENTITY);
    const services = { config, sql, log, registries, reviewToken, stopping };
    const isReady = () => sql`select 1`.then(() => true, () => false);
    const local = listensLocally(config);
    let certificates: KeptCertificates | undefined;
    const door = config.services.includes('door')
      ? startDoor(services, url, () => certificates?.look(), undo)
      : undefined;
    const metrics = () =>
      metricsText(sql, {
        certificateEnds: certificates?.expiresAt(),
        judgements: door?.memory.size,
      });
    const logins = createLogins(sql, log);
    const tokens = createTokens(sql, config);
    if (config.metrics_port !== undefined) {
      const where = { host: config.host, port: config.metrics_port };
      const listener = await listen(
        metricsListener(metrics),
        { ...where, setting: 'TIDEWAITER_METRICS_PORT' },
      );
      undo.push(() => listener.close(GRACE_MS));
    }
    let doorPort: number | undefined;
    if (door !== undefined) {
      const service = kubernetes && {
        namespace: kubernetes.namespace,
        address: process.env['TIDEWAITER_CORE_SERVICE_HOST'],
      };
      const read = () => doorCertificates(sql, config, service);
      const first = await read();
      const listener = await listen(
        doorListener(door, askerOver(sql, door.memory)),
        { host: config.host, port: config.door_port, setting: 'TIDEWAITER_DOOR_PORT' },
        first,
      );
      doorPort = listener.port;
      certificates = keepCertificates({ listener, first, read, log });
      undo.push(certificates.stop, async () => {
        if (kubernetes !== undefined) await listener.leave(LEAVING_MS);
        await listener.close(GRACE_MS);
      });
    }
    // Last of the listeners: who is told that core is ready comes to any of them.
    entrance.open(
      apiListener({ services, door, logins, tokens, listensLocally: local, isReady, metrics }),
    );
    undo.push(() => api.close(GRACE_MS));
    const alone = embedded !== undefined;
    const scratch = scratchDir(config, alone);
    if (config.services.includes('coordinators')) {
      const coreUrl = config.public_url ??
        (kubernetes === undefined
          ? `http://${urlHost(config.host)}:${api.port}`
          : serviceUrl(process.env, kubernetes.namespace));
      const makeLauncher = () => createLauncher(config, scratch, kubernetes, log);
      background((signal) =>
        runCoordinators(
          { ...services, makeLauncher, coreUrl, alone, kubernetes },
          url,
          signal,
        )
      );
    }
    if (config.services.includes('coordinators') || config.services.includes('policy')) {
      const work = { config, databaseUrl: url, scratch };
      background((signal) => runInBackground(work, log, signal));
    }
    return { port: api.port, doorPort, password, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Settings of the command line: which services run may differ where all else is shared. */
function readArguments(): Partial<Settings> {
  try {
    const { services } = parseArgs({ options: { services: { type: 'string' } } }).values;
    return services === undefined ? {} : { services: services.split(',') as Settings['services'] };
  } catch (error) {
    throw new TidewaiterError(
      'invalid_configuration',
      500,
      `${messageOf(error)}. Core takes --services ${
        SERVICES.join(',')
      } and nothing else; all other settings are in its file and environment.`,
    );
  }
}

async function main(): Promise<void> {
  const stopping = stopSignal();
  const { config, warnings } = loadConfig(process.env, readArguments());
  // Checked before anything is started, also by cores that load no feeds.
  configuredSources(config.feeds);
  const log = createLog({ level: config.log_level, format: config.log_format });
  for (const warning of warnings) log.warn(warning);
  outliveConnections(log);
  if (config.services.includes('relay')) {
    const relay = await startRelay(config, log);
    log.info('the door beside the API server is open', {
      port: relay.port,
      core: config.relay_core,
    });
    if (!stopping.aborted) await once(stopping, 'abort');
    return await relay.stop();
  }
  const core = await startCore(config, log, stopping);
  firstSteps(config, core, log);
  if (!stopping.aborted) await once(stopping, 'abort');
  log.info('stopping', { signal: stopping.reason });
  await core.stop();
  log.info('stopped');
}

try {
  await main();
  process.exit(0);
} catch (error) {
  const known = error instanceof TidewaiterError;
  console.error(known ? `Tidewaiter cannot start. ${error.message}` : error);
  process.exit(1);
}
