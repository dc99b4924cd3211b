import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Progress, ReportLine } from '../../jobs/contract/index.ts';
import { connectCore } from '../../jobs/core-client.ts';
import { taskOf, TOKEN } from './support.ts';

interface Heard {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

type Answer = (response: ServerResponse, heard: Heard) => void;

interface TestServer {
  readonly url: string;
  readonly port: number;
  /** What arrived whole, in order. */
  readonly heard: readonly Heard[];
  close(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A core that gives these answers in turn, the last one again and again. */
async function startServer(answers: readonly Answer[], port = 0): Promise<TestServer> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    bodyOf(request).then((body) => {
      const { method, url, headers } = request;
      const { authorization, 'content-type': contentType } = headers;
      const said: Heard = { method, url, authorization, contentType, body };
      const answer = answers[Math.min(heard.length, answers.length - 1)];
      heard.push(said);
      answer?.(response, said);
    }, () => response.destroy());
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  onTestFinished(close);
  const { port: bound } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${bound}`, port: bound, heard, close };
}

const status = (code: number, text = ''): Answer => (response) =>
  response.writeHead(code).end(text);
const cut: Answer = (response) => response.destroy();
const json = (value: unknown): Answer => (response) => response.end(JSON.stringify(value));

const TASK = taskOf(`sha256:${'a'.repeat(64)}`, { kind: 'layout', path: '/images/\u{1f433}' });
const PROGRESS: Progress = { phase: 'reading', bytes: 1, totalBytes: 2, layers: 0, totalLayers: 1 };
const FAILURE = { code: 'digest_mismatch', message: 'It is another one.', temporary: false };
const END: ReportLine = { kind: 'end', packages: 0, files: 0 };

function client(server: { readonly url: string }, token = () => TOKEN) {
  return connectCore(server.url, 'a/task', token);
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(() => 'it was fulfilled', (error: unknown) => error);
}

describe('reading the task', () => {
  it('shows the token of the moment, at the address of the task', async () => {
    const server = await startServer([status(503), json(TASK)]);
    let asked = 0;
    const core = connectCore(`${server.url}/`, 'a/task', () => `token-${++asked}`);
    expect(await core.readTask()).toEqual(TASK);
    expect(server.heard.map(({ method, url, authorization }) => [method, url, authorization]))
      .toEqual([
        ['GET', '/tasks/a%2Ftask', 'Bearer token-1'],
        ['GET', '/tasks/a%2Ftask', 'Bearer token-2'],
      ]);
  });

  it('reads characters that arrive in two pieces', async () => {
    const bytes = Buffer.from(JSON.stringify(TASK));
    const middle = bytes.indexOf(0xf0) + 2;
    const server = await startServer([async (response) => {
      response.write(bytes.subarray(0, middle));
      await sleep(50);
      response.end(bytes.subarray(middle));
    }]);
    expect(await client(server).readTask()).toEqual(TASK);
  });

  it('refuses a task that is none', async () => {
    const server = await startServer([json({ ...TASK, attempt: 'first' })]);
    expect(await rejection(client(server).readTask())).toMatchObject({ name: 'ZodError' });
    expect(server.heard).toHaveLength(1);
  });

  it('waits for a core that is not there yet', async () => {
    const gone = await startServer([json(TASK)]);
    await gone.close();
    const reading = client(gone).readTask();
    await sleep(250);
    await startServer([json(TASK)], gone.port);
    expect(await reading).toEqual(TASK);
  });

  it.each<[string, Answer]>([
    ['answers 503', status(503)],
    ['answers 500', status(500, 'oh no')],
    ['answers 429', status(429)],
    ['cuts the connection', cut],
    ['cuts its answer', (response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"id":', () => response.destroy());
    }],
  ])('tries again while core %s', async (_, answer) => {
    const server = await startServer([answer, answer, json(TASK)]);
    expect(await client(server).readTask()).toEqual(TASK);
    expect(server.heard).toHaveLength(3);
  });

  it.each<[number, string]>([
    [410, 'task_superseded'],
    [401, 'task_superseded'],
    [400, 'task_refused'],
    [403, 'task_refused'],
    [404, 'task_refused'],
    [302, 'task_refused'],
  ])('gives up at %i with %s', async (code, expected) => {
    const server = await startServer([status(code, 'x'.repeat(5000))]);
    const error = await rejection(client(server).readTask());
    expect(error).toMatchObject({ name: 'AnalysisError', code: expected, temporary: false });
    expect(String(error).length).toBeLessThan(400);
    expect(server.heard).toHaveLength(1);
  });
});

describe('telling progress', () => {
  it('sends it once', async () => {
    const server = await startServer([status(204)]);
    await client(server).sayProgress(PROGRESS);
    expect(server.heard.map(({ body }) => JSON.parse(body.toString()))).toEqual([PROGRESS]);
    expect(server.heard[0]).toMatchObject({
      method: 'POST',
      url: '/tasks/a%2Ftask/progress',
      contentType: 'application/json',
    });
  });

  it.each<[string, Answer]>([['503', status(503)], ['400', status(400)], ['nothing', cut]])(
    'goes on, and does not insist, when core answers %s',
    async (_, answer) => {
      const server = await startServer([answer]);
      await client(server).sayProgress(PROGRESS);
      expect(server.heard).toHaveLength(1);
    },
  );

  it('says when another attempt has taken over', async () => {
    const server = await startServer([status(410)]);
    expect(await rejection(client(server).sayProgress(PROGRESS)))
      .toMatchObject({ code: 'task_superseded' });
  });
});

describe('telling the failure', () => {
  it('insists until core has heard it', async () => {
    const server = await startServer([status(503), cut, status(204)]);
    await client(server).sayFailure(FAILURE);
    expect(server.heard).toHaveLength(3);
    expect(JSON.parse(server.heard.at(-1)?.body.toString() ?? '')).toEqual(FAILURE);
    expect(server.heard.at(-1)).toMatchObject({ method: 'POST', url: '/tasks/a%2Ftask/failure' });
  });

  it('ends when another attempt has taken over', async () => {
    const server = await startServer([status(410)]);
    expect(await rejection(client(server).sayFailure(FAILURE)))
      .toMatchObject({ code: 'task_superseded' });
  });
});

describe('sending the report', () => {
  const lines: ReportLine[] = Array.from({ length: 2000 }, (_, n) => ({
    kind: 'unreadable',
    path: `/${n}/\u2028\ud83d\n`,
    analyzer: 'npm',
    reason: 'not valid JSON',
  }));

  function linesOf(body: Buffer | undefined): unknown[] {
    const text = gunzipSync(body ?? '').toString('utf8');
    expect(text.endsWith('\n')).toBe(true);
    return text.slice(0, -1).split('\n').map((line) => JSON.parse(line));
  }

  it('is gzip of one JSON value a line, the whole of it each time', async () => {
    const server = await startServer([status(503), status(204)]);
    let made = 0;
    await client(server).sendReport(() => {
      made += 1;
      return [...lines, END];
    });
    expect(made).toBe(2);
    const [first, second] = server.heard;
    expect(second).toMatchObject({
      method: 'PUT',
      url: '/tasks/a%2Ftask/report',
      contentType: 'application/x-ndjson+gzip',
      authorization: `Bearer ${TOKEN}`,
    });
    expect(linesOf(first?.body)).toEqual([...lines, END]);
    expect(linesOf(second?.body)).toEqual([...lines, END]);
  });

  it.each<[string, number]>([['at its first line', 0], ['in the middle', 1500]])(
    'surfaces a failure in making it %s, and does not try again',
    async (_, at) => {
      const server = await startServer([status(204)]);
      let made = 0;
      function* broken(): Generator<ReportLine> {
        made += 1;
        yield* lines.slice(0, at);
        throw new Error('the generator broke');
      }
      expect(await rejection(client(server).sendReport(broken)))
        .toMatchObject({ message: 'the generator broke' });
      await sleep(300);
      expect(made).toBe(1);
      expect(server.heard).toHaveLength(0);
    },
  );

  it.each<[number, string]>([[410, 'task_superseded'], [400, 'task_refused']])(
    'gives up at %i with %s',
    async (code, expected) => {
      const server = await startServer([status(code)]);
      expect(await rejection(client(server).sendReport(() => [END])))
        .toMatchObject({ code: expected });
      expect(server.heard).toHaveLength(1);
    },
  );

  it('hears a refusal that comes before the report is sent whole', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(410, { connection: 'close' }).end();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    function* endless(): Generator<ReportLine> {
      for (;;) yield* lines;
    }
    expect(await rejection(client({ url: `http://127.0.0.1:${port}` }).sendReport(endless)))
      .toMatchObject({ code: 'task_superseded' });
  });
});
