/**
 * Just enough of core for one analysis after the other: hands out the task, takes the report.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { Failure, Package, ReportLine, type Task } from '../../jobs/contract/index.ts';

/** Head and end of a report. */
export interface ReportSummary {
  /** Bytes of all uncompressed layers. */
  readonly size: number;
  readonly packages: number;
  readonly files: number;
  /** Package URLs of all packages. */
  readonly purls: readonly string[];
}

export interface StandInCore {
  readonly url: string;
  /** Sets the task that is handed out, and forgets the last report. */
  expect(task: Task): void;
  /**
   * What came in since.
   *
   * @throws Error when no whole report did
   */
  report(): ReportSummary;
  close(): void;
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Fails unless the report has its head and its end. */
function summarize(report: Buffer): ReportSummary {
  const lines = gunzipSync(report).toString('utf8').trimEnd().split('\n');
  const head = ReportLine.parse(JSON.parse(lines.at(0) ?? ''));
  const end = ReportLine.parse(JSON.parse(lines.at(-1) ?? ''));
  if (head.kind !== 'head' || end.kind !== 'end') throw new Error('The report is not whole.');
  const purls = lines.filter((line) => line.startsWith('{"kind":"package"')).map((line) =>
    Package.parse(JSON.parse(line)).purl
  );
  return { size: head.size, packages: end.packages, files: end.files, purls };
}

/** Starts it on a free loopback port. */
export async function startStandInCore(): Promise<StandInCore> {
  let task: Task | undefined;
  let report: Buffer | undefined;
  let failure = 'nothing was sent';
  const server = createServer(async (request, response) => {
    const path = `/tasks/${task?.id}`;
    // What is kept is looked at when the analysis is over: it must not cost time beside it.
    const body = await readAll(request);
    const call = `${request.method} ${request.url}`;
    if (call === `GET ${path}`) {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(task));
      return;
    }
    if (call === `PUT ${path}/report`) report = body;
    if (call === `POST ${path}/failure`) {
      failure = Failure.parse(JSON.parse(body.toString('utf8'))).message;
    }
    response.writeHead(204).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('There is no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    expect: (next) => {
      task = next;
      report = undefined;
      failure = 'nothing was sent';
    },
    report: () => {
      if (report === undefined) throw new Error(`There is no report: ${failure}`);
      return summarize(report);
    },
    close: () => void server.close(),
  };
}
