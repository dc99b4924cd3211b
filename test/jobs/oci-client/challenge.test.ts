/**
 * `WWW-Authenticate` headers as registries send them, and as they should not.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';

import { parseChallenge } from '../../../jobs/oci-client/challenge.ts';
import { mulberry32 } from './support.ts';
import { cpuMs } from '../../support/cpu.ts';

function plain(header: string): [string, Record<string, string>][] {
  return parseChallenge(header).map(({ scheme, params }) => [scheme, Object.fromEntries(params)]);
}

describe('parseChallenge', () => {
  it.each<[header: string, challenges: [string, Record<string, string>][]]>([
    ['', []],
    ['Basic', [['basic', {}]]],
    ['Basic realm="Registry"', [['basic', { realm: 'Registry' }]]],
    ['BASIC  realm = "a b"', [['basic', { realm: 'a b' }]]],
    ['Basic realm=plain', [['basic', { realm: 'plain' }]]],
    ['Bearer realm=https://auth.example/token,service=x', [
      ['bearer', { realm: 'https://auth.example/token', service: 'x' }],
    ]],
    [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/nginx:pull"',
      [['bearer', {
        realm: 'https://auth.docker.io/token',
        service: 'registry.docker.io',
        scope: 'repository:library/nginx:pull',
      }]],
    ],
    ['Bearer realm="a",scope="repository:x:pull,push",error="invalid_token"', [
      ['bearer', { realm: 'a', scope: 'repository:x:pull,push', error: 'invalid_token' }],
    ]],
    ['Basic realm="a", Bearer realm="b"', [['basic', { realm: 'a' }], ['bearer', { realm: 'b' }]]],
    ['Bearer realm="b", Basic', [['bearer', { realm: 'b' }], ['basic', {}]]],
    ['Negotiate, Basic realm="x"', [['negotiate', {}], ['basic', { realm: 'x' }]]],
    ['Negotiate YWJj=, Basic realm="x"', [['negotiate', {}], ['basic', { realm: 'x' }]]],
    ['Basic realm="say \\"hi\\" \\\\ there"', [['basic', { realm: 'say "hi" \\ there' }]]],
    [', ,Basic realm="x",,', [['basic', { realm: 'x' }]]],
    ['Basic REALM="x"', [['basic', { realm: 'x' }]]],
    ['Bearer realm="first",realm="second"', [['bearer', { realm: 'first' }]]],
    ['Bearer realm=""', [['bearer', { realm: '' }]]],
    ['Bearer realm="open', [['bearer', {}]]],
    ['Bearer realm=', [['bearer', {}]]],
    ['="x"', []],
    ['"Basic"', []],
    ['Bearer realm="a" service="b"', [['bearer', { realm: 'a', service: 'b' }]]],
    ['Bearer __proto__="a"', [['bearer', Object.fromEntries([['__proto__', 'a']])]]],
  ])('%s', (header, challenges) => {
    expect(plain(header)).toEqual(challenges);
  });

  it('reads no more than 16 challenges, 32 parameters and 8 KiB', () => {
    expect(parseChallenge('Basic, '.repeat(100))).toHaveLength(16);
    const params = Array.from({ length: 100 }, (_, index) => `p${index}="x"`).join(',');
    expect(parseChallenge(`Bearer ${params}`)[0]?.params.size).toBe(32);
    expect(parseChallenge(`Bearer realm="${'x'.repeat(9000)}"`)).toEqual([]);
  });

  it('never fails and never hangs', () => {
    const random = mulberry32(3);
    const pieces = [
      'Bearer ',
      'a',
      '=',
      '"',
      '\\',
      ',',
      ' ',
      '\t',
      'realm="x"',
      '\u0000',
      'é',
      '==',
    ];
    const startedAt = cpuMs();
    for (let round = 0; round < 3000; round++) {
      const length = Math.floor(random() * 40);
      const text = Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)]);
      for (const { scheme } of parseChallenge(text.join(''))) expect(scheme).toMatch(/^[^\s"=,]+$/);
    }
    for (const long of ['"', '\\', 'a', '=', ' ', ',', 'a=', 'a="\\']) {
      parseChallenge(`Bearer a="${long.repeat(8000 / long.length)}`);
      parseChallenge(`Bearer ${long.repeat(8000 / long.length)}`);
    }
    expect(cpuMs() - startedAt).toBeLessThan(2000);
  });
});
