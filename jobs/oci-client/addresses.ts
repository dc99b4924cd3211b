/**
 * Tells public addresses from those that a registry on the internet has no reason to name: the
 * special-purpose address registries of IANA (RFC 6890) and the ways to embed IPv4 in IPv6
 * (RFC 4291 2.5.5, RFC 6052, RFC 3056).
 *
 * @module
 */

import { isIPv4, isIPv6 } from 'node:net';

/** First address and prefix length of each special-purpose IPv4 block. */
const FORBIDDEN_V4: readonly (readonly [base: number, prefix: number])[] = [
  [v4('0.0.0.0'), 8], // this network
  [v4('10.0.0.0'), 8], // private
  [v4('100.64.0.0'), 10], // shared by carriers
  [v4('127.0.0.0'), 8], // loopback
  [v4('169.254.0.0'), 16], // link-local, the clouds' metadata services
  [v4('172.16.0.0'), 12], // private
  [v4('192.0.0.0'), 24], // protocol assignments
  [v4('192.0.2.0'), 24], // documentation
  [v4('192.88.99.0'), 24], // former 6to4 relays
  [v4('192.168.0.0'), 16], // private
  [v4('198.18.0.0'), 15], // benchmarks
  [v4('198.51.100.0'), 24], // documentation
  [v4('203.0.113.0'), 24], // documentation
  [v4('224.0.0.0'), 4], // multicast
  [v4('240.0.0.0'), 4], // reserved, broadcast
];

/**
 * Whether an address is anything but a public unicast address. Text that is no address at all is
 * forbidden too, so that a mistake elsewhere cannot open a way.
 */
export function isForbiddenAddress(ip: string): boolean {
  if (isIPv4(ip)) return isForbiddenV4(v4(ip));
  const [address = ''] = ip.split('%', 1);
  return isIPv6(address) ? isForbiddenV6(groupsOf(address)) : true;
}

function v4(text: string): number {
  return text.split('.').reduce((value, part) => value * 256 + Number(part), 0);
}

function isForbiddenV4(address: number): boolean {
  return FORBIDDEN_V4.some(([base, prefix]) => {
    const size = 2 ** (32 - prefix);
    return address >= base && address < base + size;
  });
}

/** The eight 16-bit groups of a valid IPv6 address. */
function groupsOf(address: string): readonly number[] {
  const dotted = address.lastIndexOf('.') < 0 ? -1 : address.lastIndexOf(':') + 1;
  const hex = dotted < 0 ? address : `${address.slice(0, dotted)}${hexOfV4(address.slice(dotted))}`;
  const [head = '', tail] = hex.split('::', 2);
  const first = groups(head);
  if (tail === undefined) return first;
  const last = groups(tail);
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

function hexOfV4(text: string): string {
  const value = v4(text);
  return `${Math.floor(value / 65_536).toString(16)}:${(value % 65_536).toString(16)}`;
}

function isForbiddenV6(address: readonly number[]): boolean {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = address;
  const mapped = a === 0 && b === 0 && c === 0 && d === 0 && e === 0 && f === 0xffff;
  const translated = a === 0x64 && b === 0xff9b && c === 0 && d === 0 && e === 0 && f === 0;
  if (mapped || translated) return isForbiddenV4(g * 65_536 + h);
  // 2000::/3 is all that is assigned as global unicast; ::1, fe80::, fc00::, ff00:: lie outside.
  if (a < 0x2000 || a > 0x3fff) return true;
  if (a === 0x2002) return isForbiddenV4(b * 65_536 + c); // 6to4
  if (a === 0x2001) return b < 0x200 || b === 0xdb8; // protocol assignments, documentation
  return a === 0x3fff && b < 0x1000; // documentation
}
