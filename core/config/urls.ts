/**
 * Addresses to listen on as others write them in URLs.
 *
 * @module
 */

/** The host part of a URL for a host that is listened on: loopback where that is every address. */
export function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
