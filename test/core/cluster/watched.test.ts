import { createServer, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { KubeConfig, type V1Pod } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Kubernetes } from '../../../core/cluster/kubernetes.ts';
import { type Watched, watchList } from '../../../core/cluster/watched.ts';
import { quiet } from '../../support/postgres.ts';

const PATH = '/api/v1/namespaces/tidewaiter/pods';

/** One request for a watch, answered line by line. */
interface Watching {
  readonly query: URLSearchParams;
  readonly response: ServerResponse;
}

let server: Server;
let lists: number;
let content: string[];
let watches: Watching[];
let watched: Watched<V1Pod>;

function pod(name: string, version: string) {
  return { metadata: { name, namespace: 'tidewaiter', resourceVersion: version } };
}

function names(): string[] | undefined {
  return watched.items()?.map(({ metadata }) => metadata?.name ?? '').sort();
}

function say(type: string, object: unknown): void {
  watches.at(-1)?.response.write(`${JSON.stringify({ type, object })}\n`);
}

async function untilWatched(times: number): Promise<void> {
  await expect.poll(() => watches.length, { timeout: 5000, interval: 10 }).toBe(times);
}

beforeEach(async () => {
  [lists, content, watches] = [0, ['a'], []];
  server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://api');
    if (searchParams.has('watch')) {
      response.flushHeaders();
      watches.push({ query: searchParams, response });
      return;
    }
    lists += 1;
    const items = content.map((name) => pod(name, '5'));
    response.end(JSON.stringify({ metadata: { resourceVersion: `${lists}00` }, items }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'test', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
    { name: 'test', token: 'token' },
  );
  const kubernetes = { config, namespace: 'tidewaiter' } as unknown as Kubernetes;
  const options = { path: PATH, labelSelector: 'app=x', changed: () => {}, watchSeconds: 0.3 };
  watched = watchList<V1Pod>(kubernetes, options, quiet);
});

afterEach(async () => {
  await watched.stop();
  server.closeAllConnections();
  server.close();
});

describe('a watched list', () => {
  it('is listed, then follows what is said', async () => {
    expect(watched.items()).toBeUndefined();
    await untilWatched(1);
    expect(names()).toEqual(['a']);
    say('ADDED', pod('b', '101'));
    say('ADDED', pod('c', '102'));
    say('DELETED', pod('a', '103'));
    await expect.poll(names).toEqual(['b', 'c']);
    const [first] = watches;
    expect(first?.query.get('resourceVersion')).toBe('100');
    expect(first?.query.get('labelSelector')).toBe('app=x');
  });

  it('goes on from where it was when the server ends a watch', async () => {
    await untilWatched(1);
    say('BOOKMARK', { metadata: { resourceVersion: '150' } });
    watches[0]?.response.end();
    await untilWatched(2);
    expect(watches[1]?.query.get('resourceVersion')).toBe('150');
    say('ADDED', pod('b', '151'));
    await expect.poll(names).toEqual(['a', 'b']);
    expect(lists).toBe(1);
  });

  it('reads what comes in pieces', async () => {
    await untilWatched(1);
    const line = JSON.stringify({ type: 'ADDED', object: pod('é', '101') });
    const bytes = Buffer.from(`${line}\n`);
    for (const byte of bytes) watches[0]?.response.write(Buffer.from([byte]));
    await expect.poll(names).toEqual(['a', 'é']);
  });

  it.each([
    ['an event of the watch', () => say('ERROR', { code: 410, message: 'too old' })],
    ['a break of the connection, then a list', () => {
      content = ['z'];
      say('ERROR', { code: 410 });
    }],
  ])('is listed again when its place is forgotten: %s', async (_, forget) => {
    await untilWatched(1);
    forget();
    await untilWatched(2);
    expect(lists).toBe(2);
    expect(names()).toEqual(content);
    expect(watches[1]?.query.get('resourceVersion')).toBe('200');
  });

  it('survives a connection that breaks, and nonsense', async () => {
    await untilWatched(1);
    watches[0]?.response.destroy();
    await untilWatched(2);
    watches[1]?.response.write('{nonsense\n');
    await untilWatched(3);
    say('ADDED', pod('b', '101'));
    await expect.poll(names).toEqual(['a', 'b']);
  });

  it('begins anew by itself when nothing comes and nothing ends', async () => {
    await untilWatched(1);
    const start = performance.now();
    await expect.poll(() => watches.length, { timeout: 20_000 }).toBe(2);
    expect(performance.now() - start).toBeGreaterThan(5000);
    say('ADDED', pod('late', '101'));
    await expect.poll(names).toEqual(['a', 'late']);
  });

  it('ends at once when it is stopped', async () => {
    await untilWatched(1);
    const start = performance.now();
    await watched.stop();
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
