/**
 * How a Job speaks with core: reads its task, tells progress, hands over the report or the failure.
 * While core is away it keeps trying; its deadline is watched by whoever started it.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { constants, createGzip } from 'node:zlib';
import { Agent, askWith, collect } from 'oci-client';
import {
  DOCUMENT_HEADER,
  type Failure,
  LARGEST_DOCUMENT,
  type Progress,
  type ReportLine,
  Task,
  UnknownLayer,
  WitnessAnswer,
} from './contract/index.ts';
import { AnalysisError } from './errors.ts';

const LARGEST_ANSWER = 4 * 1024 * 1024;
const LONGEST_WAIT_MS = 5000;
const LINES_PER_CHUNK = 512;

/** Core, as one Job sees it. */
export interface CoreClient {
  /** @throws AnalysisError */
  readTask(): Promise<Task>;
  /** Tells how far the analysis is; a lost message does no harm. */
  sayProgress(progress: Progress): Promise<void>;
  /** @throws AnalysisError */
  sendReport(lines: () => Iterable<ReportLine>): Promise<void>;
  /** @throws AnalysisError */
  sayFailure(failure: Failure): Promise<void>;
  /** What core knows of a layer. @throws AnalysisError */
  askLayer(digest: string, analyzers: string): Promise<LayerAnswer>;
  /** Tells the hash of a layer's document; whether core wants it. @throws AnalysisError */
  tellLayer(digest: string, analyzers: string, document: string): Promise<boolean>;
  /** Hands a layer's document over, as gzip. @throws AnalysisError */
  sendLayer(digest: string, analyzers: string, body: Buffer): Promise<void>;
}

/** A layer's document as gzip, with the hash of what is in it, or that core has none. */
export type LayerAnswer = UnknownLayer | { readonly body: Buffer; readonly document: string };

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly body?: () => string | Buffer | Readable;
  readonly headers?: Readonly<Record<string, string>>;
  readonly once?: boolean;
  /** What went wrong while the body was made: trying again would not help. */
  readonly failed?: () => unknown;
}

/** `token` is asked anew for each request: a projected token changes. */
export function connectCore(coreUrl: string, task: string, token: () => string): CoreClient {
  const base = `${coreUrl.replace(/\/$/, '')}/tasks/${encodeURIComponent(task)}`;

  const agent = new Agent();

  function ask(call: Call) {
    return askWith(agent, new URL(`${base}${call.path}`), {
      method: call.method,
      headers: { ...call.headers, authorization: `Bearer ${token()}` },
      body: call.body?.() ?? null,
      headersTimeout: 120_000,
      bodyTimeout: 60_000,
    });
  }

  async function attempt(call: Call): Promise<{ status: number; text: string }> {
    const { statusCode: status, body } = await ask(call);
    return { status, text: (await wholeOf(body, LARGEST_ANSWER)).toString('utf8') };
  }

  async function send(call: Call): Promise<string> {
    for (let tries = 0;; tries += 1) {
      let cause: unknown;
      try {
        const { status, text } = await attempt(call);
        if (status < 300) return text;
        if (status === 410 || status === 401) {
          throw new AnalysisError(
            'task_superseded',
            'Another attempt has taken the place of this one.',
          );
        }
        if (status < 500 && status !== 429) {
          throw new AnalysisError(
            'task_refused',
            `Core refused (${status}): ${text.slice(0, 300)}`,
          );
        }
        cause = new Error(`core answered ${status}`);
      } catch (error) {
        if (error instanceof AnalysisError) throw error;
        const failed = call.failed?.();
        if (failed !== undefined) throw failed;
        cause = error;
      }
      if (call.once) throw new AnalysisError('core_unreachable', 'Core is away.', { cause });
      await sleep(Math.min(LONGEST_WAIT_MS, 100 * 2 ** tries));
    }
  }

  const json = { 'content-type': 'application/json' };
  const layerPath = (digest: string, analyzers: string, what = '') =>
    `/layers/${encodeURIComponent(digest)}${what}?analyzers=${analyzers}`;
  return {
    readTask: async () => Task.parse(JSON.parse(await send({ method: 'GET', path: '' }))),
    sayProgress: async (progress) => {
      const body = () => JSON.stringify(progress);
      try {
        await send({ method: 'POST', path: '/progress', body, headers: json, once: true });
      } catch (error) {
        if (error instanceof AnalysisError && error.code === 'task_superseded') throw error;
      }
    },
    sendReport: async (lines) => {
      let failure: unknown;
      const body = () => {
        const zip = createGzip({ level: constants.Z_BEST_SPEED, chunkSize: 64 * 1024 });
        return Readable.from(chunks(lines())).on('error', (error) => {
          failure = error;
          zip.destroy(error);
        }).pipe(zip);
      };
      const headers = { 'content-type': 'application/x-ndjson+gzip' };
      await send({ method: 'PUT', path: '/report', body, headers, failed: () => failure });
    },
    sayFailure: async (failure) => {
      const body = () => JSON.stringify(failure);
      await send({ method: 'POST', path: '/failure', body, headers: json });
    },
    askLayer: async (digest, analyzers) => {
      const answer = await ask({ method: 'GET', path: layerPath(digest, analyzers) });
      const body = await wholeOf(answer.body, LARGEST_DOCUMENT);
      const document = answer.headers[DOCUMENT_HEADER];
      if (answer.statusCode === 200 && typeof document === 'string') return { body, document };
      return UnknownLayer.parse(JSON.parse(body.toString('utf8')));
    },
    tellLayer: async (digest, analyzers, document) => {
      const path = layerPath(digest, analyzers, '/witness');
      const body = () => JSON.stringify({ document });
      const answer = await send({ method: 'POST', path, body, headers: json, once: true });
      return WitnessAnswer.parse(JSON.parse(answer)).wanted;
    },
    sendLayer: async (digest, analyzers, document) => {
      const path = layerPath(digest, analyzers);
      const headers = { 'content-type': 'application/gzip' };
      await send({ method: 'PUT', path, body: () => document, headers, once: true });
    },
  };
}

/** An answer's body. @throws OciError `body_too_large` */
async function wholeOf(body: AsyncIterable<Uint8Array>, most: number): Promise<Buffer> {
  const { buffer, byteOffset, byteLength } = await collect(body, most, "Core's answer");
  return Buffer.from(buffer, byteOffset, byteLength);
}

function* chunks(lines: Iterable<ReportLine>): Generator<string> {
  let text: string[] = [];
  for (const line of lines) {
    text.push(JSON.stringify(line));
    if (text.length < LINES_PER_CHUNK) continue;
    yield `${text.join('\n')}\n`;
    text = [];
  }
  if (text.length > 0) yield `${text.join('\n')}\n`;
}
