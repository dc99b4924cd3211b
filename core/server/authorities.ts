/**
 * Authorities of the door's certificates. One is made at the first start and another when two
 * thirds of its life are over; from then on both count, so that API servers can be given new
 * kubeconfigs while the old ones still work.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { Sql, Transaction } from '../database/connection.ts';
import {
  certificateDates,
  type CertificateWithKey,
  createAuthority,
  renewalDue,
} from './certificates.ts';

const PREFIX = 'door-authority';
const AUTHORITY_DAYS = 3650;
/** Servers show a certificate of the older authority until it has so long left. */
const LAST_DAYS = 90;
const DAY_MS = 86_400_000;

/** Oldest first; never empty. */
export type Authorities = readonly [CertificateWithKey, ...CertificateWithKey[]];

async function valid(tx: Transaction): Promise<CertificateWithKey[]> {
  const rows = await tx<CertificateWithKey[]>`
    select certificate, key from certificates
    where name = ${PREFIX} or name like ${`${PREFIX}-%`} order by created_at, name`;
  return rows.filter(({ certificate }) =>
    certificateDates(certificate).notAfter.getTime() > Date.now()
  );
}

async function make(tx: Transaction): Promise<CertificateWithKey> {
  const [first] = await tx`select from certificates where name = ${PREFIX}`;
  const name = first === undefined ? PREFIX : `${PREFIX}-${randomBytes(4).toString('hex')}`;
  const made = await createAuthority({ commonName: 'Tidewaiter door', days: AUTHORITY_DAYS });
  await tx`
    insert into certificates (name, certificate, key, created_at)
    values (${name}, ${made.certificate}, ${made.key}, clock_timestamp())`;
  return made;
}

/** Lets one core at a time make certificates. */
export async function lockCertificates(tx: Transaction): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended('door certificates', 0))`;
}

/** All that count, one made now if there is none or the newest is due. Wants the lock. */
export async function authoritiesIn(tx: Transaction): Promise<Authorities> {
  const [oldest, ...more] = await valid(tx);
  if (oldest === undefined) return [await make(tx)];
  const newest = more.at(-1) ?? oldest;
  return renewalDue(newest.certificate, new Date())
    ? [oldest, ...more, await make(tx)]
    : [oldest, ...more];
}

/** All that count. */
export async function doorAuthorities(sql: Sql): Promise<Authorities> {
  return await sql.begin(async (tx) => {
    await lockCertificates(tx);
    return await authoritiesIn(tx);
  });
}

/** Makes another authority now; the older ones go on counting. */
export async function addAuthority(sql: Sql): Promise<Authorities> {
  return await sql.begin(async (tx) => {
    await lockCertificates(tx);
    const before = await authoritiesIn(tx);
    return [...before, await make(tx)] as const;
  });
}

/** Certificates of all of them as one text, as clients and listeners want it. */
export function trusted(authorities: Authorities): string {
  return authorities.map(({ certificate }) => certificate).join('');
}

/** The one whose certificates every client knows: the oldest, unless it is about to end. */
export function serverAuthority(authorities: Authorities): CertificateWithKey {
  const lasting = authorities.find(({ certificate }) =>
    certificateDates(certificate).notAfter.getTime() > Date.now() + LAST_DAYS * DAY_MS
  );
  return lasting ?? clientAuthority(authorities);
}

/** The one that new clients get their certificate from: the newest. */
export function clientAuthority(authorities: Authorities): CertificateWithKey {
  return authorities.at(-1) ?? authorities[0];
}
