/**
 * Listing tags of registries that behave and that do not.
 *
 * @module
 */
import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';

import { OciError } from '../../../jobs/oci-client/index.ts';
import { openRegistry } from '../../../jobs/oci-client/registry.ts';
import { mulberry32, openTransport, rejectionOf, serve } from './support.ts';

/** What a registry with these answers lists. */
async function tagsFrom(listener: RequestListener) {
  const server = await serve(listener);
  const tags = openRegistry({
    registry: server.host,
    repository: 'team/app',
    plainHttp: true,
    transport: openTransport(),
  }).tags();
  return { server, tags };
}

const json = (body: unknown) => typeof body === 'string' ? body : JSON.stringify(body);

describe('tags', () => {
  it('reads page after page, each tag once', async () => {
    const pages = new Map([
      ['/v2/team/app/tags/list?n=1000', { tags: ['1', '2'], next: '?n=2&last=2' }],
      ['/v2/team/app/tags/list?n=2&last=2', { tags: ['2', '3'], next: '/v2/team/app/tags/list?p' }],
      ['/v2/team/app/tags/list?p', { tags: ['4'], next: undefined }],
    ]);
    const { tags, server } = await tagsFrom((request, response) => {
      const page = pages.get(request.url ?? '');
      if (page?.next !== undefined) response.setHeader('link', `<${page.next}>; rel="next"`);
      response.writeHead(page === undefined ? 404 : 200).end(json({ tags: page?.tags }));
    });
    expect(await tags).toEqual(['1', '2', '3', '4']);
    expect(server.requests).toHaveLength(3);
  });

  it.each([
    ['no tags', { name: 'team/app', tags: null }, []],
    ['none at all', {}, []],
    ['texts that are no tags', { tags: ['ok', '../x', '', '-a', 'a b', 'x'.repeat(200)] }, ['ok']],
  ])('lists %s', async (_what, body, expected) => {
    const { tags } = await tagsFrom((_request, response) => void response.end(json(body)));
    expect(await tags).toEqual(expected);
  });

  it.each([
    ['no JSON', '<html>', 'no list of tags'],
    ['another type', { tags: 'a' }, 'no list of tags'],
    ['numbers', { tags: [1] }, 'no list of tags'],
    ['a name twice', '{"tags":["a"],"tags":["b"]}', 'no list of tags'],
  ])('refuses %s', async (_what, body, words) => {
    const { tags } = await tagsFrom((_request, response) => void response.end(json(body)));
    const error = await rejectionOf(tags);
    expect(error.code).toBe('registry_error');
    expect(error.message).toContain(words);
  });

  it.each([['http://192.0.2.1/v2/x/tags/list'], ['//192.0.2.1/v2/'], ['/elsewhere'], ['http://[']])(
    'goes nowhere else: %s',
    async (target) => {
      const { tags, server } = await tagsFrom((_request, response) => {
        response.setHeader('link', `<${target}>; rel="next"`);
        response.end(json({ tags: ['a'] }));
      });
      expect((await rejectionOf(tags)).message).toContain('not its own');
      expect(server.requests).toHaveLength(1);
    },
  );

  it('ends with a list that has no end', async () => {
    const { tags, server } = await tagsFrom((_request, response) => {
      response.setHeader('link', '</v2/team/app/tags/list?again>; rel="next"');
      response.end(json({ tags: ['a'] }));
    });
    expect((await rejectionOf(tags)).message).toContain('more than 50000 tags');
    expect(server.requests).toHaveLength(50);
  });

  it.each([[404, 'image_not_found'], [401, 'registry_refused_login'], [403, 'registry_denied']])(
    'says what HTTP %s means',
    async (status, code) => {
      const { tags } = await tagsFrom((_request, response) => {
        response.writeHead(status).end('{}');
      });
      const error = await rejectionOf(tags);
      expect(error.code).toBe(code);
      expect(error.message).toContain('team/app');
    },
  );

  it('reads any answer, or refuses it as what it is', async () => {
    const random = mulberry32(20261201);
    const parts = ['{"tags":', '[', ']', '"a"', ',', 'null', '}', '<', '>; rel="next"', '\\u0000'];
    const some = (count: number) =>
      Array.from({ length: count }, () => parts[Math.floor(random() * parts.length)]).join('');
    let listed = 0;
    for (let round = 0; round < 150; round += 1) {
      const body = random() < 0.3 ? '{"tags":["a"]}' : some(6);
      const link = random() < 0.5 ? some(4) : undefined;
      const { tags } = await tagsFrom((_request, response) => {
        if (link !== undefined) response.setHeader('link', link);
        response.end(body);
      });
      const result = await tags.catch((error: unknown) => error);
      if (result instanceof OciError) expect(result.code).toBe('registry_error');
      else expect(Array.isArray(result)).toBe(true);
      if (Array.isArray(result)) listed += 1;
    }
    expect(listed).toBeGreaterThan(10);
  });
});
