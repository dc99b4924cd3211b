/**
 * Reading a repository from servers that behave and that do not.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';

import { openRegistry } from '../../../jobs/oci-client/registry.ts';
import type { RegistryOptions } from '../../../jobs/oci-client/registry.ts';
import { OciError } from '../../../jobs/oci-client/index.ts';
import type { Descriptor, Digest } from '../../../jobs/oci-client/types.ts';
import { bytesOf, failureOf, openTransport, read, rejectionOf, serve, sha256 } from './support.ts';
import type { TestServer } from './support.ts';

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONTENT = 'layer content';
const LAYER: Descriptor = {
  mediaType: 'application/vnd.oci.image.layer.v1.tar',
  digest: sha256(CONTENT),
  size: CONTENT.length,
};
const CONFIG = {
  mediaType: 'application/vnd.oci.image.config.v1+json',
  digest: sha256('{}'),
  size: 2,
};
const MANIFEST = JSON.stringify({ schemaVersion: 2, config: CONFIG, layers: [LAYER] });
const DIGEST = sha256(MANIFEST);
const OTHER = sha256('something else');
const HEADERS = {
  'content-type': OCI_MANIFEST,
  'content-length': MANIFEST.length,
  'docker-content-digest': DIGEST,
};

function open(server: TestServer, options: Partial<RegistryOptions> = {}) {
  return openRegistry({
    registry: server.host,
    repository: 'team/app',
    plainHttp: true,
    transport: openTransport(),
    ...options,
  });
}

/** Answers as a proper registry. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  if (request.url === `/v2/team/app/blobs/${LAYER.digest}`) {
    response.end(CONTENT);
    return;
  }
  const isThere = ['v1', DIGEST].some((name) => request.url === `/v2/team/app/manifests/${name}`);
  if (isThere) response.writeHead(200, HEADERS).end(request.method === 'HEAD' ? '' : MANIFEST);
  else {response.writeHead(404).end(
      '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"no\\nsuch"}]}',
    );}
}

/** Answers with `first` as many times as it has elements, then properly. */
function after(...first: ((response: ServerResponse) => void)[]) {
  return (request: IncomingMessage, response: ServerResponse) => {
    const fault = first.shift();
    if (fault === undefined) answer(request, response);
    else fault(response);
  };
}

