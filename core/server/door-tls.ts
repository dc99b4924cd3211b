/**
 * What the door's listener shows: a certificate made at the first start, kept in the database, and
 * renewed at two thirds of its life without a restart.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/load.ts';
import type { Sql, Transaction } from '../database/connection.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { authoritiesIn, lockCertificates, serverAuthority, trusted } from './authorities.ts';
import {
  certificateDates,
  type CertificateWithKey,
  issueServerCertificate,
  renewalDue,
} from './certificates.ts';
import type { Listener, TlsOptions } from './listen.ts';

const SERVER = 'door-server';
const SERVER_DAYS = 365;
/** How often it is looked at; the database says when it was changed by another core. */
const LOOK_MS = 60_000;

async function find(sql: Transaction, name: string): Promise<CertificateWithKey | undefined> {
  const [row] = await sql<CertificateWithKey[]>`
    select certificate, key from certificates where name = ${name}`;
  return row;
}

async function keep(
  sql: Transaction,
  name: string,
  made: CertificateWithKey,
): Promise<CertificateWithKey> {
  await sql`
    insert into certificates (name, certificate, key)
    values (${name}, ${made.certificate}, ${made.key})
    on conflict (name) do update set certificate = excluded.certificate, key = excluded.key,
      created_at = now()`;
  return made;
}

/** Names under which API servers may come to the door. */
function namesOf(config: Config, service: ServicePlace | undefined): string[] {
  const local = ['localhost', '127.0.0.1', '::1'];
  if (service === undefined) return [...new Set([...local, hostname(), ...config.door_names])];
  const { address, namespace } = service;
  const name = `tidewaiter-core.${namespace}`;
  // An API server asks by the address: names of the cluster do not resolve for it.
  const inside = [
    'tidewaiter-core',
    name,
    `${name}.svc`,
    ...(address === undefined ? [] : [address]),
  ];
  return [...new Set([...local, ...inside, ...config.door_names])];
}

/** Where core's Service is in a cluster. */
export interface ServicePlace {
  readonly namespace: string;
  readonly address: string | undefined;
}

/**
 * What the door's listener shows; made now if there is none for these names, or it is due.
 * `service` is undefined outside a cluster.
 */
export async function doorCertificates(
  sql: Sql,
  config: Config,
  service?: ServicePlace,
): Promise<TlsOptions> {
  const names = namesOf(config, service);
  const hash = createHash('sha256').update(names.join(' ')).digest('hex').slice(0, 16);
  const row = `${SERVER}-${hash}`;
  return await sql.begin(async (tx) => {
    await lockCertificates(tx);
    const authorities = await authoritiesIn(tx);
    const known = await find(tx, row);
    const server = known !== undefined && !renewalDue(known.certificate, new Date())
      ? known
      : await keep(
        tx,
        row,
        await issueServerCertificate(serverAuthority(authorities), { names, days: SERVER_DAYS }),
      );
    return { certificate: server.certificate, key: server.key, authority: trusted(authorities) };
  });
}

/** Has every door show a new certificate; connections that stand go on. */
export async function renewServerCertificates(sql: Sql): Promise<void> {
  await sql.begin(async (tx) => {
    await lockCertificates(tx);
    await tx`delete from certificates where name like ${`${SERVER}-%`}`;
    await tx`select pg_notify('door', 'certificates')`;
  });
}

export interface KeptCertificates {
  /** Looks now instead of in a while. */
  look(): void;
  /** When what is shown ends. */
  expiresAt(): Date;
  stop(): Promise<void>;
}

/** Keeps what a listener shows up to date. */
export function keepCertificates(
  options: {
    readonly listener: Listener;
    readonly first: TlsOptions;
    readonly read: () => Promise<TlsOptions>;
    readonly log: Log;
  },
): KeptCertificates {
  const { listener, read, log } = options;
  let shown = options.first;
  const stopping = new AbortController();
  let wake = new AbortController();

  async function look(): Promise<void> {
    const now = await read();
    if (JSON.stringify(now) === JSON.stringify(shown)) return;
    listener.show(now);
    shown = now;
    log.info('the door shows another certificate', {
      expires: certificateDates(now.certificate).notAfter.toISOString(),
    });
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const { signal } = wake;
      await sleep(LOOK_MS, undefined, { signal: AbortSignal.any([signal, stopping.signal]) })
        .catch(() => {});
      if (stopping.signal.aborted) return;
      if (signal.aborted) wake = new AbortController();
      await look().catch((error: unknown) => {
        log.warn('the certificates of the door cannot be read', { error: messageOf(error) });
      });
    }
  }

  const running = run();
  return {
    look: () => wake.abort(),
    expiresAt: () => certificateDates(shown.certificate).notAfter,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
