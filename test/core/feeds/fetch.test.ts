/**
 * Files over HTTP: whole or not at all.
 *
 * @module
 */
import { readdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { serve, sha256 } from '../../jobs/oci-client/support.ts';
import { failureOf, openSource, QUICK, temporaryFolder, textAt } from './support.ts';

const TEXT = Array.from({ length: 40_000 }, (_, line) => `${line}\n`).join('');
const HALF = Math.floor(TEXT.length / 2);
const PATH = 'all.json';

type Answerer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that gives each request the next answer, and the last one to all others. */
async function serveInTurn(...answers: readonly Answerer[]) {
  const waiting = [...answers];
  return await serve((request, response) => {
    const next = waiting.length > 1 ? waiting.shift() : waiting[0];
    next?.(request, response);
  });
}

const whole: Answerer = (_request, response) => response.end(TEXT);
const status = (code: number, headers: Record<string, string> = {}): Answerer => (_, response) =>
  response.writeHead(code, headers).end('an error page');

/** Promises all and breaks off in the middle. */
const cut = (headers: Record<string, string> = {}): Answerer => (_, response) => {
  response.writeHead(200, { 'content-length': TEXT.length, ...headers });
  response.write(TEXT.slice(0, HALF), () => setTimeout(() => response.destroy(), 50));
};

/** Gives the part that is asked for. */
const part = (headers: Record<string, string> = {}): Answerer => (request, response) => {
  const first = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1]);
  const range = `bytes ${first}-${TEXT.length - 1}/${TEXT.length}`;
  response.writeHead(206, { 'content-range': range, etag: '"1"', ...headers });
  response.end(TEXT.slice(first));
};

describe('a file over HTTP', () => {
  it('is fetched once, into a folder that is gone afterwards', async () => {
    const server = await serveInTurn(whole);
    const scratch = temporaryFolder();
    const files = await openSource(`${server.origin}/feed/`, { scratch });
    expect(await Promise.all([textAt(files, PATH), textAt(files, PATH)])).toEqual([TEXT, TEXT]);
    expect(await files.open(PATH)).toMatchObject({ name: PATH, size: TEXT.length });
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.headers).toMatchObject({ 'accept-encoding': 'identity' });
    expect(readdirSync(scratch)).toHaveLength(1);
    await files.close();
    expect(readdirSync(scratch)).toEqual([]);
  });

  it.each([404, 410])('that is not there (%i) is undefined', async (code) => {
    const server = await serveInTurn(status(code));
    const files = await openSource(`${server.origin}/`);
    expect(await files.open(PATH)).toBeUndefined();
  });

  it.each<[number, number, string]>([
    [400, 1, 'answers 400'],
    [401, 1, 'refuses access (401)'],
    [403, 1, 'refuses access (403)'],
    [206, 5, 'does not continue where it broke off'],
    [304, 1, 'answers 304'],
    [302, 1, 'answers 302'],
    [500, 5, 'fails (500)'],
    [503, 5, 'fails (503)'],
    [429, 5, 'asked too often (429)'],
  ])('answered with %i is asked for %i times', async (code, times, words) => {
    const server = await serveInTurn(status(code));
    const files = await openSource(`${server.origin}/feed/?key=secret`);
    const failure = await failureOf(files.open(PATH));
    expect(failure).toMatchObject({ code: 'feed_unreachable', status: 502 });
    expect(failure.message).toContain(`The feed's file ${PATH} cannot be had from ${server.host}:`);
    expect(failure.message).toContain(words);
    expect(failure.message).not.toContain('secret');
    expect(server.requests).toHaveLength(times);
  });

  it('comes in the end where a server fails now and then', async () => {
    const server = await serveInTurn(status(503), (_, response) => response.destroy(), whole);
    expect(await textAt(await openSource(`${server.origin}/`), PATH)).toBe(TEXT);
    expect(server.requests).toHaveLength(3);
  });

  it('is asked for again after a failure, not forever known as failed', async () => {
    const server = await serveInTurn(status(403), whole);
    const files = await openSource(`${server.origin}/`);
    await failureOf(files.open(PATH));
    expect(await textAt(files, PATH)).toBe(TEXT);
  });

  it('is waited for as long as the server asks, in seconds or until a date', async () => {
    const date = new Date(Date.now() + 2000).toUTCString();
    for (const after of ['1', date]) {
      const server = await serveInTurn(status(429, { 'retry-after': after }), whole);
      const files = await openSource(`${server.origin}/`);
      const start = performance.now();
      expect(await textAt(files, PATH)).toBe(TEXT);
      expect(performance.now() - start).toBeGreaterThan(900);
    }
  });

  it('is left where the server asks for too long a wait', async () => {
    const server = await serveInTurn(status(503, { 'retry-after': '3600' }), whole);
    const failure = await failureOf((await openSource(`${server.origin}/`)).open(PATH));
    expect(failure.message).toContain('wait for 3600 seconds (503)');
    expect(server.requests).toHaveLength(1);
  });
});

