/**
 * `/images/{digest}/artifacts`: what was found in the content of files.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { FileMatch, type SearchName, type SearchSettings } from '../../jobs/contract/index.ts';
import { ArtifactsBody } from './content-bodies.ts';
import { requireFacts } from './content.ts';
import { type Api, newApi, type Services } from './context.ts';
import { asDeclared, listBody, streamed } from './documents.ts';
import { digestParams, namedImage } from './image-places.ts';
import { ErrorBody } from './schemas.ts';

/** Kinds of artifacts, and the search that finds them, by the original's names. */
const SEARCHES: Readonly<Record<string, SearchName>> = {
  secret_search: 'secrets',
  file_content_search: 'content',
};

const Retrieved = z.object({ path: z.string(), content: z.string() });
const Matches = z.object({ path: z.string(), matches: z.array(FileMatch) });

function retrievedItem(entry: unknown): unknown {
  const { path, content } = Retrieved.parse(entry);
  return { path, b64_content: content };
}

/** Matches of one search; the expressions are those that are configured now. */
function matchItem(search: SearchName, { expressions }: SearchSettings) {
  const sources = new Map(expressions.map(({ name, source }) => [name, source]));
  return (entry: unknown): unknown => {
    const { path, matches } = Matches.parse(entry);
    const own = matches.filter((match) => match.search === search);
    if (own.length === 0) return undefined;
    return {
      path,
      matches: own.map(({ name, lines, isPartial }) => ({
        name,
        regex: sources.get(name) ?? '',
        lines,
        ...(isPartial ? { partial: true } : {}),
      })),
    };
  };
}

/** Routes below `/images/{digest}/artifacts`. */
export function artifactRoutes(services: Services): Api {
  const { config } = services;
  return newApi().openapi(
    createRoute({
      method: 'get',
      path: '/images/{digest}/artifacts/{kind}',
      summary: 'Retrieved files, and files in which the searches found something',
      request: {
        params: digestParams.extend({
          kind: z.enum(['retrieved_files', 'secret_search', 'file_content_search']),
        }),
      },
      responses: {
        200: {
          description: 'Retrieved files, or files with what was found in them',
          content: { 'application/json': { schema: ArtifactsBody } },
        },
        404: {
          description: 'No such image, or not analysed',
          content: { 'application/json': { schema: ErrorBody } },
        },
      },
    }),
    async (c) => {
      const { kind } = c.req.valid('param');
      const image = await namedImage(services, c);
      requireFacts(image);
      const search = SEARCHES[kind];
      const item = search === undefined
        ? retrievedItem
        : matchItem(search, search === 'secrets' ? config.secret_search : config.content_search);
      const list = search === undefined ? 'retrieved' : 'matches';
      return asDeclared(
        streamed(listBody(services, { digest: image.digest, kind: list }, item, ['', ''])),
      );
    },
  );
}
