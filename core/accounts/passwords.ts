/**
 * Passwords of people and services: stored as a salted scrypt hash (RFC 7914), never as text.
 *
 * The stored form says how it was made, `scrypt$N$r$p$salt$hash` with base64url parts, so that
 * stronger parameters can be chosen later while older hashes stay valid.
 *
 * @module
 */

import { Buffer } from 'node:buffer';
import { randomBytes, randomInt, scrypt, timingSafeEqual } from 'node:crypto';
import { TidewaiterError } from '../errors.ts';

/** What a hash costs: memory is 128 × N × r bytes, time grows with N × r × p. */
interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

interface StoredPassword {
  readonly cost: ScryptCost;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** 32 MiB and some tens of milliseconds for each attempt. */
const COST: ScryptCost = { N: 2 ** 15, r: 8, p: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** Beyond these a stored hash is not ours, and checking it could exhaust memory. */
const LARGEST = { N: 2 ** 17, r: 16, p: 4, bytes: 64, text: 256 };
/** Below this a hash would be worth little. */
const SMALLEST = { N: 2 ** 10, salt: 8, hash: 16 };

/** Longest password in UTF-16 code units, so that an attempt's cost does not depend on its sender. */
const LONGEST_PASSWORD = 1024;

/** Letters and digits without those that are mistaken for one another (0 O, 1 I l, o i). */
const ALPHABET = '23456789abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ';
/** 24 characters of 55 hold 138 bits. */
const RANDOM_LENGTH = 24;

/**
 * The text to store for a password, different at each call because of its salt.
 *
 * Throws a TidewaiterError `password_empty` or `password_too_long` (over 1024 characters).
 */
export async function hashPassword(password: string): Promise<string> {
  if (password === '') {
    throw new TidewaiterError('password_empty', 400, 'The password is empty: choose one.');
  }
  if (password.length > LONGEST_PASSWORD) {
    throw new TidewaiterError(
      'password_too_long',
      400,
      `The password is longer than ${LONGEST_PASSWORD} characters: choose a shorter one.`,
    );
  }
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, HASH_BYTES, COST);
  const { N, r, p } = COST;
  return ['scrypt', N, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/**
 * Whether a password is the one that was stored. Takes as long for a wrong password as for the
 * right one; false, without any work, where `stored` is not a hash within the bounds.
 */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const expected = parseStored(stored);
  if (expected === undefined || password.length > LONGEST_PASSWORD) return false;
  const actual = await derive(password, expected.salt, expected.hash.length, expected.cost);
  return timingSafeEqual(actual, expected.hash);
}

/** A password nobody has to invent, safe to read out and to type. */
export function randomPassword(): string {
  let password = '';
  for (let i = 0; i < RANDOM_LENGTH; i++) password += ALPHABET.charAt(randomInt(ALPHABET.length));
  return password;
}

function parseStored(stored: string): StoredPassword | undefined {
  if (stored.length > LARGEST.text) return undefined;
  const [scheme, N, r, p, salt, hash, ...rest] = stored.split('$');
  if (scheme !== 'scrypt' || hash === undefined || rest.length > 0) return undefined;
  const cost = { N: parseCount(N), r: parseCount(r), p: parseCount(p) };
  if (!isWithinBounds(cost)) return undefined;
  const saltBytes = parseBytes(salt, SMALLEST.salt);
  const hashBytes = parseBytes(hash, SMALLEST.hash);
  if (saltBytes === undefined || hashBytes === undefined) return undefined;
  return { cost, salt: saltBytes, hash: hashBytes };
}

function isWithinBounds({ N, r, p }: ScryptCost): boolean {
  const isPowerOfTwo = (N & (N - 1)) === 0;
  return isPowerOfTwo && N >= SMALLEST.N && N <= LARGEST.N &&
    r >= 1 && r <= LARGEST.r && p >= 1 && p <= LARGEST.p;
}

/** A decimal number of at most six digits; 0, which no bound allows, for anything else. */
function parseCount(text: string | undefined): number {
  return text !== undefined && /^[1-9][0-9]{0,5}$/.test(text) ? Number(text) : 0;
}

function parseBytes(text: string | undefined, smallest: number): Buffer | undefined {
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  // Buffer skips what is not base64url; only the exact text is accepted.
  if (bytes.toString('base64url') !== text) return undefined;
  return bytes.length >= smallest && bytes.length <= LARGEST.bytes ? bytes : undefined;
}

/** NFC first, as RFC 8265 asks: keyboards write the same character in more than one way. */
function derive(password: string, salt: Buffer, bytes: number, cost: ScryptCost): Promise<Buffer> {
  const { N, r, p } = cost;
  // The default bound is exactly what N = 2^15 needs for its table, without the working blocks.
  const maxmem = 256 * N * r + 256 * r * p;
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, bytes, { N, r, p, maxmem }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