describe('a file that breaks off', () => {
  it('is continued where it is still the same', async () => {
    const server = await serveInTurn(cut({ etag: '"1"' }), part());
    expect(await textAt(await openSource(`${server.origin}/`), PATH)).toBe(TEXT);
    expect(server.requests[1]?.headers).toMatchObject({
      range: `bytes=${HALF}-`,
      'if-range': '"1"',
    });
  });

  it.each<[string, Record<string, string>]>([
    ['nothing that tells versions apart', {}],
    ['a weak tag', { etag: 'W/"1"' }],
    ['no ranges', { etag: '"1"', 'accept-ranges': 'none' }],
  ])('begins anew with %s', async (_, headers) => {
    const server = await serveInTurn(cut(headers), whole);
    const files = await openSource(`${server.origin}/`);
    expect(await textAt(files, PATH)).toBe(TEXT);
    expect(server.requests[1]?.headers['range']).toBeUndefined();
  });

  it.each<[string, Answerer]>([
    ['all of another version', whole],
    ['no such part', status(416)],
    ['a part of another version', part({ etag: '"2"' })],
    [
      'a part of another length',
      part({ 'content-range': `bytes ${HALF}-${HALF + 1}/${HALF + 2}` }),
    ],
    ['another part', part({ 'content-range': `bytes 0-${TEXT.length - 1}/${TEXT.length}` })],
    ['a part without its place', part({ 'content-range': 'lines' })],
  ])('begins anew with %s', async (_, answer) => {
    const server = await serveInTurn(cut({ etag: '"1"' }), answer, whole);
    const files = await openSource(`${server.origin}/`);
    expect(await textAt(files, PATH)).toBe(TEXT);
    expect(server.requests).toHaveLength(answer === whole ? 2 : 3);
    expect(server.requests[1]?.headers.range).toBe(`bytes=${HALF}-`);
  });

  it('may break off often, if it gets on each time', async () => {
    const big = 'x'.repeat(10 * 1024 * 1024);
    const piece = 1.3 * 1024 * 1024;
    const server = await serve((request, response) => {
      const first = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0);
      const range = `bytes ${first}-${big.length - 1}/${big.length}`;
      const headers = { 'content-length': big.length - first, etag: '"1"' };
      response.writeHead(first > 0 ? 206 : 200, { ...headers, 'content-range': range });
      const end = first + piece;
      if (end >= big.length) response.end(big.slice(first));
      else response.write(big.slice(first, end), () => setTimeout(() => response.destroy(), 50));
    });
    const files = await openSource(`${server.origin}/`);
    expect((await files.open(PATH))?.size).toBe(big.length);
    expect(server.requests.length).toBeGreaterThan(6);
  });

  it('is given up in the end, and nothing of it is used', async () => {
    const server = await serveInTurn(cut());
    const files = await openSource(`${server.origin}/`);
    const failure = await failureOf(files.open(PATH));
    expect(failure.message).toContain('broke off');
    expect(server.requests).toHaveLength(5);
  });

  it('of chunks without their end is not whole', async () => {
    const server = await serveInTurn((_, response) => {
      response.write(TEXT, () => setTimeout(() => response.destroy(), 50));
    }, whole);
    expect(await textAt(await openSource(`${server.origin}/`), PATH)).toBe(TEXT);
    expect(server.requests).toHaveLength(2);
  });

  it('is continued again where a part ends too early', async () => {
    const early: Answerer = (_, response) => {
      const range = `bytes ${HALF}-${TEXT.length - 1}/${TEXT.length}`;
      response.writeHead(206, { 'content-range': range, etag: '"1"' });
      response.write(TEXT.slice(HALF, HALF + 10));
      response.end();
    };
    const server = await serveInTurn(cut({ etag: '"1"' }), early, part());
    expect(await textAt(await openSource(`${server.origin}/`), PATH)).toBe(TEXT);
    expect(server.requests[2]?.headers.range).toBe(`bytes=${HALF + 10}-`);
  });

  it('has the hash of what is there, however it came', async () => {
    const ways = [[whole], [cut({ etag: '"1"' }), part()], [cut(), whole]];
    const hashes = ways.map(async (answers) => {
      const files = await openSource(`${(await serveInTurn(...answers)).origin}/`);
      await files.changed([PATH]);
      return files.validators([PATH])[PATH]?.sha256;
    });
    expect(new Set(await Promise.all(hashes))).toEqual(new Set([sha256(TEXT).slice(7)]));
  });
});