describe('manifests', () => {
  it('are headed and read by tag and by digest', async () => {
    const server = await serve(answer);
    const source = open(server);
    const descriptor = { mediaType: OCI_MANIFEST, digest: DIGEST, size: MANIFEST.length };
    for (const reference of ['v1', DIGEST]) {
      expect(await source.head(reference)).toEqual(descriptor);
      const fetched = await source.manifest(reference);
      expect(fetched.descriptor).toEqual(descriptor);
      expect(fetched.bytes).toEqual(bytesOf(MANIFEST));
      expect(fetched.document).toMatchObject({ kind: 'manifest', layers: [LAYER] });
    }
    expect(server.requests.map(({ method }) => method)).toEqual(['HEAD', 'GET', 'HEAD', 'GET']);
    expect(server.requests[0]?.headers.accept?.split(', ')).toHaveLength(4);
    expect(source.authorizationKind).toBe('none');
    expect(await source.authorization()).toBeUndefined();
  });

  it.each<[what: string, status: number, headers: Record<string, string | number>]>([
    ['HEAD is not supported', 405, {}],
    ['HEAD names no digest', 200, { ...HEADERS, 'docker-content-digest': '' }],
    ['HEAD names a broken digest', 200, { ...HEADERS, 'docker-content-digest': 'sha256:x' }],
    ['HEAD names an unknown type', 200, { ...HEADERS, 'content-type': 'text/plain' }],
  ])('are read where %s', async (_what, status, headers) => {
    const server = await serve((request, response) => {
      if (request.method === 'HEAD') response.writeHead(status, headers).end();
      else response.writeHead(200, { 'content-type': OCI_MANIFEST }).end(MANIFEST);
    });
    expect(await open(server).head('v1')).toEqual({
      mediaType: OCI_MANIFEST,
      digest: DIGEST,
      size: MANIFEST.length,
    });
  });

  it('fail with digest_mismatch where header, body and question do not agree', async () => {
    const other = sha256('other');
    const server = await serve((request, response) => {
      const digest = request.url?.includes('lying') ? other : DIGEST;
      response.writeHead(200, { ...HEADERS, 'docker-content-digest': digest })
        .end(request.method === 'HEAD' ? '' : MANIFEST);
    });
    const source = open(server);
    for (const asked of [source.manifest('lying'), source.manifest(other), source.head(other)]) {
      expect(await rejectionOf(asked)).toMatchObject({ code: 'digest_mismatch', temporary: false });
    }
  });

  it.each<[what: string, status: number, code: string]>([
    ['missing', 404, 'image_not_found'],
    ['denied', 403, 'registry_denied'],
    ['odd', 418, 'registry_error'],
  ])('that are %s fail with HTTP %i as %s', async (_what, status, code) => {
    const server = await serve((_request, response) => {
      response.writeHead(status).end('{"errors":[{"code":"SOME_CODE","message":"line\\nbreak"}]}');
    });
    const error = await rejectionOf(open(server).manifest('v1'));
    expect(error).toMatchObject({ code, status, temporary: false });
    expect(error.message).toContain(server.host);
    expect(error.message).toContain('team/app');
    expect(error.message).toContain('(it says SOME_CODE: line\\u{a}break)');
    expect(server.requests).toHaveLength(1);
  });

  it.each<
    [string, readonly Digest[], (request: IncomingMessage, response: ServerResponse) => void, {
      readonly moved: Digest | undefined;
      readonly methods: readonly string[];
    }]
  >([
    ['a registry that knows conditions', [OTHER, DIGEST], (request, response) => {
      const known = request.headers['if-none-match'];
      if (known === `"${OTHER}", "${DIGEST}"`) response.writeHead(304).end();
      else response.writeHead(400).end();
    }, { moved: undefined, methods: ['HEAD'] }],
    ['one that does not', [OTHER, DIGEST], answer, { moved: undefined, methods: ['HEAD'] }],
    ['one whose tag has moved', [OTHER], answer, { moved: DIGEST, methods: ['HEAD'] }],
    ['one that names no digest', [OTHER], (request, response) => {
      const { 'docker-content-digest': _, ...headers } = HEADERS;
      response.writeHead(200, headers).end(request.method === 'HEAD' ? '' : MANIFEST);
    }, { moved: DIGEST, methods: ['HEAD', 'GET'] }],
  ])('are asked for only when they are new: %s', async (_, known, handler, expected) => {
    const server = await serve(handler);
    expect(await open(server).movedTo('v1', known)).toBe(expected.moved);
    expect(server.requests.map(({ method }) => method)).toEqual(expected.methods);
  });

  it('are not unchanged where nobody has said what is known', async () => {
    const server = await serve((_, response) => void response.writeHead(304).end());
    expect(await rejectionOf(open(server).head('v1'))).toBeInstanceOf(OciError);
  });

  it('of more than 4 MiB are not read', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': OCI_MANIFEST });
      response.end(Buffer.alloc(5 * 1024 * 1024));
    });
    expect((await rejectionOf(open(server).manifest('v1'))).code).toBe('body_too_large');
  });

  it('are asked for only by what can be a tag or a digest', async () => {
    const server = await serve(answer);
    const source = open(server);
    for (const reference of ['../../x', 'a/b', '', 'sha256:x', 'v1?x']) {
      expect((await rejectionOf(source.manifest(reference))).code).toBe('invalid_reference');
    }
    expect(failureOf(() => open(server, { repository: '../x' })).code).toBe('invalid_reference');
    expect(server.requests).toHaveLength(0);
  });
});

