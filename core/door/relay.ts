/**
 * The door beside an API server: admits the namespaces of a local file, so that a cluster can come
 * back without core, and asks core about all others. It keeps nothing and decides nothing else.
 *
 * @module
 */
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { readFileSync, statSync } from 'node:fs';
import { Agent, request } from 'undici';
import { z } from 'zod';
import { fits } from '../config/door-rules.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { admissionReviewBody } from './admission-review.ts';
import { imageReviewBody, LARGEST_REVIEW } from './image-review.ts';
import type { Answer } from './question.ts';

export interface RelayOptions {
  /** Core's door: `https://host:port`. */
  readonly core: string;
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
  /** File with a namespace, or a pattern with `*`, in each line. */
  readonly exemptFile: string;
  readonly failMode: 'allow' | 'deny';
  readonly log: Log;
  /** Whether who asks has shown a certificate of the authority. */
  readonly isKnown: (c: Context) => boolean;
}

/** The API server itself stops to wait after thirty seconds. */
const LONGEST_MS = 29_000;
const CONNECT_MS = 3000;

const Subject = z.looseObject({
  spec: z.looseObject({ namespace: z.string().optional() }).optional(),
  request: z.looseObject({ namespace: z.string().optional(), uid: z.string().optional() })
    .optional(),
});

/** Lines of a file that is read again when it has changed; without a file none. */
function exemptList(path: string, log: Log): () => readonly string[] {
  let changedAt = -1;
  let patterns: readonly string[] = [];
  return () => {
    try {
      const { mtimeMs } = statSync(path);
      if (mtimeMs !== changedAt) {
        patterns = readFileSync(path, 'utf8').split('\n')
          .map((line) => line.replace(/#.*/, '').trim()).filter((line) => line !== '');
        changedAt = mtimeMs;
        log.info('the list of exempt namespaces was read', { namespaces: patterns });
      }
    } catch (error) {
      log.error('the list of exempt namespaces cannot be read', { error: messageOf(error) });
    }
    return patterns;
  };
}

/** The routes of the relay. */
export function relayRoutes(options: RelayOptions): { app: Hono; close: () => Promise<void> } {
  const { core, certificate, key, authority, failMode, log, isKnown } = options;
  const exempt = exemptList(options.exemptFile, log);
  const agent = new Agent({
    connect: { ca: authority, cert: certificate, key, timeout: CONNECT_MS },
    headersTimeout: LONGEST_MS,
    bodyTimeout: LONGEST_MS,
    // The runtime's HTTP/2 does not outlast a server that ends.
    allowH2: false,
  });
  const app = new Hono();

  function bodyOf(path: string, uid: string, answer: Answer): Record<string, unknown> {
    return path === '/admission' ? admissionReviewBody(uid, answer) : imageReviewBody(answer);
  }

  for (const path of ['/imagepolicy', '/admission']) {
    const tooLarge = {
      allowed: false,
      reason: `The review is larger than ${LARGEST_REVIEW} bytes.`,
    };
    app.post(
      path,
      bodyLimit({ maxSize: LARGEST_REVIEW, onError: (c) => c.json(bodyOf(path, '', tooLarge)) }),
      async (c) => {
        if (!isKnown(c)) return c.json({ message: 'The door wants a client certificate.' }, 401);
        const text = await c.req.text();
        const subject = subjectOf(text);
        const uid = subject?.request?.uid ?? '';
        const namespace = subject?.request?.namespace ?? subject?.spec?.namespace ?? '';
        if (namespace !== '' && exempt().some((pattern) => fits(pattern, namespace))) {
          const auditAnnotations = { decision: 'exempt', relay: 'local' };
          return c.json(bodyOf(path, uid, { allowed: true, reason: '', auditAnnotations }));
        }
        try {
          const { search } = new URL(c.req.url);
          const answer = await request(`${core}${path}${search}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: text,
            dispatcher: agent,
          });
          const retryAfter = answer.headers['retry-after'];
          if (typeof retryAfter === 'string') c.header('Retry-After', retryAfter);
          c.header('Content-Type', 'application/json');
          c.status(answer.statusCode as 200);
          return c.body(await answer.body.text());
        } catch (error) {
          log.error('core cannot be asked', { namespace, error: messageOf(error) });
          const allowed = failMode === 'allow';
          const reason =
            `Tidewaiter's core cannot be reached (${messageOf(error)}): try again in ` +
            'a few seconds, or see the pods of namespace tidewaiter.';
          const auditAnnotations = { decision: `undecided-${allowed ? 'allowed' : 'denied'}` };
          return c.json(bodyOf(path, uid, { allowed, reason, auditAnnotations }));
        }
      },
    );
  }
  return { app, close: () => agent.destroy() };
}

function subjectOf(text: string): z.infer<typeof Subject> | undefined {
  try {
    return Subject.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