describe('a length that is a lie', () => {
  it('fails where less comes', async () => {
    const server = await serveInTurn((_, response) => {
      response.writeHead(200, { 'content-length': TEXT.length + 1, connection: 'close' });
      response.write(TEXT);
      response.socket?.end();
    });
    const failure = await failureOf((await openSource(`${server.origin}/`)).open(PATH));
    expect(failure.code).toBe('feed_unreachable');
  });

  it('cuts what is more', async () => {
    const server = await serve((request) => {
      request.socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfour and more`);
    });
    const files = await openSource(`${server.origin}/`);
    const text = await textAt(files, PATH).catch(() => 'refused');
    expect(['four', 'refused']).toContain(text);
  });
});

describe('what stands still', () => {
  const settings = { ...QUICK, stallMs: 150, attempts: 2 };

  it.each<[string, Answerer]>([
    ['before its answer', () => {}],
    ['in its body', (_, response) => void response.write(TEXT)],
    ['almost', (_, response) => {
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    }],
  ])('%s, ends and is tried again', async (_, answer) => {
    const server = await serveInTurn(answer);
    const files = await openSource(`${server.origin}/`, { settings });
    const failure = await failureOf(files.open(PATH));
    expect(failure.message).toContain('stands still');
    expect(server.requests).toHaveLength(2);
  });

  it('ends also beside what comes forward', async () => {
    const server = await serve((request, response) => {
      const timer = setInterval(() => response.write(TEXT.slice(0, 2048)), 20);
      response.on('close', () => clearInterval(timer));
      if (request.url === '/still.json') clearInterval(timer);
      response.write(TEXT);
    });
    const files = await openSource(`${server.origin}/`, { settings });
    const endless = files.open('endless.json');
    endless.catch(() => {});
    expect((await failureOf(files.open('still.json'))).message).toContain('stands still');
    expect(server.requests.map(({ url }) => url).sort())
      .toEqual(['/endless.json', '/still.json', '/still.json']);
  });

  it('does not end what only waits for its turn', async () => {
    const server = await serve((_, response) => {
      const timer = setInterval(() => response.write(TEXT.slice(0, 2048)), 20);
      setTimeout(() => {
        clearInterval(timer);
        response.end();
      }, 900);
    });
    const files = await openSource(`${server.origin}/`, {
      settings: { ...QUICK, stallMs: 500 },
    });
    const paths = Array.from({ length: 14 }, (_, number) => `${number}.json`);
    const found = await Promise.all(paths.map((path) => files.open(path)));
    expect(found.every((file) => file !== undefined && file.size > 0)).toBe(true);
    expect(server.requests).toHaveLength(paths.length);
  });
});

describe('sizes', () => {
  const limits = (file: number, total: number) => ({ ...QUICK, limits: { file, total } });
  const chunked: Answerer = (_, response) => {
    response.write(TEXT.slice(0, HALF));
    response.end(TEXT.slice(HALF));
  };
  const announced: Answerer = (_, response) => {
    response.writeHead(200, { 'content-length': TEXT.length });
    response.end(TEXT);
  };

  it.each([['told', announced], ['not told', chunked]])(
    'of a file are limited, also when %s',
    async (_, answer) => {
      const server = await serveInTurn(answer);
      const settings = limits(TEXT.length - 1, 1e9);
      const failure = await failureOf(
        (await openSource(`${server.origin}/`, { settings })).open(PATH),
      );
      expect(failure.code).toBe('feed_unreachable');
      expect(failure.message).toContain(`larger than ${TEXT.length - 1} bytes`);
      expect(server.requests).toHaveLength(1);
    },
  );

  it('of all files together are limited, of what is there', async () => {
    const server = await serveInTurn(cut(), announced);
    const settings = limits(1e9, 2 * TEXT.length);
    const files = await openSource(`${server.origin}/`, { settings });
    expect(await textAt(files, '1.json')).toBe(TEXT);
    expect(await textAt(files, '2.json')).toBe(TEXT);
    const failure = await failureOf(files.open('3.json'));
    expect(failure.message).toContain(`together`);
    // What is there stays.
    expect(await textAt(files, '2.json')).toBe(TEXT);
  });
});

describe('progress and abort', () => {
  it('tell how far a file has come', async () => {
    const server = await serveInTurn((_, response) => {
      response.writeHead(200, { 'content-length': TEXT.length });
      response.end(TEXT);
    });
    const told: string[] = [];
    const files = await openSource(`${server.origin}/`, {
      onProgress: ({ name, received, total }) => told.push(`${name} ${received}/${total}`),
    });
    await files.open(PATH);
    expect(told[0]).toBe(`${PATH} 0/${TEXT.length}`);
    expect(told.at(-1)).toBe(`${PATH} ${TEXT.length}/${TEXT.length}`);
  });

  it.each<[string, Answerer]>([
    ['before the answer', () => {}],
    ['in the body', (_, response) => void response.write(TEXT)],
    ['between attempts', status(503, { 'retry-after': '60' })],
  ])('end a fetch %s', async (_, answer) => {
    const server = await serveInTurn(answer);
    const stopping = new AbortController();
    const scratch = temporaryFolder();
    const files = await openSource(`${server.origin}/`, { signal: stopping.signal, scratch });
    const fetching = files.open(PATH);
    setTimeout(() => stopping.abort(new Error('enough')), 100);
    await expect(fetching).rejects.toThrow('enough');
    await expect(files.open('other.json')).rejects.toThrow('enough');
    await expect(files.changed([PATH])).rejects.toThrow('enough');
    await files.close();
    expect(readdirSync(scratch)).toEqual([]);
  });

  it('end with the closing', async () => {
    const server = await serveInTurn(() => {});
    const files = await openSource(`${server.origin}/`);
    const fetching = expect(files.open(PATH)).rejects.toThrow('closed');
    await files.close();
    await fetching;
    await expect(files.open(PATH)).rejects.toThrow('closed');
  });
});
