/**
 * How failures are answered: the original's body, with a stable `code` beside it.
 *
 * @module
 */
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { OciError } from 'oci-client';
import type { ZodError } from 'zod';
import { asDatabaseError } from './database/connection.ts';
import { TidewaiterError } from './errors.ts';
import { escapeText } from './log.ts';

/** HTTP status for each code of the registry client. Statuses of 5xx mean: not the client's mistake. */
const OCI_STATUS: Readonly<Record<string, number>> = {
  invalid_reference: 400,
  forbidden_address: 400,
  registry_refused_login: 400,
  registry_denied: 400,
  image_not_found: 404,
  manifest_unsupported: 400,
  platform_not_found: 400,
  platform_unsupported: 400,
  layout_invalid: 400,
  archive_invalid: 400,
  registry_rate_limited: 503,
  timeout: 504,
};

/** Names that clients of the original know. */
const ANCHORE_CODES: Readonly<Record<string, string>> = {
  registry_refused_login: 'REGISTRY_PERMISSION_DENIED',
  registry_denied: 'REGISTRY_PERMISSION_DENIED',
  image_not_found: 'REGISTRY_IMAGE_NOT_FOUND',
  registry_unreachable: 'REGISTRY_NOT_ACCESSIBLE',
  registry_tls_failed: 'REGISTRY_NOT_ACCESSIBLE',
  forbidden_address: 'REGISTRY_NOT_ACCESSIBLE',
  timeout: 'REGISTRY_NOT_ACCESSIBLE',
  registry_error: 'SKOPEO_UNKNOWN_ERROR',
  manifest_unsupported: 'REGISTRY_NOT_SUPPORTED',
  platform_not_found: 'OSARCH_MISMATCH',
  platform_unsupported: 'OSARCH_MISMATCH',
};

/** SQLSTATEs of text that Postgres does not store: NUL, lone surrogates, bytes that are no UTF-8. */
const UNSTORABLE = new Set(['22021', '22P02', '22P05']);

function isUnstorable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && UNSTORABLE.has(String(error.code));
}

/** Anything thrown, as an error with code and status. */
export function asTidewaiterError(thrown: unknown): TidewaiterError {
  const error = asDatabaseError(thrown);
  if (error instanceof TidewaiterError) return error;
  if (error instanceof OciError) {
    const name = ANCHORE_CODES[error.code];
    const { retryAfter } = error;
    return new TidewaiterError(error.code, OCI_STATUS[error.code] ?? 502, error.message, {
      cause: error,
      detail: {
        ...(name === undefined ? {} : { error_codes: [name] }),
        ...(retryAfter === undefined ? {} : { retry_after: retryAfter }),
      },
    });
  }
  if (error instanceof HTTPException && error.status === 415) {
    return new TidewaiterError(
      'unsupported_media_type',
      415,
      'The header Content-Type names none that this route takes: /openapi.json says which it does.',
    );
  }
  if (error instanceof HTTPException) {
    return new TidewaiterError('bad_request', error.status, error.message || 'Bad request');
  }
  if (isUnstorable(error)) {
    return new TidewaiterError(
      'invalid_text',
      400,
      'The request holds text that is not valid Unicode or has a NUL in it: leave that out.',
      { cause: error },
    );
  }
  return new TidewaiterError(
    'internal_error',
    500,
    'Something went wrong inside Tidewaiter: the log of core says what.',
    { cause: error },
  );
}

/** The body of an error's answer. */
export function errorBody(error: TidewaiterError): Record<string, unknown> {
  return {
    // It may repeat what somebody has sent.
    message: escapeText(error.message),
    httpcode: error.status,
    code: error.code,
    detail: { error_codes: [], ...error.detail },
  };
}

/** Answers an error; the caller has logged what is not the client's mistake. */
export function errorAnswer(c: Context, thrown: unknown): Response {
  const error = asTidewaiterError(thrown);
  if (error.code === 'internal_error') c.set('failure', thrown);
  if (error.status === 503 || error.status === 429) {
    c.header('Retry-After', String(error.detail['retry_after'] ?? 2));
  }
  return c.json(errorBody(error), error.status as ContentfulStatusCode);
}

/** Answers input that does not fit its schema, as problem JSON (RFC 9457) like the original. */
export function problemAnswer(c: Context, error: ZodError): Response {
  const problems = error.issues.slice(0, 5).map((issue) => {
    const where = issue.path.join('.');
    const required = issue.code === 'invalid_type' && issue.message.includes('undefined');
    if (required) return `'${String(issue.path.at(-1))}' is a required property`;
    return where === '' ? issue.message : `'${where}': ${issue.message}`;
  });
  const detail = escapeText(problems.join('; '));
  const body = {
    detail,
    status: 400,
    title: 'Bad Request',
    type: 'about:blank',
    message: detail,
    code: 'invalid_request',
  };
  return c.json(body, 400, { 'content-type': 'application/problem+json' });
}

/** The answer where a path has routes for these methods, but none for the one that came. */
export function methodNotAllowed(c: Context, methods: readonly string[]): Response {
  const allowed = methods.join(', ');
  c.header('Allow', allowed);
  return errorAnswer(
    c,
    new TidewaiterError(
      'method_not_allowed',
      405,
      `There is no ${c.req.method} ${c.req.path}, but ${allowed}.`,
    ),
  );
}

/** The answer of routes that do not exist. */
export function notFound(c: Context): Response {
  return errorAnswer(
    c,
    new TidewaiterError('route_not_found', 404, `There is no route ${c.req.method} ${c.req.path}.`),
  );
}
