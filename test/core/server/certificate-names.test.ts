/**
 * Which names may stand in a certificate.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { alternativeNames, subjectName } from '../../../core/server/certificate-names.ts';

describe('alternativeNames', () => {
  it.each([
    ['a.example', 'dns', 'a.example'],
    ['*.a.example', 'dns', '*.a.example'],
    ['localhost', 'dns', 'localhost'],
    ['_service.a-b.example', 'dns', '_service.a-b.example'],
    ['10.0.0.1', 'ip', '10.0.0.1'],
    ['::1', 'ip', '::1'],
    ['2001:DB8:0:0::1', 'ip', '2001:db8::1'],
    ['::ffff:192.0.2.1', 'ip', '::ffff:c000:201'],
  ])('takes %s as %s', (name, type, value) => {
    expect(alternativeNames([name])).toEqual([{ type, value }]);
  });

  it.each([
    ['no names', []],
    ['an empty name', ['']],
    ['a URL', ['https://a.example']],
    ['a name with a port', ['a.example:443']],
    ['an empty label', ['a..example']],
    ['a wildcard alone', ['*']],
    ['a wildcard inside', ['a.*.example']],
    ['an address with a zone', ['fe80::1%eth0']],
    ['a network', ['10.0.0.0/8']],
    ['a name with a line break', ['a.example\n']],
    ['a label over 63 characters', ['a'.repeat(64)]],
    ['a name over 253 characters', ['a.'.repeat(130) + 'a']],
    ['a text without end', ['a'.repeat(1_000_000)]],
    ['characters outside ASCII', ['b\u00fccher.example']],
    ['a bad name after a good one', ['a.example', 'b c']],
    ['too many names', Array.from({ length: 101 }, (_, i) => `n${i}.example`)],
  ])('refuses %s', (_case, names) => {
    expect(() => alternativeNames(names)).toThrow(
      expect.objectContaining({ code: 'certificate_request_invalid' }),
    );
  });
});

describe('subjectName', () => {
  it('puts the organization before the common name and leaves out what is absent', () => {
    expect(subjectName({ commonName: 'c', organization: 'o' })).toEqual([
      { O: [{ utf8String: 'o' }] },
      { CN: [{ utf8String: 'c' }] },
    ]);
    expect(subjectName({})).toEqual([]);
  });

  it.each(['', ' ', 'x'.repeat(65)])('refuses %j', (value) => {
    const invalid = expect.objectContaining({ code: 'certificate_request_invalid' });
    expect(() => subjectName({ commonName: value })).toThrow(invalid);
    expect(() => subjectName({ organization: value })).toThrow(invalid);
  });
});
