/**
 * Gates `packages` and `always`: every text, letter for letter.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { factsOf, messages, packageOf } from '../samples.ts';

const facts = factsOf({
  packages: [
    packageOf('deb', 'openssl', '1.1.1d-0+deb10u5'),
    packageOf('npm', 'lodash', '4.17.10'),
    packageOf('npm', 'lodash', '4.17.21'),
    packageOf('rpm', 'bash', '4.4.19-14.el8'),
  ],
});

describe('required_package', () => {
  it.each([
    [{ name: 'openssl' }, undefined],
    [{ name: 'openssl', version: '' }, undefined],
    [{ name: 'lodash' }, undefined],
    [
      { name: 'libssl' },
      'Required input package (libssl) is not present in container image',
    ],
    [
      { name: 'libssl', version: '1.0' },
      'Required input package (libssl,1.0) is not present in container image',
    ],
    [{ name: 'openssl', version: '1.1.1d-0+deb10u5' }, undefined],
    [
      { name: 'openssl', version: '1.1.1d', version_match_type: 'exact' },
      'Required input package (openssl) is present (1.1.1d-0+deb10u5), ' +
      'but not at the version specified in policy (openssl)',
    ],
    [{ name: 'lodash', version: '4.17.21' }, undefined],
    [{ name: 'openssl', version: '1.1.1d-0+deb10u5', version_match_type: 'minimum' }, undefined],
    [{ name: 'openssl', version: '1.1.1c', version_match_type: 'minimum' }, undefined],
    [
      { name: 'openssl', version: '1.1.1d-0+deb10u6', version_match_type: 'minimum' },
      'Required min-version input package (openssl) is present (1.1.1d-0+deb10u5), ' +
      'but is lower version than what is specified in policy (1.1.1d-0+deb10u6)',
    ],
    [{ name: 'lodash', version: '4.17.20', version_match_type: 'minimum' }, undefined],
    [{ name: 'bash', version: '4.4.19-9.el8', version_match_type: 'minimum' }, undefined],
  ])('%j', (params: Readonly<Record<string, string>>, expected) => {
    expect(messages('packages', 'required_package', params, facts))
      .toEqual(expected === undefined ? [] : [expected]);
  });
});

describe('blacklist', () => {
  it.each([
    [{ name: 'openssl' }, ['Package is blacklisted: openssl']],
    [{ name: 'OpenSSL' }, []],
    [{ name: 'lodash' }, ['Package is blacklisted: lodash', 'Package is blacklisted: lodash']],
    [{ name: 'lodash', version: '4.17.10' }, ['Package is blacklisted: lodash-4.17.10']],
    [{ name: 'openssl', version: '1.1.1d' }, ['Package is blacklisted: openssl-1.1.1d']],
    [{ name: 'bash', version: '4.4.19' }, ['Package is blacklisted: bash-4.4.19']],
    [
      { name: 'openssl', version: '1.1.1d-0+deb10u5' },
      ['Package is blacklisted: openssl-1.1.1d-0+deb10u5'],
    ],
    [{ name: 'openssl', version: '1.1.1' }, []],
  ])('%j', (params: Readonly<Record<string, string>>, expected) => {
    expect(messages('packages', 'blacklist', params, facts)).toEqual(expected);
  });
});

describe('always', () => {
  it('fires', () => {
    expect(messages('always', 'always', {}, facts)).toEqual(['Unconditional trigger match']);
  });
});
