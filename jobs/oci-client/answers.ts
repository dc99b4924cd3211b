/**
 * Turns a registry's refusals into `OciError`s (OCI distribution specification 1.1, "Error
 * Codes").
 *
 * @module
 */

import { z } from 'zod';

import { OciError, type OciErrorCode, printable } from './errors.ts';
import type { Response } from './response.ts';
import { parseRetryAfter } from './retry.ts';

/** What was asked for, for messages. */
export interface Subject {
  readonly registry: string;
  /** Undefined for the registry as such. */
  readonly repository: string | undefined;
  /** `upload` is a blob or manifest that is pushed, `tags` the list of them. */
  readonly kind: 'manifest' | 'blob' | 'tags' | 'token' | 'upload' | 'base';
  /** Tag or digest; empty for tokens and the base. */
  readonly name: string;
}

const MAX_ERROR_BYTES = 64 * 1024;

const errorBody = z.object({
  errors: z.array(z.object({ code: z.string().catch(''), message: z.string().catch('') })).max(100),
});

/** The failure that an answer of a status other than 200 means. Reads the body. */
export async function refusal(response: Response, subject: Subject): Promise<OciError> {
  const retryAfter = parseRetryAfter(response.header('retry-after'), Date.now());
  const said = await remark(response);
  const { status } = response;
  const [code, sentence] = explain(status, subject, response.url.host);
  return new OciError(code, `${sentence}${said}.`, {
    status,
    retryAfter: status === 429 || status === 503 ? retryAfter : undefined,
    temporary: status === 429 || status === 408 || status >= 500,
  });
}

function explain(status: number, subject: Subject, host: string): [OciErrorCode, string] {
  const { registry, repository, kind, name } = subject;
  const place = repository === undefined
    ? `registry ${registry}`
    : `registry ${registry}, repository ${printable(repository)}`;
  switch (status) {
    case 401:
      return [
        'registry_refused_login',
        `Login was refused by ${place}; check its credentials${
          repository === undefined ? '' : ' and that the repository exists'
        }`,
      ];
    case 403:
      return [
        'registry_denied',
        `${kind === 'upload' ? 'Pushing' : 'Reading'} is denied by ${place}${
          host === registry ? '' : ` (at ${host})`
        }; give its credentials the right to ${kind === 'upload' ? 'push' : 'pull'}`,
      ];
    case 404:
      return notFound(kind, name, place);
    case 429:
      return [
        'registry_rate_limited',
        `Too many requests were made to ${place}; wait, or log in for a higher limit`,
      ];
    default:
      return [
        'registry_error',
        `An unexpected answer (HTTP ${status} from ${host}) came from ${place}; ${
          status >= 500 ? 'try again later' : "check the registry's address and configuration"
        }`,
      ];
  }
}

function notFound(kind: Subject['kind'], name: string, place: string): [OciErrorCode, string] {
  switch (kind) {
    case 'manifest':
      return ['image_not_found', `There is no image ${name} in ${place}; check its tag or digest`];
    case 'tags':
      return ['image_not_found', `There is no ${place}; check the name of the repository`];
    case 'blob':
      return ['blob_not_found', `The blob ${name} is missing in ${place}; push the image again`];
    case 'upload':
      return [
        'registry_error',
        `Nothing can be pushed to ${place}, which does not know it; create the repository there first`,
      ];
    case 'base':
      return [
        'registry_error',
        `No API of a registry answers at ${place}; check its address`,
      ];
    case 'token':
      return [
        'registry_error',
        `The token service of ${place} does not exist; check the registry's configuration`,
      ];
  }
}

/** What the registry itself says, in parentheses; empty where it says nothing readable. */
async function remark(response: Response): Promise<string> {
  try {
    const bytes = await response.bytes(MAX_ERROR_BYTES, 'The error');
    const { errors } = errorBody.parse(JSON.parse(new TextDecoder().decode(bytes)));
    const [first] = errors;
    const text = first === undefined ? '' : [first.code, first.message].filter(Boolean).join(': ');
    return text === '' ? '' : ` (it says ${printable(text, 200)})`;
  } catch {
    return '';
  }
}
