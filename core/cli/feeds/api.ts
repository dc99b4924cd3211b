/**
 * The API of a core about feeds. Answers may take as long as they do: a bundle is large.
 *
 * @module
 */
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Agent, request } from 'undici';
import { z } from 'zod';
import { messageOf, TidewaiterError } from '../../errors.ts';
import { loginOf, refusalOf } from '../client.ts';

const Imported = z.object({
  source: z.string(),
  name: z.string(),
  outcome: z.enum(['loaded', 'unchanged', 'refused', 'failed']),
  generation: z.number(),
  records: z.number(),
  changed: z.number(),
  removed: z.number(),
  code: z.string().nullable(),
  message: z.string().nullable(),
});
/** What became of one group. */
export type Imported = Readonly<z.infer<typeof Imported>>;

const ImportLine = z.object({
  group: Imported.optional(),
  error: z.object({ message: z.string(), code: z.string() }).optional(),
  end: z.literal(true).optional(),
});

const LONGEST_LINE = 1024 * 1024;

/** A bundle that is sent. */
export interface SentBundle {
  readonly content: Readable;
  readonly size: number;
  /** Of its manifest, as it was checked: `sha256:…`. */
  readonly manifest: string;
  readonly allowOlder: boolean;
  readonly allowSmaller: boolean;
}

export interface FeedsApi {
  readonly url: string;
  /** JSON of any other route. */
  call(method: 'GET' | 'POST', path: string): Promise<unknown>;
  /** An archive that is not signed. */
  exportBundle(sources: readonly string[]): Promise<AsyncIterable<Uint8Array>>;
  /** Each group when it is done. */
  importBundle(bundle: SentBundle): AsyncGenerator<Imported>;
}

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) break;
    yield* lines.filter((line) => line !== '');
  }
}

/** Speaks with the core at an address as its user admin. */
export function feedsApi(url: string, password: string): FeedsApi {
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  const authorization = loginOf(password);

  async function ask(
    method: 'GET' | 'POST',
    path: string,
    sent: { readonly body?: Readable; readonly headers?: Readonly<Record<string, string>> } = {},
  ): Promise<Readable> {
    let answer;
    try {
      answer = await request(`${url}/v1${path}`, {
        method,
        dispatcher,
        headers: { authorization, ...sent.headers },
        ...(sent.body === undefined ? {} : { body: sent.body }),
      });
    } catch (error) {
      throw new TidewaiterError(
        'core_unreachable',
        502,
        `The core at ${url} does not answer (${messageOf(error)}): start it, or name another one ` +
          'with --core.',
        { cause: error },
      );
    }
    const { statusCode: status, body } = answer;
    if (status === 200) return body;
    throw refusalOf(url, status, await text(body));
  }

  return {
    url,
    call: async (method, path) => JSON.parse(await text(await ask(method, path))) as unknown,
    async exportBundle(sources) {
      const query = new URLSearchParams();
      for (const source of sources) query.append('source', source);
      return await ask('GET', `/system/feeds/bundle?${query}`);
    },
    async *importBundle({ content, size, manifest, allowOlder, allowSmaller }) {
      const query = new URLSearchParams({
        manifest,
        allow_older: String(allowOlder),
        allow_smaller: String(allowSmaller),
      });
      const body = await ask('POST', `/system/feeds/bundle?${query}`, {
        body: content,
        headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
      });
      for await (const line of linesOf(body)) {
        const { group, error, end } = ImportLine.parse(JSON.parse(line));
        if (group !== undefined) yield group;
        if (error !== undefined) throw new TidewaiterError(error.code, 500, error.message);
        if (end === true) return;
      }
      throw new TidewaiterError(
        'feed_import_interrupted',
        502,
        `The core at ${url} has not told how the import ended: import the bundle again, what is ` +
          'loaded already is passed over.',
      );
    },
  };
}
