/**
 * Which addresses are public, and that odd spellings are no way around it.
 *
 * @module
 */
import { expect, it } from 'vitest';

import { isForbiddenAddress } from '../../../jobs/oci-client/addresses.ts';
import { bareHost, checkHost } from '../../../jobs/oci-client/lookup.ts';
import { failureOf, mulberry32 } from './support.ts';

it.each([
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.0',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.255',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.0.2.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.7',
  '203.0.113.7',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::8.8.8.8',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::FFFF:169.254.169.254',
  '0:0:0:0:0:ffff:10.0.0.1',
  '64:ff9b::127.0.0.1',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '2002:a9fe:a9fe::1',
  '3fff::1',
  'fc00::1',
  'fd12:3456:789a::1',
  'fe80::1',
  'fe80::1%eth0',
  'febf::1',
  'fec0::1',
  'ff02::1',
  'localhost',
  '',
  '127.1',
  '1.2.3.4.5',
  '::1::',
])('%s is forbidden', (ip) => {
  expect(isForbiddenAddress(ip)).toBe(true);
});

it.each([
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '169.253.255.255',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '::ffff:8.8.8.8',
  '64:ff9b::808:808',
  '2002:808:808::1',
  '2001:4860:4860::8888',
  '2606:4700:4700::1111',
  '2a00:1450:4001:81b::200e',
])('%s is public', (ip) => {
  expect(isForbiddenAddress(ip)).toBe(false);
});

it.each([
  'http://0x7f.1/',
  'http://2130706433/',
  'http://127.1/',
  'http://0177.0.0.1/',
  'http://0x7f000001/',
  'http://127.0.0.1./',
  'http://１２７.0.0.1/',
  'http://[::ffff:7f00:1]/',
  'http://[0:0:0:0:0:0:0:1]:5000/',
  'https://0xa9fea9fe/latest/meta-data',
  'http://017700000001/',
])('the host of %s is seen as the forbidden address it is', (text) => {
  const url = new URL(text);
  const policy = { allowAddress: (_host: string, ip: string) => !isForbiddenAddress(ip) };
  expect(isForbiddenAddress(bareHost(url).replace(/\.$/, ''))).toBe(true);
  expect(failureOf(() => checkHost(url, policy)).code).toBe('forbidden_address');
});

it('judges an IPv4 address the same however it is embedded', () => {
  const random = mulberry32(2);
  for (let round = 0; round < 2000; round++) {
    const [a, b, c, d] = Array.from({ length: 4 }, () => Math.floor(random() * 256));
    const ip = `${a}.${b}.${c}.${d}`;
    const forbidden = isForbiddenAddress(ip);
    expect(isForbiddenAddress(`::ffff:${ip}`), ip).toBe(forbidden);
    expect(isForbiddenAddress(`64:ff9b::${ip}`), ip).toBe(forbidden);
  }
});