describe('retries', () => {
  const throttle = (status: number, seconds: string) => (response: ServerResponse) => {
    response.writeHead(status, { 'retry-after': seconds }).end();
  };

  it('happen as late as Retry-After says', async () => {
    const server = await serve(after(throttle(429, '1'), throttle(503, new Date(0).toUTCString())));
    const startedAt = performance.now();
    expect((await open(server).manifest('v1')).descriptor.digest).toBe(DIGEST);
    expect(performance.now() - startedAt).toBeGreaterThan(950);
    expect(server.requests).toHaveLength(3);
  });

  it('end after three, with the time to wait', async () => {
    const server = await serve((_request, response) => throttle(429, '0')(response));
    const error = await rejectionOf(open(server).head('v1'));
    expect(error).toMatchObject({ code: 'registry_rate_limited', status: 429, retryAfter: 0 });
    expect(error.temporary).toBe(true);
    expect(server.requests).toHaveLength(4);
  });

  it('end with the signal, and still say why', async () => {
    const server = await serve((_request, response) => throttle(429, '3600')(response));
    const error = await rejectionOf(open(server).manifest('v1', AbortSignal.timeout(100)));
    expect(error).toMatchObject({ code: 'registry_rate_limited', retryAfter: 3600 });
    expect(server.requests).toHaveLength(1);
  });

  it('happen twice after 5xx and broken connections', async () => {
    const server = await serve(after(
      (response) => response.writeHead(502).end(),
      (response) => response.destroy(),
    ));
    expect((await open(server).manifest('v1')).descriptor.digest).toBe(DIGEST);
    const broken = await serve((_request, response) => response.writeHead(500).end());
    const error = await rejectionOf(open(broken).manifest('v1'));
    expect(error).toMatchObject({ code: 'registry_error', status: 500, temporary: true });
    expect(broken.requests).toHaveLength(3);
  });
});

