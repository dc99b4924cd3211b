/**
 * Stored passwords: what verifies, what does not, and what a hostile stored text may cost.
 *
 * @module
 */

import { Buffer } from 'node:buffer';
import { scryptSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hashPassword, randomPassword, verifyPassword } from '../../../core/accounts/passwords.ts';

const SALT = Buffer.from('0123456789abcdef');

/** A stored password made by hand, cheap enough for many tests. */
function stored(password: string, N = 1024, r = 1, p = 1): string {
  const hash = scryptSync(password, SALT, 32, { N, r, p });
  return `scrypt$${N}$${r}$${p}$${SALT.toString('base64url')}$${hash.toString('base64url')}`;
}

describe('hashPassword', () => {
  it('stores something that verifies with the same password only', async () => {
    const hash = await hashPassword('correct horse');
    expect(await verifyPassword('correct horse', hash)).toBe(true);
    expect(await verifyPassword('correct horse ', hash)).toBe(false);
    expect(await verifyPassword('', hash)).toBe(false);
  });

  it('says scheme, cost, salt and hash in the stored text', async () => {
    expect(await hashPassword('x')).toMatch(/^scrypt\$32768\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
  });

  it('gives the same password a new salt each time', async () => {
    const [first, second] = await Promise.all([hashPassword('same'), hashPassword('same')]);
    expect(first).not.toBe(second);
  });

  it('takes a composed and a decomposed character for the same', async () => {
    expect(await verifyPassword('cafe\u0301', await hashPassword('caf\u00e9'))).toBe(true);
  });

  it('refuses an empty and an overlong password', async () => {
    await expect(hashPassword('')).rejects.toMatchObject({ code: 'password_empty' });
    await expect(hashPassword('x'.repeat(1025))).rejects.toMatchObject({
      code: 'password_too_long',
    });
    expect(await verifyPassword('x'.repeat(1024), await hashPassword('x'.repeat(1024)))).toBe(true);
  });
});

describe('verifyPassword', () => {
  it('follows the cost that the stored text names', async () => {
    expect(await verifyPassword('p', stored('p', 2048, 4, 2))).toBe(true);
    expect(await verifyPassword('p', stored('p').replace('$1024$', '$2048$'))).toBe(false);
  });

  it('agrees with a test vector of RFC 7914', async () => {
    // Section 12: scrypt("pleaseletmein", "SodiumChloride", N=16384, r=8, p=1, 64 bytes).
    const hash = Buffer.from(
      '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2' +
        'd5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
      'hex',
    );
    const salt = Buffer.from('SodiumChloride').toString('base64url');
    const text = `scrypt$16384$8$1$${salt}$${hash.toString('base64url')}`;
    expect(await verifyPassword('pleaseletmein', text)).toBe(true);
    expect(await verifyPassword('pleaseletmeout', text)).toBe(false);
  });

  const good = stored('p');
  const [, , , , salt = '', hash = ''] = good.split('$');
  it.each([
    ['nothing', ''],
    ['the password itself', 'p'],
    ['another scheme', good.replace('scrypt', 'bcrypt')],
    ['a missing part', good.slice(0, good.lastIndexOf('$'))],
    ['an additional part', `${good}$`],
    ['N beyond memory', `scrypt$1073741824$8$1$${salt}$${hash}`],
    ['N above the bound', `scrypt$262144$8$1$${salt}$${hash}`],
    ['N not a power of two', `scrypt$1000$1$1$${salt}$${hash}`],
    ['a trivial N', `scrypt$2$1$1$${salt}$${hash}`],
    ['N of zero', `scrypt$0$1$1$${salt}$${hash}`],
    ['a negative N', `scrypt$-1024$1$1$${salt}$${hash}`],
    ['N as an exponent', `scrypt$1e3$1$1$${salt}$${hash}`],
    ['N with a blank', `scrypt$ 1024$1$1$${salt}$${hash}`],
    ['r above the bound', `scrypt$1024$17$1$${salt}$${hash}`],
    ['p above the bound', `scrypt$1024$1$5$${salt}$${hash}`],
    ['a short salt', `scrypt$1024$1$1$AAAA$${hash}`],
    ['an empty hash', `scrypt$1024$1$1$${salt}$`],
    ['a short hash', `scrypt$1024$1$1$${salt}$AAAA`],
    ['a hash with characters outside base64url', `scrypt$1024$1$1$${salt}$${hash}=`],
    ['a text without end', `${good}${'A'.repeat(100_000)}`],
  ])('is false for %s', async (_case, text) => {
    expect(await verifyPassword('p', text)).toBe(false);
  });

  it('is true for the text these were made from', async () => {
    expect(await verifyPassword('p', good)).toBe(true);
  });
});

describe('randomPassword', () => {
  const samples = Array.from({ length: 500 }, () => randomPassword());

  it('is long and has no character that is mistaken for another', () => {
    for (const sample of samples) expect(sample).toMatch(/^[2-9a-hj-km-np-zA-HJ-NP-Z]{24}$/);
  });

  it('does not repeat and uses the whole alphabet', () => {
    expect(new Set(samples).size).toBe(samples.length);
    expect(new Set(samples.join('')).size).toBe(55);
  });
});
