/**
 * What a start says: where it listens, how to log in, and what to try next.
 *
 * @module
 */
import process from 'node:process';
import { passwordFile } from '../accounts/users.ts';
import type { Config } from '../config/load.ts';
import { urlHost } from '../config/urls.ts';
import type { Log } from '../log.ts';

export interface Started {
  readonly port: number;
  readonly doorPort: number | undefined;
  /** A password that was made up at this start. */
  readonly password: string | undefined;
}

/** Tells a person at a terminal the first steps; a machine gets one line. */
export function firstSteps(config: Config, started: Started, log: Log): void {
  const api = `http://${urlHost(config.host)}:${started.port}`;
  const door = started.doorPort === undefined
    ? undefined
    : `https://${urlHost(config.host)}:${started.doorPort}`;
  if (started.password !== undefined) {
    log.info('made a password for the user admin', {
      password: started.password,
      ...(config.database_url === undefined ? { kept: passwordFile(config.data_dir) } : {}),
    });
  }
  log.info('ready', {
    api: `${api}/v1`,
    ...(door === undefined ? {} : { door: `${door}/imagepolicy` }),
  });
  if (config.log_format !== 'text') return;
  const login = config.database_url === undefined && config.admin_password === undefined
    ? `admin:$(cat ${passwordFile(config.data_dir)})`
    : 'admin:PASSWORD';
  process.stdout.write(
    [
      '',
      `Tidewaiter listens at ${api}. In another terminal try:`,
      '',
      '  npm run demo                           two images judged, no network needed',
      '  npm run admit -- docker.io/library/alpine:latest',
      `  curl -u "${login}" ${api}/v1/images`,
      '',
      'Stop it with Ctrl-C.',
      '',
    ].join('\n'),
  );
}