describe('blobs', () => {
  it('are streamed and verified', async () => {
    const server = await serve(answer);
    expect(await read(open(server).blob(LAYER))).toBe(CONTENT);
  });

  it('are read over a redirect to another host, which gets no credentials', async () => {
    const store = await serve((_request, response) => response.end(CONTENT));
    const server = await serve((_request, response) => {
      response.writeHead(307, { location: `${store.origin}/x?signature=secret` }).end();
    });
    const source = open(server, { authorization: () => Promise.resolve('Bearer secret') });
    expect(await read(source.blob(LAYER))).toBe(CONTENT);
    expect(server.requests[0]?.headers.authorization).toBe('Bearer secret');
    expect(store.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('whose store refuses do not make the registry be logged in to', async () => {
    const store = await serve((_request, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="store"' }).end();
    });
    const server = await serve((_request, response) => {
      response.writeHead(307, { location: `${store.origin}/x?signature=secret` }).end();
    });
    const source = open(server, { credentials: { username: 'me', password: 'secret' } });
    const error = await rejectionOf(read(source.blob(LAYER)));
    expect(error.code).toBe('registry_refused_login');
    expect(error.message).not.toContain('secret');
    expect([...server.requests, ...store.requests].map(({ headers }) => headers.authorization))
      .toEqual([undefined, undefined]);
  });

  it.each<[what: string, body: string, chunked: boolean, code: string]>([
    ['other content', CONTENT.replace('l', 'L'), false, 'digest_mismatch'],
    ['an announced other size', `${CONTENT}!`, false, 'size_mismatch'],
    ['more content', `${CONTENT}!`, true, 'size_mismatch'],
    ['less content', CONTENT.slice(1), true, 'size_mismatch'],
  ])('with %s fail', async (_what, body, chunked, code) => {
    const server = await serve((_request, response) => {
      if (chunked) response.write(body.slice(0, 3), () => response.end(body.slice(3)));
      else response.end(body);
    });
    expect(await rejectionOf(read(open(server).blob(LAYER)))).toMatchObject({ code });
    expect(server.requests).toHaveLength(1);
  });

  it('without end are cut off after their size', async () => {
    let isClosed = false;
    const server = await serve((_request, response) => {
      const timer = setInterval(() => response.write('x'.repeat(10)), 1);
      response.on('close', () => {
        isClosed = true;
        clearInterval(timer);
      });
    });
    expect((await rejectionOf(read(open(server).blob(LAYER)))).code).toBe('size_mismatch');
    await expect.poll(() => isClosed).toBe(true);
  });

  /** Breaks the first answer off after some bytes; the later ones are as `go` makes them. */
  function breaking(go: (range: string | undefined, response: ServerResponse) => void) {
    let asked = 0;
    return serve((request, response) => {
      if (asked++ > 0) return go(request.headers.range, response);
      response.writeHead(200, { 'content-length': LAYER.size });
      response.write(CONTENT.slice(0, 5), () => setTimeout(() => response.destroy(), 20));
    });
  }

  it('that break off are asked for from there', async () => {
    const server = await breaking((range, response) => {
      const rest = CONTENT.slice(5);
      expect(range).toBe('bytes=5-');
      response.writeHead(206, {
        'content-length': rest.length,
        'content-range': `bytes 5-${LAYER.size - 1}/${LAYER.size}`,
      }).end(rest);
    });
    expect(await read(open(server).blob(LAYER))).toBe(CONTENT);
    expect(server.requests).toHaveLength(2);
  });

  it('that break off are read on where the registry sends all of it again', async () => {
    const server = await breaking((_range, response) => {
      response.writeHead(200, { 'content-length': LAYER.size }).end(CONTENT);
    });
    expect(await read(open(server).blob(LAYER))).toBe(CONTENT);
  });

  it.each([
    [
      'another range',
      { 'content-range': `bytes 4-${LAYER.size - 1}/${LAYER.size}` },
      'registry_error',
    ],
    ['a range it does not name', {}, 'registry_error'],
    [
      'a range of another size',
      { 'content-range': `bytes 5-9/${LAYER.size}`, 'content-length': 3 },
      'size_mismatch',
    ],
  ])('that break off and go on with %s are refused', async (_, headers, code) => {
    const server = await breaking((_range, response) => {
      response.writeHead(206, headers).end('xxx');
    });
    expect((await rejectionOf(read(open(server).blob(LAYER)))).code).toBe(code);
  });

  it('that break off again and again at one place are temporary failures', async () => {
    const server = await breaking((_range, response) => void response.destroy());
    const error = await rejectionOf(read(open(server).blob(LAYER)));
    expect(error).toMatchObject({ code: 'registry_unreachable', temporary: true });
    expect(server.requests).toHaveLength(4);
  });

  it('that break off before their first byte are tried again', async () => {
    const server = await serve(after((response) => {
      response.writeHead(200, { 'content-length': LAYER.size }).flushHeaders();
      setTimeout(() => response.destroy(), 20);
    }));
    expect(await read(open(server).blob(LAYER))).toBe(CONTENT);
    expect(server.requests).toHaveLength(2);
  });

  it('that are missing fail with blob_not_found', async () => {
    const server = await serve((_request, response) => response.writeHead(404).end());
    const error = await rejectionOf(read(open(server).blob(LAYER)));
    expect(error).toMatchObject({ code: 'blob_not_found', status: 404 });
  });

  it('end their connection when the reader leaves or cancels', async () => {
    let closed = 0;
    const server = await serve((_request, response) => {
      response.on('close', () => closed += 1);
      response.write(CONTENT.slice(0, 5));
    });
    const source = open(server);
    for await (const chunk of source.blob(LAYER)) {
      expect(chunk.byteLength).toBe(5);
      break;
    }
    await expect.poll(() => closed).toBe(1);
    const signal = AbortSignal.timeout(50);
    expect((await rejectionOf(read(source.blob(LAYER, { signal })))).code).toBe('timeout');
    await expect.poll(() => closed).toBe(2);
  });
});

it('close ends the connections', async () => {
  const server = await serve(answer);
  const source = open(server);
  await source.head('v1');
  await source.close();
  expect((await rejectionOf(source.head('v1'))).code).toBe('registry_unreachable');
});
