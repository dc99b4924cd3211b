/**
 * Starts the relay from the files that `npm run cluster -- setup --relay` has written.
 *
 * @module
 */
import { Hono } from 'hono';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiEnv } from '../api/context.ts';
import type { Config } from '../config/load.ts';
import { relayRoutes } from '../door/relay.ts';
import { messageOf, TidewaiterError } from '../errors.ts';
import type { Log } from '../log.ts';
import { clusterOfCertificate } from './door-identity.ts';
import { listen } from './listen.ts';

/** Files of the folder `relay_dir`. */
export const RELAY_FILES = {
  clientCertificate: 'client.crt',
  clientKey: 'client.key',
  authority: 'ca.crt',
  serverCertificate: 'server.crt',
  serverKey: 'server.key',
  exempt: 'exempt',
} as const;

function read(dir: string, name: string): string {
  try {
    return readFileSync(join(dir, name), 'utf8');
  } catch (error) {
    throw new TidewaiterError(
      'relay_file_missing',
      500,
      `The relay needs ${join(dir, name)}: ${messageOf(error)}. Write its folder by ` +
        '"npm run cluster -- setup --relay".',
      { cause: error },
    );
  }
}

/**
 * Starts the relay; nothing else runs in its process.
 *
 * @throws TidewaiterError `relay_unconfigured`, `relay_file_missing`, `port_in_use`
 */
export async function startRelay(
  config: Config,
  log: Log,
): Promise<{ port: number; stop(): Promise<void> }> {
  const { relay_core: core, relay_dir: dir } = config;
  if (core === undefined || dir === undefined) {
    throw new TidewaiterError(
      'relay_unconfigured',
      500,
      'The relay needs the settings relay_core (https://host:port of core) and relay_dir.',
    );
  }
  const authority = read(dir, RELAY_FILES.authority);
  const relay = relayRoutes({
    core: new URL(core).origin,
    certificate: read(dir, RELAY_FILES.clientCertificate),
    key: read(dir, RELAY_FILES.clientKey),
    authority,
    exemptFile: join(dir, RELAY_FILES.exempt),
    failMode: config.door_fail_mode,
    log,
    isKnown: (c) => clusterOfCertificate(c) !== undefined,
  });
  const app = new Hono<ApiEnv>();
  app.get('/health', (c) => c.body(null, 200));
  app.route('/', relay.app);
  const listener = await listen(
    app,
    { host: config.host, port: config.door_port, setting: 'TIDEWAITER_DOOR_PORT' },
    {
      certificate: read(dir, RELAY_FILES.serverCertificate),
      key: read(dir, RELAY_FILES.serverKey),
      authority,
    },
  );
  return {
    port: listener.port,
    async stop() {
      await listener.close(5000);
      await relay.close();
    },
  };
}
