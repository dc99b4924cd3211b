/**
 * A small feed at a web server: Alpine's, of which each branch is a group, and Wolfi's, which is one
 * file. What it serves may be changed, and it counts what it was asked for.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A database of a branch with packages that each have one fix. */
export function secdb(branch: string, packages: number, version = '1.0-r1'): string {
  return JSON.stringify({
    distroversion: branch,
    reponame: 'main',
    packages: Array.from({ length: packages }, (_, number) => ({
      pkg: { name: `package-${number}`, secfixes: { [version]: [`CVE-2024-${10_000 + number}`] } },
    })),
  });
}

export interface ServedFeed {
  readonly url: string;
  /** By path; changed at will. What is a number is answered with that status. */
  readonly files: Map<string, string | number>;
  /** Paths that are not answered, as long as they are in here. */
  readonly held: Set<string>;
  /** `STATUS PATH` of each answer, and `held PATH`. */
  readonly answers: string[];
  close(): void;
}

/** Starts a server of these files. */
export async function serveFeed(files: Readonly<Record<string, string>>): Promise<ServedFeed> {
  const served = new Map<string, string | number>(Object.entries(files));
  const held = new Set<string>();
  const answers: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '').slice(1).replace(/\?.*$/, '');
    const file = served.get(path) ?? 404;
    if (held.has(path)) {
      answers.push(`held ${path}`);
      return;
    }
    const end = (status: number, body = '') => {
      answers.push(`${status} ${path}`);
      response.writeHead(status).end(body);
    };
    if (typeof file === 'number') return end(file);
    const etag = `"${createHash('sha256').update(file).digest('hex')}"`;
    response.setHeader('etag', etag);
    if (request.headers['if-none-match'] === etag) end(304);
    else end(200, file);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // An HTTP server listens on a port, not on a pipe, so its address is no string.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    files: served,
    held,
    answers,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
