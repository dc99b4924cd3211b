/**
 * The Jobs' counter: `/tasks/{task}`. Hands out the task, hears of progress, takes failure or
 * report, keeps what was read of layers, and reads blobs for Jobs whose registry knows passwords only.
 *
 * @module
 */
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { Failure, Progress, type Task } from '../../jobs/contract/index.ts';
import { type Descriptor, type Manifest, OciError } from 'oci-client';
import { asTidewaiterError, errorAnswer, errorBody, notFound, problemAnswer } from '../answers.ts';
import { findManifest } from '../catalog/images.ts';
import type { TokenReviewer } from '../cluster/token-review.ts';
import type { Config } from '../config/load.ts';
import type { Sql } from '../database/connection.ts';
import { TidewaiterError } from '../errors.ts';
import type { Log } from '../log.ts';
import { failAttempt, noteProgress } from '../queue/analyses.ts';
import { notePause, noteThrottled } from '../registries/pauses.ts';
import type { Registries } from '../registries/registries.ts';
import { drain } from './body.ts';
import { type CurrentTask, currentTask, type TaskEnv } from './identity.ts';
import { takeReport } from './intake.ts';
import { layerRoutes } from './layers.ts';
import { imageManifest } from './manifest.ts';

export interface TaskServices {
  readonly config: Config;
  readonly sql: Sql;
  readonly log: Log;
  readonly registries: Registries;
  /** Whose Job a service-account token is of; undefined outside a cluster. */
  readonly reviewToken?: TokenReviewer | undefined;
}

const MIB = 1024 * 1024;

/** Bytes of progress or failure: Jobs read hostile images, so not even they are trusted. */
const LARGEST_MESSAGE = 64 * 1024;

async function tooLarge(c: Context): Promise<Response> {
  await drain(c.req.raw.body);
  return errorAnswer(
    c,
    new TidewaiterError(
      'body_too_large',
      413,
      `What a Job tells may have ${LARGEST_MESSAGE} bytes at most.`,
    ),
  );
}

async function taskBody(
  services: TaskServices,
  current: CurrentTask,
  coreUrl: string,
): Promise<Task> {
  const { config, registries } = services;
  return {
    id: current.task,
    attempt: current.attempt,
    image: {
      reference: current.reference,
      digest: current.digest as Task['image']['digest'],
      platform: current.platform,
    },
    source: await registries.taskSource({ ...current, coreUrl }),
    limits: {
      uncompressedBytes: config.analysis_max_image_mb * MIB,
      entries: 5_000_000,
      fileBytes: 128 * MIB,
      heldBytes: Math.floor(config.analysis_memory_mb / 4) * MIB,
    },
    inspections: {
      secrets: config.secret_search,
      content: config.content_search,
      retrieved: {
        paths: config.retrieve_files.file_list,
        maxFileSize: config.retrieve_files.max_file_size_kb * 1024,
      },
      verification: config.package_verification,
      hints: config.enable_hints,
    },
  };
}

/** The routes of Jobs. */
export function taskRoutes(services: TaskServices): Hono<TaskEnv> {
  const { sql, log, config, registries, reviewToken } = services;
  const app = new Hono<TaskEnv>();
  app.onError(async (error, c) => {
    if (!(error instanceof TidewaiterError)) log.warn('a task was refused', { error });
    await drain(c.req.raw.body);
    return errorAnswer(c, error);
  });
  for (const path of ['/tasks/:task/*', '/v2/tasks/:task/*'] as const) {
    app.use(path, async (c, next) => {
      c.set(
        'task',
        await currentTask(sql, c.req.param('task'), c.req.header('authorization'), reviewToken),
      );
      await next();
    });
  }
  const messages = [
    '/tasks/:task/progress',
    '/tasks/:task/failure',
    '/tasks/:task/layers/:digest/witness',
  ] as const;
  for (const path of messages) {
    app.use(path, bodyLimit({ maxSize: LARGEST_MESSAGE, onError: tooLarge }));
  }
  app.get('/tasks/:task', async (c) => {
    // Where the Job reached core is where it reaches core's view of the registry, too.
    const { origin } = new URL(c.req.url);
    return c.json(await taskBody(services, c.get('task'), origin));
  });
  app.post('/tasks/:task/progress', async (c) => {
    const progress = Progress.safeParse(await c.req.json().catch(() => undefined));
    if (!progress.success) return problemAnswer(c, progress.error);
    await noteProgress(sql, c.get('task').task, progress.data);
    return c.body(null, 204);
  });
  app.post('/tasks/:task/failure', async (c) => {
    const failure = Failure.safeParse(await c.req.json().catch(() => undefined));
    if (!failure.success) return problemAnswer(c, failure.error);
    const { digest, attempt, reference, source } = c.get('task');
    if (source.kind === 'registry') await notePause(sql, source.registry, failure.data, 'job');
    const end = await failAttempt(sql, digest, attempt, failure.data, config.analysis_attempts);
    log.warn('an analysis failed', { image: reference, attempt, end, ...failure.data });
    return c.body(null, 204);
  });
  app.put('/tasks/:task/report', async (c) => {
    const { body } = c.req.raw;
    if (body === null) throw new TidewaiterError('report_malformed', 400, 'The report is empty.');
    await takeReport(sql, c.get('task'), body);
    log.info('analysed', { image: c.get('task').reference, digest: c.get('task').digest });
    return c.body(null, 204);
  });
  layerRoutes(app, services);
  app.get('/v2/tasks/:task/manifests/:digest', async (c) => {
    const { digest } = c.get('task');
    const manifest = await findManifest(sql, digest);
    if (manifest === undefined || c.req.param('digest') !== digest) return notFound(c);
    return c.body(new Uint8Array(manifest.document), 200, { 'content-type': manifest.mediaType });
  });
  app.get('/v2/tasks/:task/blobs/:digest', async (c) => {
    const { account, digest, source } = c.get('task');
    const wanted = blobOf(await imageManifest(sql, digest), c.req.param('digest'));
    if (wanted === undefined) return notFound(c);
    try {
      const image = await registries.open(account, source);
      const body = await begun(image.blob(wanted, { signal: c.req.raw.signal }));
      return new Response(body, { headers: { 'content-length': String(wanted.size) } });
    } catch (error) {
      if (source.kind === 'registry') await noteThrottled(sql, source.registry, error);
      return registryAnswer(c, error);
    }
  });
  return app;
}

/** A blob that belongs to the task's image: a Job reads no others. */
function blobOf(manifest: Manifest | undefined, digest: string): Descriptor | undefined {
  if (manifest === undefined) return undefined;
  return [manifest.config, ...manifest.layers].find((blob) => blob.digest === digest);
}

/** A body whose first bytes are there: what fails before them can still be answered as a failure. */
async function begun(blob: AsyncIterable<Uint8Array>): Promise<ReadableStream<Uint8Array>> {
  const pieces = blob[Symbol.asyncIterator]();
  const first = await pieces.next();
  let next: Promise<IteratorResult<Uint8Array>> | undefined = Promise.resolve(first);
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await (next ?? pieces.next());
      next = undefined;
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await pieces.return?.();
    },
  });
}

/** A registry's failure as the registry would have told it, so that the Job sees the same cause. */
function registryAnswer(c: Context, thrown: unknown): Response {
  const error = asTidewaiterError(thrown);
  const { status, retryAfter } = thrown instanceof OciError ? thrown : {};
  if (retryAfter !== undefined) c.header('Retry-After', String(retryAfter));
  const body = { ...errorBody(error), errors: [{ code: error.code, message: error.message }] };
  return c.json(body, (status ?? error.status) as ContentfulStatusCode);
}
