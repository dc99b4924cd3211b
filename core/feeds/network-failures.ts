/**
 * What sockets, name resolution, TLS and proxies report, on Node and on Deno, as failures of a fetch.
 *
 * @module
 */
import { FetchFailure, statusReason } from './unreachable.ts';

const MOST_CAUSES = 8;

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOTFOUND', 'there is no host of that name; check the URL of the source, DNS and proxy'],
  ['EAI_AGAIN', 'no name can be resolved just now; check DNS'],
  ['ECONNREFUSED', 'the connection is refused; check the URL of the source and the proxy'],
  ['ENETUNREACH', 'there is no route to it; check network, firewall and proxy'],
  ['EHOSTUNREACH', 'there is no route to it; check network, firewall and proxy'],
  ['ETIMEDOUT', 'it does not answer in time; check network, firewall and proxy'],
  ['UND_ERR_HEADERS_TIMEOUT', 'it does not answer in time; check network, firewall and proxy'],
  ['UND_ERR_CONNECT_TIMEOUT', 'it does not answer in time; check network, firewall and proxy'],
]);

/** Failures that waiting does not mend. */
const PERMANENT =
  /^(?:ENOTFOUND|EPERM|HPE_.*|UND_ERR_(?:CLOSED|DESTROYED|INVALID_ARG|PRX_TLS|HEADERS_OVERFLOW))$/;

const TLS_CODE =
  /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|HOSTNAME_MISMATCH|EPROTO)/;
// Deno's TLS reports without codes.
const TLS_TEXT =
  /invalid peer certificate|received fatal alert|received corrupt message|UnknownIssuer|CertNotValidForName|self.signed certificate|handshake/i;
const PLAIN_HTTP = /WRONG_VERSION_NUMBER|corrupt message|packet length/i;

/** The failure for anything thrown while a host was asked or its answer read. */
export function networkFailure(error: unknown, host: string): FetchFailure {
  const causes = causesOf(error);
  const own = causes.find((cause) => cause instanceof FetchFailure);
  if (own !== undefined) return own;
  const words = causes.map((cause) => `${codeOf(cause)} ${cause.message}`);
  const proxied = words.map((text) => /Proxy (?:response|Auth\D*) \((\d{3})\)/.exec(text)?.[1])
    .find((status) => status !== undefined);
  if (proxied !== undefined) {
    const isTemporary = Number(proxied) >= 500;
    return isTemporary || proxied === '407'
      ? new FetchFailure(host, proxyReason(proxied), { isTemporary, cause: error })
      : new FetchFailure(host, `the proxy does not let it through (${proxied}); check the proxy`, {
        cause: error,
      });
  }
  if (causes.some((cause) => TLS_CODE.test(codeOf(cause)) || TLS_TEXT.test(cause.message))) {
    const reason = words.some((text) => PLAIN_HTTP.test(text))
      ? 'it speaks no TLS there; check the scheme and the port of the URL'
      : 'its certificate is not trusted; give its authority as CA file of the source or have it renewed';
    return new FetchFailure(host, reason, { cause: error });
  }
  const codes = causes.map(codeOf);
  const reason = codes.map((code) => REASONS.get(code)).find((found) => found !== undefined);
  return new FetchFailure(host, reason ?? 'the connection broke off; try again later', {
    isTemporary: !codes.some((code) => PERMANENT.test(code)),
    cause: error,
  });
}

function proxyReason(status: string): string {
  return status === '407'
    ? statusReason(407)
    : `the proxy cannot reach it (${status}); try again later or check the proxy`;
}

/** The thrown value, its causes, and the parts of aggregates; bounded, since causes may loop. */
function causesOf(error: unknown): Error[] {
  const found: Error[] = [];
  const waiting: unknown[] = [error];
  while (waiting.length > 0 && found.length < MOST_CAUSES) {
    const next = waiting.shift();
    if (!(next instanceof Error)) continue;
    found.push(next);
    if (next instanceof AggregateError) waiting.push(...next.errors.slice(0, MOST_CAUSES));
    waiting.push(next.cause);
  }
  return found;
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
