/**
 * References: the grammar and the defaults of the container runtimes.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';

import { OciError } from '../../../jobs/oci-client/errors.ts';
import {
  formatReference,
  parseReference,
  registryOrigin,
} from '../../../jobs/oci-client/reference.ts';
import { failureOf, mulberry32 } from './support.ts';

const HEX = 'a'.repeat(64);
const SHA256 = `sha256:${HEX}`;
const SHA512 = `sha512:${'b'.repeat(128)}`;

describe('parseReference accepts', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27'],
    ['library/nginx', 'docker.io/library/nginx:latest'],
    ['bitnami/redis', 'docker.io/bitnami/redis:latest'],
    ['docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['docker.io/library/nginx', 'docker.io/library/nginx:latest'],
    ['index.docker.io/nginx:1', 'docker.io/library/nginx:1'],
    ['index.docker.io/a/b', 'docker.io/a/b:latest'],
    ['Docker.IO/nginx', 'docker.io/library/nginx:latest'],
    ['registry-1.docker.io/library/nginx', 'registry-1.docker.io/library/nginx:latest'],
    ['quay.io/nginx', 'quay.io/nginx:latest'],
    ['quay.io/a/b/c/d:v1', 'quay.io/a/b/c/d:v1'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/app:v1', 'localhost:5000/app:v1'],
    ['localhost:5000', 'docker.io/library/localhost:5000'],
    ['localhost', 'docker.io/library/localhost:latest'],
    ['registry:5000/app', 'registry:5000/app:latest'],
    ['registry:05000/app', 'registry:5000/app:latest'],
    ['registry/app', 'docker.io/registry/app:latest'],
    ['registry.k8s.io/pause:3.10', 'registry.k8s.io/pause:3.10'],
    ['REGISTRY.Example.com/app', 'registry.example.com/app:latest'],
    ['FOO/bar', 'FOO/bar:latest'],
    ['xn--n3h.example/app', 'xn--n3h.example/app:latest'],
    ['10.0.0.1/app', '10.0.0.1/app:latest'],
    ['127.1:5000/app', '127.0.0.1:5000/app:latest'],
    ['0x7f.1/app', '127.0.0.1/app:latest'],
    ['2130706433:80/app', '127.0.0.1:80/app:latest'],
    ['0177.0.0.1/app', '127.0.0.1/app:latest'],
    ['[::1]:5000/app', '[::1]:5000/app:latest'],
    ['[2001:DB8:0:0::1]/app', '[2001:db8::1]/app:latest'],
    ['a.b/c__d', 'a.b/c__d:latest'],
    ['a.b/c---d', 'a.b/c---d:latest'],
    ['a.b/c.d_e-f', 'a.b/c.d_e-f:latest'],
    ['a.b/c:_', 'a.b/c:_'],
    [`a.b/c:${'t'.repeat(128)}`, `a.b/c:${'t'.repeat(128)}`],
    [`a.b/${'c'.repeat(255)}`, `a.b/${'c'.repeat(255)}:latest`],
    ['a.b/c:V1.0-RC_1', 'a.b/c:V1.0-RC_1'],
    [`nginx@${SHA256}`, `docker.io/library/nginx@${SHA256}`],
    [`nginx:1.27@${SHA256}`, `docker.io/library/nginx:1.27@${SHA256}`],
    [`a.b:1/c@${SHA512}`, `a.b:1/c@${SHA512}`],
    [`${HEX}:1`, `docker.io/library/${HEX}:1`],
  ])('%s', (text, canonical) => {
    const reference = parseReference(text);
    expect(formatReference(reference)).toBe(canonical);
    expect(parseReference(canonical)).toEqual(reference);
  });

  it('gives the parts, without a tag where there is only a digest', () => {
    expect(parseReference(`quay.io/a/b@${SHA256}`)).toEqual({
      registry: 'quay.io',
      repository: 'a/b',
      digest: SHA256,
    });
  });
});

describe('parseReference refuses', () => {
  it.each([
    ['', 'it is empty'],
    [' nginx', 'white space'],
    ['nginx\n', 'white space'],
    ['ngi\u0000nx', 'control characters'],
    ['ngi\u200bnx', 'control characters'],
    ['https://quay.io/a', 'URL scheme'],
    [HEX, 'the id of an image'],
    [SHA256, 'the id of an image'],
    ['Nginx', 'not in lower case'],
    ['quay.io/Nginx', 'not in lower case'],
    ['quay.io/', 'names no repository'],
    ['/nginx', 'an empty part'],
    ['a//b', 'an empty part'],
    ['a.b/c/', 'an empty part'],
    ['a.b/../c', 'the repository part ".."'],
    ['a.b/c___d', 'the repository part'],
    ['a.b/-c', 'the repository part'],
    ['a.b/c.', 'the repository part'],
    ['a.b/c..d', 'the repository part'],
    ['a.b/ä', 'the repository part'],
    ['a.b/c%2f', 'the repository part'],
    [`a.b/${'c'.repeat(256)}`, 'the repository is longer than 255'],
    ['nginx:', 'the tag after ":" is empty'],
    ['nginx:-1', 'the tag "-1"'],
    ['nginx:.1', 'the tag ".1"'],
    ['nginx:1:2', 'the tag "1:2"'],
    [`nginx:${'t'.repeat(129)}`, 'longer than 128'],
    ['nginx@', 'names no algorithm'],
    ['nginx@latest', 'names no algorithm'],
    ['nginx@md5:00', 'the digest algorithm "md5"'],
    ['nginx@sha256:00', 'the sha256 digest is not 64'],
    [`nginx@sha256:${HEX.toUpperCase()}`, 'lower-case hexadecimal'],
    [`nginx@SHA256:${HEX}`, 'the digest algorithm "SHA256"'],
    [`nginx@sha512:${HEX}`, 'the sha512 digest is not 128'],
    [`nginx@${SHA256}:tag`, 'lower-case hexadecimal'],
    [`nginx@${SHA256}@${SHA256}`, 'more than one "@"'],
    [`@${SHA256}`, 'names no repository'],
    [':tag', 'names no repository'],
    ['a.b:0/c', 'the registry port "0"'],
    ['a.b:65536/c', 'the registry port "65536"'],
    ['a.b:99999999999999999999/c', 'the registry port'],
    ['a.b:/c', 'the registry port ""'],
    ['a.b:http/c', 'the registry port "http"'],
    [':5000/c', 'the registry has no host'],
    ['-a.b/c', 'not a host name'],
    ['a..b/c', 'not a host name'],
    ['a.b./c', 'not a host name'],
    ['a_b.c/d', 'not a host name'],
    ['user@a.b/c', 'names no algorithm'],
    ['256.1.1.1/c', 'cannot be one'],
    ['1.2.3.4.5/c', 'cannot be one'],
    ['[::1/c', 'is not host[:port]'],
    ['[]/c', 'the repository part'],
    ['[]:1/c', 'not an IPv6 address'],
    ['[1.2.3.4]/c', 'not an IPv6 address'],
    ['[fe80::1%eth0]/c', 'not an IPv6 address'],
    ['[::1]x:1/c', 'is not host[:port]'],
    [`${'a'.repeat(64)}.b/c`, 'not a host name'],
    [`${'a.'.repeat(127)}b/c`, 'the registry host is longer'],
    ['n'.repeat(1025), 'longer than 1024'],
  ])('%j', (text, problem) => {
    const error = failureOf(() => parseReference(text));
    expect(error.code).toBe('invalid_reference');
    expect(error.message).toContain(problem);
  });

  it('shows at most 300 characters of it, and no control characters', () => {
    const { message } = failureOf(() => parseReference(`\u001b[31m\u202e${'x'.repeat(5000)}`));
    expect(message).toContain('\\u{1b}[31m\\u{202e}xxx');
    expect(message.length).toBeLessThan(600);
  });
});

it('parseReference reads anything or fails with invalid_reference, and reads its own text again', () => {
  const random = mulberry32(1);
  const pieces = [
    'a',
    'B',
    '.',
    ':',
    '/',
    '@',
    '-',
    '_',
    '[',
    ']',
    '0',
    'docker.io',
    SHA256,
    '::1',
    '%',
    '\n',
  ];
  let accepted = 0;
  for (let round = 0; round < 5000; round++) {
    const length = 1 + Math.floor(random() * 8);
    const text = Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)]).join(
      '',
    );
    try {
      const reference = parseReference(text);
      expect(parseReference(formatReference(reference))).toEqual(reference);
      accepted += 1;
    } catch (error) {
      expect(error, text).toBeInstanceOf(OciError);
      expect(error).toMatchObject({ code: 'invalid_reference' });
    }
  }
  expect(accepted).toBeGreaterThan(100);
});

it.each([
  ['docker.io', false, 'https://registry-1.docker.io'],
  ['docker.io', true, 'https://registry-1.docker.io'],
  ['quay.io', false, 'https://quay.io'],
  ['quay.io:443', false, 'https://quay.io'],
  ['localhost:5000', true, 'http://localhost:5000'],
  ['[::1]:5000', false, 'https://[::1]:5000'],
])('registryOrigin of %s with plain HTTP %s is %s', (registry, plainHttp, origin) => {
  expect(registryOrigin(registry, { plainHttp })).toBe(origin);
});
