/**
 * Turns what sockets, name resolution and TLS report into `OciError`s, on Node and on Deno.
 *
 * @module
 */

import { abortError, OciError, redactUrl } from './errors.ts';

const MAX_CAUSES = 8;

/** Failures that waiting does not mend; all others may be gone a moment later. */
const PERMANENT = /^(?:ENOTFOUND|EPERM|HPE_.*|UND_ERR_(?:CLOSED|DESTROYED|INVALID_ARG))$/;

const TIMEOUTS: ReadonlySet<string> = new Set([
  'ETIMEDOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
]);

const TLS_CODE =
  /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|HOSTNAME_MISMATCH|EPROTO)/;
// Deno's TLS (rustls) reports without codes.
const TLS_TEXT =
  /invalid peer certificate|received fatal alert|received corrupt message|UnknownIssuer|CertNotValidForName|self.signed certificate|handshake/i;

const EXPLANATIONS: ReadonlyMap<string, string> = new Map([
  ['EAI_AGAIN', 'its name could not be resolved just now; check DNS'],
  ['ECONNREFUSED', 'it refuses connections; check host and port'],
  ['ENETUNREACH', 'there is no route to it; check network and firewall'],
  ['EHOSTUNREACH', 'there is no route to it; check network and firewall'],
  ['ENOTFOUND', 'its name does not exist; check the spelling of the host and DNS'],
  ['EPERM', 'this process may not ask it; check its permissions'],
  ['UND_ERR_CLOSED', 'the connections were closed meanwhile; open the source again'],
  ['UND_ERR_DESTROYED', 'the connections were closed meanwhile; open the source again'],
]);

/** The `OciError` for anything that was thrown while `url` was asked or its body read. */
export function networkError(
  error: unknown,
  url: URL,
  signal: AbortSignal | null | undefined,
): OciError {
  const causes = causesOf(error);
  const own = causes.find((cause) => cause instanceof OciError);
  if (own !== undefined) return own;
  if (signal?.aborted === true) return abortError(signal, `asking ${redactUrl(url)}`);
  const codes = causes.map(codeOf);
  if (codes.some((code) => TIMEOUTS.has(code))) {
    return new OciError('timeout', `${redactUrl(url)} does not answer in time; try again later.`, {
      cause: error,
    });
  }
  if (codes.some((code) => TLS_CODE.test(code)) || causes.some(isTlsText)) {
    return tlsError(error, causes, url);
  }
  const known = codes.find((code) => EXPLANATIONS.has(code)) ?? '';
  const reason = EXPLANATIONS.get(known) ?? 'the connection broke off; try again later';
  return new OciError(
    'registry_unreachable',
    `Host ${url.host} could not be read from: ${reason}.`,
    { temporary: !codes.some((code) => PERMANENT.test(code)), cause: error },
  );
}

/** The thrown value, its causes, and the parts of aggregates; bounded, since causes may loop. */
function causesOf(error: unknown): Error[] {
  const found: Error[] = [];
  const waiting: unknown[] = [error];
  while (waiting.length > 0 && found.length < MAX_CAUSES) {
    const next = waiting.shift();
    if (!(next instanceof Error)) continue;
    found.push(next);
    if (next instanceof AggregateError) waiting.push(...next.errors.slice(0, MAX_CAUSES));
    waiting.push(next.cause);
  }
  return found;
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function isTlsText(error: Error): boolean {
  return TLS_TEXT.test(error.message);
}

function tlsError(error: unknown, causes: readonly Error[], url: URL): OciError {
  const detail = causes.find((cause) => TLS_CODE.test(codeOf(cause)) || isTlsText(cause));
  const text = `${codeOf(detail ?? new Error())} ${detail?.message ?? ''}`;
  const plain = /WRONG_VERSION_NUMBER|corrupt message|packet length/i.test(text);
  const step = plain
    ? 'it seems to speak plain HTTP; allow plain HTTP for this registry or correct the port'
    : "its certificate is not trusted; add its issuer's CA certificate for this registry or renew it";
  return new OciError('registry_tls_failed', `No TLS connection to ${url.host}: ${step}.`, {
    cause: error,
  });
}
