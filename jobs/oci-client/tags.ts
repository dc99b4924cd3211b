/**
 * The tags of one repository, page by page (OCI distribution specification 1.1, "Listing Tags").
 *
 * @module
 */

import { z } from 'zod';

import { refusal, type Subject } from './answers.ts';
import { type AuthorizedOrigin, fetchAuthorized } from './authorized.ts';
import { OciError, printable } from './errors.ts';
import { JsonError, parseJson } from './json.ts';
import { isTag } from './reference.ts';
import { retrying } from './retry.ts';

const PAGE = 1000;
const MOST_PAGES = 50;
const MAX_PAGE_BYTES = 4 * 1024 * 1024;
/** Tags of a repository that are listed: others are more than a person follows. */
const MOST_TAGS = 50_000;

const page = z.object({ tags: z.array(z.string()).nullish() });

/** Which repository's tags are listed. */
export interface TagsOf {
  readonly registry: string;
  readonly repository: string;
}

/**
 * All tags that a registry lists, each once; texts that cannot be tags are left out.
 *
 * @throws {OciError} `image_not_found` where the registry has no such repository
 */
export async function listTags(
  login: AuthorizedOrigin,
  { registry, repository }: TagsOf,
  signal?: AbortSignal,
): Promise<string[]> {
  const subject: Subject = { registry, repository, kind: 'tags', name: '' };
  const found = new Set<string>();
  let url: URL | undefined = new URL(`/v2/${repository}/tags/list?n=${PAGE}`, login.origin);
  for (let pages = 0; url !== undefined; pages += 1) {
    if (pages === MOST_PAGES || found.size > MOST_TAGS) {
      throw malformed(subject, `it has more than ${MOST_TAGS} tags`);
    }
    const asked: URL = url;
    const { bytes, link, from } = await retrying(async () => {
      const response = await fetchAuthorized(login, asked, {
        headers: { accept: 'application/json' },
        signal,
      });
      if (response.status !== 200) throw await refusal(response, subject);
      return {
        bytes: await response.bytes(MAX_PAGE_BYTES, 'The list of tags'),
        link: response.header('link'),
        from: response.url,
      };
    }, signal);
    for (const tag of tagsIn(bytes, subject)) if (isTag(tag)) found.add(tag);
    url = nextPage(link, from, login.origin, subject);
  }
  return [...found];
}

function tagsIn(bytes: Uint8Array, subject: Subject): readonly string[] {
  try {
    return page.parse(parseJson(bytes)).tags ?? [];
  } catch (error) {
    if (!(error instanceof JsonError) && !(error instanceof z.ZodError)) throw error;
    throw malformed(subject, 'its answer is no list of tags');
  }
}

/** Where a `Link` header says that the list goes on (RFC 8288): at the registry itself, or nowhere. */
function nextPage(
  link: string | undefined,
  from: URL,
  origin: string,
  subject: Subject,
): URL | undefined {
  const target = /<([^<>]*)>\s*;[^,]*\brel="?next"?/i.exec(link?.slice(0, 4096) ?? '')?.[1];
  if (target === undefined) return undefined;
  const url = URL.canParse(target, from.href) ? new URL(target, from) : undefined;
  if (url?.origin === origin && url.pathname.startsWith('/v2/')) return url;
  throw malformed(subject, `its list goes on at ${printable(target, 100)}, which is not its own`);
}

function malformed({ registry, repository = '' }: Subject, why: string): OciError {
  return new OciError(
    'registry_error',
    `The tags of registry ${registry}, repository ${
      printable(repository)
    }, cannot be listed: ${why}.`,
  );
}
