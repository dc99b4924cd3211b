import { describe, expect, it } from 'vitest';
import { secretBox } from '../../../core/registries/secrets.ts';

const KEY = 'a key of some length';
const PLACE = { account: 'admin', registry: 'registry.example:5000' };
const box = secretBox(KEY);

/** The code of what a call throws. */
function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    expect(message).toMatch(/store them again/);
    return code;
  }
  return 'none';
}

describe('a sealed secret', () => {
  it.each(['s3cret', '', 'ünïcode 🗝', 'x'.repeat(65_536), 'with\0nul'])(
    'opens again: %#',
    (text) => {
      const sealed = box.seal(PLACE, text);
      expect(box.open(PLACE, sealed)).toBe(text);
      // Another process with the same setting.
      expect(secretBox(KEY).open(PLACE, sealed)).toBe(text);
    },
  );

  it('does not show its text, and is never the same twice', () => {
    const [one, two] = [box.seal(PLACE, 'the same text'), box.seal(PLACE, 'the same text')];
    expect(Buffer.from(one.secret).toString('latin1')).not.toContain('same text');
    expect(one.secret).not.toEqual(two.secret);
    expect(one.secret.subarray(0, 12)).not.toEqual(two.secret.subarray(0, 12));
    expect(one.keyId).toBe(two.keyId);
  });

  it.each([
    ['another account', { ...PLACE, account: 'other' }],
    ['another registry', { ...PLACE, registry: 'registry.example' }],
    ['a border elsewhere', { account: 'adminregistry.example:5000', registry: '' }],
    ['both swapped', { account: PLACE.registry, registry: PLACE.account }],
  ])('does not open for %s', (_, place) => {
    expect(codeOf(() => box.open(place, box.seal(PLACE, 's3cret'))))
      .toBe('registry_credentials_unreadable');
  });

  it('does not open when one bit of it is another', () => {
    const { secret, keyId } = box.seal(PLACE, 's3cret');
    for (let at = 0; at < secret.length; at += 1) {
      const damaged = Uint8Array.from(secret);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(codeOf(() => box.open(PLACE, { secret: damaged, keyId })), `byte ${at}`)
        .toBe('registry_credentials_unreadable');
    }
  });

  it('does not open when it was cut off', () => {
    const { secret, keyId } = box.seal(PLACE, 's3cret');
    for (let length = 0; length < secret.length; length += 1) {
      expect(codeOf(() => box.open(PLACE, { secret: secret.subarray(0, length), keyId })))
        .toBe('registry_credentials_unreadable');
    }
  });

  it('of another key says so', () => {
    const other = secretBox(`${KEY}!`);
    expect(other.keyId).not.toBe(box.keyId);
    expect(() => other.open(PLACE, box.seal(PLACE, 's3cret')))
      .toThrow(/registry\.example:5000 were stored with another encryption key/);
    // Its id alone does not make it another one.
    expect(codeOf(() => other.open(PLACE, { ...box.seal(PLACE, 's3cret'), keyId: other.keyId })))
      .toBe('registry_credentials_unreadable');
  });

  it('names its key by eight digits that do not tell it', () => {
    expect(box.keyId).toMatch(/^[0-9a-f]{8}$/);
  });
});
