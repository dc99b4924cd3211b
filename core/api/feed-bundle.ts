/**
 * `/system/feeds/bundle`: all feeds of a core as one file, out of it and into another one. Signatures
 * are made and checked where the keys are, which is not here.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRoute, z } from '@hono/zod-openapi';
import { asTidewaiterError, errorBody, methodNotAllowed } from '../answers.ts';
import { TidewaiterError } from '../errors.ts';
import { archiveOf, spoolFeeds } from '../feeds/bundle/export.ts';
import { importBundle, type ImportedGroup, type ImportOptions } from '../feeds/bundle/import.ts';
import { LARGEST_BUNDLE, malformedBundle } from '../feeds/bundle/limits.ts';
import { checkBundleFile } from '../feeds/bundle/reader.ts';
import type { FeedFile } from '../feeds/format.ts';
import type { Log } from '../log.ts';
import { type Api, newApi, type Services } from './context.ts';
import { asDeclared, streamed } from './documents.ts';
import { alive, ending, Turn } from './feed-bundle-turns.ts';
import { ErrorBody, queryBoolean } from './schemas.ts';
import { VERSION } from './system.ts';

const errorContent = { 'application/json': { schema: ErrorBody } };
const errors = {
  400: { description: 'No bundle, or not the one that was checked', content: errorContent },
  403: { description: 'Not the administrator', content: errorContent },
  404: { description: 'Nothing was loaded of that source', content: errorContent },
  409: { description: 'Nothing to export, or another one is under way', content: errorContent },
  413: { description: 'Too large', content: errorContent },
};
const Bytes = { type: 'string', format: 'binary', minLength: 1 } as const;
const exportQuery = z.object({
  source: z.union([z.string(), z.array(z.string())]).optional().openapi({
    description: 'Only this source; may be given several times',
  }),
});
/** A line of the answer to an import. */
const Told = z.union([
  z.object({
    group: z.object({
      source: z.string(),
      name: z.string(),
      outcome: z.enum(['loaded', 'unchanged', 'refused', 'failed']),
      generation: z.int(),
      records: z.int(),
      changed: z.int(),
      removed: z.int(),
      code: z.string().nullable(),
      message: z.string().nullable(),
    }),
  }),
  z.object({ end: z.literal(true) }),
  z.object({ error: ErrorBody }),
]).openapi('FeedBundleLine');
const importQuery = z.object({
  manifest: z.string().regex(/^sha256:[0-9a-f]{64}$/).optional().openapi({
    description: 'Hash of the manifest that was checked: a bundle with another one is refused',
  }),
  allow_older: queryBoolean(false),
  allow_smaller: queryBoolean(false),
});

function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'tidewaiter-bundle-'));
}

async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

function tooLarge(): TidewaiterError {
  return new TidewaiterError(
    'body_too_large',
    413,
    `A bundle of feeds may have ${LARGEST_BUNDLE} bytes at most: export some sources alone.`,
  );
}

/** Writes a body to a file of a folder, within bounds. */
async function received({ body, headers }: Request, folder: string): Promise<FeedFile> {
  if (body === null) throw malformedBundle('it is empty');
  if (Number(headers.get('content-length') ?? 0) > LARGEST_BUNDLE) throw tooLarge();
  const path = join(folder, 'bundle');
  const file = await open(path, 'wx', 0o600);
  const reader = body.getReader();
  let size = 0;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      size += next.value.length;
      if (size > LARGEST_BUNDLE) throw tooLarge();
      await file.writeFile(next.value);
    }
  } finally {
    await file.close();
  }
  return { path, name: 'bundle', size };
}

/** That a bundle is whole, and the one that somebody has checked before. */
async function check(file: FeedFile, manifest: string | undefined): Promise<void> {
  const { manifestBytes } = await checkBundleFile(file);
  const hash = createHash('sha256').update(manifestBytes).digest('hex');
  if (manifest === undefined || manifest === `sha256:${hash}`) return;
  throw new TidewaiterError(
    'feed_bundle_changed',
    400,
    'The bundle of feeds is not the one that was checked: it was changed on the way.',
  );
}

/** Lines of JSON: each group as it is done, and then the end, or what ended it before. */
async function* told(
  groups: AsyncGenerator<ImportedGroup>,
  log: Log,
): AsyncGenerator<string> {
  const line = (told: unknown) => `${JSON.stringify(told)}\n`;
  try {
    for await (const group of alive(groups)) {
      if (group !== undefined) log.info('a group of a bundle of feeds was imported', { ...group });
      yield group === undefined ? '\n' : line({ group });
    }
    yield line({ end: true });
  } catch (error) {
    log.error('a bundle of feeds could not be imported', { error });
    yield line({ error: errorBody(asTidewaiterError(error)) });
  }
}

/** Routes below `/system/feeds/bundle`. Bodies are bounded here. */
export function feedBundleRoutes({ sql, log }: Services): Api {
  const turn = new Turn();

  async function exported(sources: readonly string[], signal: AbortSignal): Promise<Response> {
    const scratch = await newFolder();
    try {
      const done = turn.begin();
      const options = { scratch, sources, coreVersion: VERSION, signal };
      const spooled = await spoolFeeds(sql, options).finally(done);
      return streamed(ending(archiveOf(spooled), () => remove(scratch)), 'application/x-tar');
    } catch (error) {
      await remove(scratch);
      throw error;
    }
  }

  async function imported(
    request: Request,
    manifest: string | undefined,
    options: ImportOptions,
  ): Promise<Response> {
    const folder = await newFolder();
    let end = () => remove(folder);
    try {
      const file = await received(request, folder);
      const done = turn.begin();
      end = async () => {
        done();
        await remove(folder);
      };
      await check(file, manifest);
      const groups = ending(importBundle(sql, file, options), end);
      return streamed(told(groups, log), 'application/x-ndjson');
    } catch (error) {
      await end();
      throw error;
    }
  }

  const api = newApi()
    .openapi(
      createRoute({
        method: 'get',
        path: '/system/feeds/bundle',
        summary: 'All feeds as a tar archive, not signed: npm run feeds -- export signs it',
        request: { query: exportQuery },
        responses: {
          200: { description: 'The archive', content: { 'application/x-tar': { schema: Bytes } } },
          ...errors,
        },
      }),
      async (c) => {
        const { source = [] } = c.req.valid('query');
        return await exported([source].flat(), c.req.raw.signal);
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/system/feeds/bundle',
        summary: 'Load a bundle of feeds, whose signature was checked: npm run feeds -- import',
        request: {
          query: importQuery,
          body: {
            required: true,
            content: {
              'application/octet-stream': { schema: Bytes },
            },
          },
        },
        responses: {
          200: {
            description: 'What became of each group, a line of JSON each',
            content: { 'application/x-ndjson': { schema: z.array(Told) } },
          },
          ...errors,
        },
      }),
      async (c) => {
        const { manifest, allow_older: allowOlder, allow_smaller: allowSmaller } = c.req.valid(
          'query',
        );
        const options = { allowOlder, allowSmaller };
        return asDeclared(await imported(c.req.raw, manifest, options));
      },
    );
  // No feed has that name: other methods are not those of a feed.
  api.all('/system/feeds/bundle', (c) => methodNotAllowed(c, ['GET', 'HEAD', 'POST']));
  return api;
}
