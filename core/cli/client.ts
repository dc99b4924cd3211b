/**
 * The API of a running core, for commands.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { TidewaiterError } from '../errors.ts';

const Failure = z.object({
  message: z.string(),
  code: z.string().default('unknown'),
});

const Progress = z.object({
  analysis_status: z.enum(['not_analyzed', 'analyzing', 'analyzed', 'analysis_failed']),
  position: z.number().nullable(),
  attempt: z.number(),
  phase: z.string().nullable(),
  bytes: z.number(),
  total_bytes: z.number(),
  layers: z.number(),
  total_layers: z.number(),
  analysis_error: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type Progress = z.infer<typeof Progress>;

const Submitted = z.tuple([z.object({
  imageDigest: z.string(),
  image_detail: z.array(z.object({ fulltag: z.string() })),
})]);

const Content = z.object({
  content: z.array(z.object({ package: z.string(), version: z.string() })),
});

const Rows = z.object({ result: z.object({ rows: z.array(z.array(z.unknown())) }) });
const Check = z.array(z.record(
  z.string(),
  z.record(
    z.string(),
    z.array(z.object({
      policyId: z.string(),
      status: z.enum(['pass', 'fail']),
      detail: z.object({
        result: z.object({
          final_action: z.enum(['go', 'warn', 'stop']),
          bundle: z.looseObject({ name: z.string().nullish() }),
          evaluation_problems: z.array(z.looseObject({ details: z.string() })),
          image_id: z.string(),
          result: z.record(z.string(), z.unknown()),
        }),
      }),
    })),
  ),
));

/** One reason of a verdict. */
export interface Reason {
  readonly action: string;
  readonly rule: string;
  readonly text: string;
}

export interface CheckedImage {
  readonly action: 'go' | 'warn' | 'stop';
  readonly bundle: string;
  readonly reasons: readonly Reason[];
}

export interface FoundPackages {
  readonly type: string;
  readonly packages: readonly { readonly package: string; readonly version: string }[];
}

/** A core that answers. */
export interface CoreApi {
  /** Submits a reference; returns its digest. */
  submit(reference: string): Promise<{ digest: string; fulltag: string }>;
  progress(digest: string): Promise<Progress>;
  check(digest: string, fulltag: string): Promise<CheckedImage>;
  packages(digest: string): Promise<FoundPackages[]>;
  /** Vulnerabilities of a bill of materials: one JSON object a line, as the route has them. */
  match(document: Uint8Array): Promise<readonly string[]>;
}

/** Whether a core answers at this address. */
export async function isUp(url: string, path = '/health'): Promise<boolean> {
  try {
    const answer = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(2000) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

/** Waits until a core is ready. */
export async function untilReady(url: string, seconds: number, gone: () => boolean): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline && !gone()) {
    if (await isUp(url, '/ready')) return;
    await sleep(50);
  }
  throw new TidewaiterError(
    'core_not_ready',
    500,
    'The core that was started did not become ready.',
  );
}

/** The login of the user admin. */
export function loginOf(password: string): string {
  return `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
}

/** What a core said instead of what it was asked for, as an error with its code and sentence. */
export function refusalOf(url: string, status: number, text: string): TidewaiterError {
  if (status === 401) {
    return new TidewaiterError(
      'login_refused',
      401,
      `The core at ${url} refuses the password: set TIDEWAITER_ADMIN_PASSWORD to that of its user admin.`,
    );
  }
  const failure = Failure.safeParse(parseJson(text));
  return new TidewaiterError(
    failure.data?.code ?? 'unknown',
    status,
    failure.data?.message ?? `The core at ${url} answered ${status}.`,
  );
}

/** Speaks with the core at an address. Its refusals become errors with their code and sentence. */
export function connect(url: string, password: string): CoreApi {
  const authorization = loginOf(password);

  async function call<T>(schema: z.ZodType<T>, method: string, path: string, body?: unknown) {
    const text = await ask(path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return schema.parse(JSON.parse(text));
  }

  async function ask(path: string, request: RequestInit): Promise<string> {
    const headers = { ...request.headers, authorization };
    const answer = await fetch(`${url}/v1${path}`, { ...request, headers });
    const text = await answer.text();
    if (answer.ok) return text;
    throw refusalOf(url, answer.status, text);
  }

  return {
    async submit(reference) {
      const [image] = await call(Submitted, 'POST', '/images', { tag: reference });
      return {
        digest: image.imageDigest,
        fulltag: image.image_detail[0]?.fulltag ?? reference,
      };
    },
    progress: (digest) => call(Progress, 'GET', `/images/${digest}/progress`),
    async check(digest, fulltag) {
      const query = new URLSearchParams({ tag: fulltag });
      const [images] = await call(Check, 'GET', `/images/${digest}/check?${query}`);
      const evaluation = Object.values(images?.[digest] ?? {})[0]?.[0];
      if (evaluation === undefined) {
        throw new TidewaiterError('no_verdict', 500, 'The core gave no verdict.');
      }
      const { result } = evaluation.detail;
      const { rows } = Rows.parse(result.result[result.image_id]).result;
      const problems = result.evaluation_problems.map(({ details }) => ({
        action: 'problem',
        rule: 'bundle',
        text: details,
      }));
      return {
        action: result.final_action,
        bundle: result.bundle.name ?? evaluation.policyId,
        reasons: [
          // As the header of the rows names them.
          ...rows.map(([, , , gate, trigger, output, action]) => ({
            action: String(action),
            rule: `${String(gate)}/${String(trigger)}`,
            text: String(output),
          })),
          ...problems,
        ],
      };
    },
    async packages(digest) {
      const types = await call(z.array(z.string()), 'GET', `/images/${digest}/content`);
      const found: FoundPackages[] = [];
      for (const type of types.filter((name) => name !== 'files')) {
        const { content } = await call(Content, 'GET', `/images/${digest}/content/${type}`);
        found.push({ type, packages: content });
      }
      return found;
    },
    async match(document) {
      const text = await ask('/match', { method: 'POST', body: Buffer.from(document) });
      return text.split('\n').filter((line) => line !== '');
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
