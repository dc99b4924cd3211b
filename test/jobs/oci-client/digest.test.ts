/**
 * Streams that are checked against the digest and size they were asked by.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';

import { collect, digestOf, isDigest, verified } from '../../../jobs/oci-client/digest.ts';
import { bytesOf, read, rejectionOf, sha256 } from './support.ts';

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield bytesOf(text);
}

describe('verified', () => {
  it.each([
    ['several chunks', ['he', 'llo']],
    ['empty chunks', ['', 'hello', '']],
  ])('passes on %s', async (_what, texts) => {
    const descriptor = { digest: sha256('hello'), size: 5 };
    expect(await read(verified(chunks(...texts), descriptor))).toBe('hello');
  });

  it('passes on nothing where nothing is expected', async () => {
    expect(await read(verified(chunks(), { digest: sha256(''), size: 0 }))).toBe('');
  });

  it('checks sha512', async () => {
    const hex = createHash('sha512').update('hello').digest('hex');
    const right = { digest: `sha512:${hex}` as const, size: 5 };
    expect(await read(verified(chunks('hello'), right))).toBe('hello');
    const error = await rejectionOf(read(verified(chunks('hallo'), right)));
    expect(error.code).toBe('digest_mismatch');
  });

  it('fails at the end with digest_mismatch', async () => {
    const error = await rejectionOf(
      read(verified(chunks('hallo'), { digest: sha256('hello'), size: 5 })),
    );
    expect(error).toMatchObject({ code: 'digest_mismatch', temporary: false });
    expect(error.message).toContain(sha256('hallo'));
  });

  it('fails at the end with size_mismatch when bytes are missing', async () => {
    const error = await rejectionOf(
      read(verified(chunks('hell'), { digest: sha256('hell'), size: 5 })),
    );
    expect(error.code).toBe('size_mismatch');
  });

  it('stops an endless stream at the first byte too many', async () => {
    let produced = 0;
    let ended = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          produced += 1;
          yield bytesOf('x');
        }
      } finally {
        ended = true;
      }
    }
    const error = await rejectionOf(read(verified(endless(), { digest: sha256('xxx'), size: 3 })));
    expect(error.code).toBe('size_mismatch');
    expect(produced).toBe(4);
    expect(ended).toBe(true);
  });
});

it.each([
  [`sha256:${'0'.repeat(64)}`, true],
  [`sha512:${'0'.repeat(128)}`, true],
  [`sha256:${'0'.repeat(63)}`, false],
  [`sha256:${'0'.repeat(64)}\n`, false],
  [`sha256:${'A'.repeat(64)}`, false],
  [`sha512:${'0'.repeat(64)}`, false],
  [`sha384:${'0'.repeat(96)}`, false],
  ['', false],
])('isDigest(%j) is %s', (text, expected) => {
  expect(isDigest(text)).toBe(expected);
});

it('digestOf hashes bytes', () => {
  expect(digestOf(bytesOf(''))).toBe(
    'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
});

describe('collect', () => {
  it('joins chunks', async () => {
    expect(await collect(chunks('a', '', 'bc'), 3, 'It')).toEqual(bytesOf('abc'));
  });

  it('fails beyond its limit', async () => {
    const error = await rejectionOf(collect(chunks('ab', 'cd'), 3, 'The thing'));
    expect(error.code).toBe('body_too_large');
    expect(error.message).toContain('The thing is larger than the 3 bytes');
  });
});
