/**
 * A plain server of files on loopback, which answers conditional requests.
 *
 * @module
 */
import { createReadStream, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** What was asked of the server so far. */
export interface Served {
  /** Files that were sent, and their bytes. */
  readonly files: number;
  readonly bytes: number;
  readonly unchanged: number;
  readonly missing: number;
}

export interface StaticServer {
  readonly origin: string;
  readonly served: () => Served;
  close(): Promise<void>;
}

/** Serves the files below these folders; a path that several have is the first one's. */
export async function startStaticServer(folders: readonly string[]): Promise<StaticServer> {
  const counts = { files: 0, bytes: 0, unchanged: 0, missing: 0 };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = normalize(decodeURIComponent(pathname));
    const found = folders.map((folder) => join(folder, path))
      .map((file) => ({ file, stats: statSync(file, { throwIfNoEntry: false }) }))
      .find(({ stats }) => stats?.isFile());
    if (found?.stats === undefined) {
      counts.missing += 1;
      response.writeHead(404).end();
      return;
    }
    const { file, stats: { size, mtime } } = found;
    const etag = `"${size.toString(16)}-${mtime.getTime().toString(16)}"`;
    const modified = mtime.toUTCString();
    const { 'if-none-match': known, 'if-modified-since': since } = request.headers;
    const isSame = known === undefined ? since === modified : known === etag;
    const headers = { etag, 'last-modified': modified };
    if (isSame) {
      counts.unchanged += 1;
      response.writeHead(304, headers).end();
      return;
    }
    counts.files += 1;
    counts.bytes += size;
    response.writeHead(200, { ...headers, 'content-length': size });
    await pipeline(createReadStream(file), response);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it has no port');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    served: () => ({ ...counts }),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
