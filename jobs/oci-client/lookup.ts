/**
 * Name resolution that gives a connection none but allowed addresses.
 *
 * The check sits between resolution and connection, so a name cannot answer with one address when
 * it is checked and with another one when it is connected to.
 *
 * @module
 */

import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import process from 'node:process';

import { OciError } from './errors.ts';

/** Which hosts may be asked and where they are. */
export interface AddressPolicy {
  /** Asked for every address before it is connected to; hosts come without port and brackets. */
  readonly allowAddress: (host: string, ip: string) => boolean;
  /** Where given, only these hosts may be asked, at these addresses and without DNS. */
  readonly pins?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** A URL's host without the brackets of IPv6. */
export function bareHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/**
 * Checks what can be checked without resolving: pins, and hosts that are addresses. URLs have one
 * spelling per IPv4 address, so `http://2130706433` arrives here as `127.0.0.1`.
 *
 * @throws {OciError} `forbidden_address`
 */
export function checkHost(url: URL, policy: AddressPolicy): void {
  const host = bareHost(url);
  if (policy.pins !== undefined && !Object.hasOwn(policy.pins, host)) throw notPinned(host);
  if (isIP(host) !== 0 && !policy.allowAddress(host, host)) throw forbidden(host, [host]);
}

/** A `lookup` for sockets, which fails with `forbidden_address` when no address is allowed. */
export function checkedLookup(policy: AddressPolicy): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, policy, (error, found) => {
      const allowed = found.filter(({ address }) => policy.allowAddress(hostname, address));
      const [first] = allowed;
      const failure = error ??
        (first === undefined ? forbidden(hostname, found.map(({ address }) => address)) : null);
      if (failure !== null || first === undefined) callback(failure, []);
      else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

type Resolved = (error: Error | null, addresses: readonly LookupAddress[]) => void;

function resolve(hostname: string, { pins }: AddressPolicy, done: Resolved): void {
  if (pins === undefined) {
    systemLookup(
      hostname,
      { all: true },
      (error, addresses) => done(error, error ? [] : addresses),
    );
    return;
  }
  const pinned = Object.hasOwn(pins, hostname) ? pins[hostname] : undefined;
  const addresses = (pinned ?? []).map((address) => ({ address, family: isIP(address) }));
  process.nextTick(done, pinned === undefined ? notPinned(hostname) : null, addresses);
}

function forbidden(host: string, addresses: readonly string[]): OciError {
  const where = addresses.join(', ');
  const what = where === host ? where : `${host} (${where || 'no address'})`;
  return new OciError(
    'forbidden_address',
    `Host ${what} must not be asked for images; allow its address if it is meant to be.`,
  );
}

function notPinned(host: string): OciError {
  return new OciError(
    'forbidden_address',
    `Host ${host} is not among those this task may ask; the registry sent it there unexpectedly.`,
  );
}
