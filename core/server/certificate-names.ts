/**
 * The names in a certificate: who it is for (the subject) and, for servers, where it is valid
 * (subjectAltName, RFC 5280 4.2.1.6). Checked here, because what is signed cannot be taken back.
 *
 * @module
 */

import { isIP } from 'node:net';
import { z } from '@hono/zod-openapi';
import { TidewaiterError } from '../errors.ts';

/** What a subject says; an absent part is left out of it. */
export interface Subject {
  readonly commonName?: string | undefined;
  readonly organization?: string | undefined;
}

/** A subject in the X.509 library's terms. */
export type SubjectName = Record<string, { utf8String: string }[]>[];

/** A server's name in the X.509 library's terms. */
export interface AlternativeName {
  readonly type: 'dns' | 'ip';
  readonly value: string;
}

/** The upper bound of RFC 5280 for common name and organization alike. */
const LONGEST_SUBJECT_VALUE = 64;
const LONGEST_DNS_NAME = 253;
const MOST_NAMES = 100;
const DNS_NAME = /^(?:\*\.)?[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*$/;

/** A DNS name or an address that a certificate can be for. */
export const ServerName = z.union([
  z.string().max(LONGEST_DNS_NAME).regex(DNS_NAME, 'it is no DNS name'),
  z.ipv6().openapi({ format: 'ipv6' }),
]);

/** Throws a TidewaiterError `certificate_request_invalid` where a part is blank or too long. */
export function subjectName(subject: Subject): SubjectName {
  const name: SubjectName = [];
  if (subject.organization !== undefined) {
    name.push({ O: [subjectValue(subject.organization, 'organization')] });
  }
  if (subject.commonName !== undefined) {
    name.push({ CN: [subjectValue(subject.commonName, 'common name')] });
  }
  return name;
}

/** Whether a text is short enough for a part of a subject. */
export function fitsSubject(value: string): boolean {
  return value.length <= LONGEST_SUBJECT_VALUE;
}

/**
 * Sorts a server's names into DNS names and IP addresses.
 *
 * Throws a TidewaiterError `certificate_request_invalid` for what is neither, for no name at all
 * and for more than 100.
 */
export function alternativeNames(names: readonly string[]): AlternativeName[] {
  if (names.length === 0 || names.length > MOST_NAMES) {
    throw requestInvalid(`a server takes 1 to ${MOST_NAMES} names, not ${names.length}`);
  }
  return names.map(alternativeName);
}

/** The error for a certificate nobody should sign; `cause` completes "cannot be issued: ...". */
export function requestInvalid(cause: string): TidewaiterError {
  return new TidewaiterError(
    'certificate_request_invalid',
    400,
    `The certificate cannot be issued: ${cause}.`,
  );
}

function subjectValue(value: string, what: string): { utf8String: string } {
  // As a plain string the library would interpret quotes and a leading "#".
  if (value.trim() !== '' && fitsSubject(value)) return { utf8String: value };
  throw requestInvalid(`the ${what} must have 1 to ${LONGEST_SUBJECT_VALUE} characters`);
}

function alternativeName(name: string): AlternativeName {
  const family = isIP(name);
  if (family === 4) return { type: 'ip', value: name };
  // An address with a zone ("fe80::1%eth0") means something on one machine only.
  if (family === 6 && !name.includes('%')) return { type: 'ip', value: plainIpv6(name) };
  if (name.length <= LONGEST_DNS_NAME && DNS_NAME.test(name)) return { type: 'dns', value: name };
  throw requestInvalid(`${JSON.stringify(name)} is neither a DNS name nor an IP address`);
}

/** Hexadecimal groups only: the library misreads an IPv4 tail ("::ffff:192.0.2.1"). */
function plainIpv6(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}
