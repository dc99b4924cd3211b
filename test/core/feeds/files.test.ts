/**
 * Sources over HTTP: folders, single files, changes.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type FeedSource, Validators } from '../../../core/feeds/source.ts';
import { serve } from '../../jobs/oci-client/support.ts';
import { failureOf, openSource, temporaryFolder, textAt, textOf, tryOpen } from './support.ts';

const DATE = 'Tue, 01 Jul 2025 10:00:00 GMT';

/** A file as a server has it. */
interface Served {
  readonly text: string;
  readonly etag?: string;
  readonly modified?: string;
  readonly type?: string;
}

function answer(file: Served, request: IncomingMessage, response: ServerResponse): void {
  const { text, etag, modified, type } = file;
  if (etag !== undefined) response.setHeader('etag', etag);
  if (modified !== undefined) response.setHeader('last-modified', modified);
  if (type !== undefined) response.setHeader('content-type', type);
  const { headers } = request;
  const isSame = headers['if-none-match'] === undefined
    ? modified !== undefined && headers['if-modified-since'] === modified
    : headers['if-none-match'] === etag;
  if (isSame) response.writeHead(304).end();
  else response.end(text);
}

/** A server of files by the paths of their URLs, which may change. */
async function serveFiles(files: Record<string, Served>) {
  return await serve((request, response) => {
    const path = request.url ?? '';
    const file = Object.hasOwn(files, path) ? files[path] : undefined;
    const isFolder = Object.keys(files).some((name) => name.startsWith(`${path}/`));
    if (file !== undefined) answer(file, request, response);
    else if (isFolder) response.writeHead(301, { location: `${path}/` }).end();
    else if (path.endsWith('/')) response.setHeader('content-type', 'text/html').end('<html>');
    else response.writeHead(404).end('nothing');
  });
}

/** Asks for changes and keeps what is to be kept, as a database would. */
async function ask(files: FeedSource, ...paths: string[]) {
  const isChanged = await files.changed(paths);
  return {
    isChanged,
    known: Validators.parse(JSON.parse(JSON.stringify(files.validators(paths)))),
  };
}

describe('a folder', () => {
  it('has its files at encoded URLs', async () => {
    const server = await serveFiles({
      '/osv/GitHub%20Actions/all.zip?key=1': { text: 'actions' },
      '/osv/Debian%3A12/all.zip?key=1': { text: 'debian' },
    });
    const files = await openSource(`${server.origin}/osv/?key=1`);
    expect(files.single).toBeUndefined();
    expect(await textAt(files, 'GitHub Actions/all.zip')).toBe('actions');
    expect(await textAt(files, 'Debian:12/all.zip')).toBe('debian');
    expect(await files.list('')).toBeUndefined();
    for (const path of ['../osv/all.zip', '/etc/passwd', '', 'a//b']) {
      expect(await files.open(path)).toBeUndefined();
    }
    expect(server.requests).toHaveLength(2);
  });

  it('may be named without a slash at its end', async () => {
    const listing = { text: '<?xml version="1.0"?><ListBucketResult>', type: 'application/xml' };
    const server = await serveFiles({
      '/redirected/all.json': { text: 'a' },
      '/bucket': listing,
      '/bucket/all.json': { text: 'b' },
      '/page': { text: '<html>', type: 'text/html; charset=utf-8' },
      '/page/all.json': { text: 'c' },
      '/secdb.example.org/all.json': { text: 'd' },
      '/odd.json/all.json': { text: 'e' },
    });
    const folders = ['redirected', 'bucket', 'page', 'secdb.example.org', 'odd.json'];
    const texts = folders.map(async (folder) => {
      const files = await openSource(`${server.origin}/${folder}`);
      return [files.single, await textAt(files, 'all.json'), await files.open(folder)];
    });
    expect(await Promise.all(texts)).toEqual(
      ['a', 'b', 'c', 'd', 'e'].map((text) => [undefined, text, undefined]),
    );
  });

  it.each([400, 401, 403, 404, 405])('may answer itself with %i', async (status) => {
    const server = await serve((request, response) => {
      response.writeHead(request.url === '/feed' ? status : 200).end('found');
    });
    const files = await openSource(`${server.origin}/feed`);
    expect(await textAt(files, 'all.json')).toBe('found');
  });
});

describe('a single file', () => {
  it.each(['/kev.json', '/tracker/data/json', '/refs/heads/main?key=1'])('at %s', async (path) => {
    const server = await serveFiles({ [path]: { text: '{}', type: 'application/json' } });
    const files = await openSource(`${server.origin}${path}`);
    const name = path.replace(/\?.*/, '').split('/').pop() ?? '';
    expect(files.single).toMatchObject({ name, size: 2 });
    expect(textOf(files.single)).toBe('{}');
    expect(await files.open(name)).toEqual(files.single);
    expect(await files.open('other.json')).toBeUndefined();
    expect(await files.list('')).toBeUndefined();
    expect(server.requests).toHaveLength(1);
  });

  it.each<[string, Omit<Served, 'text'>]>([
    ['by its tag', { etag: '"1"' }],
    ['by a weak tag', { etag: 'W/"1"' }],
    ['by its date', { modified: DATE }],
    ['by its content', {}],
  ])('is not opened again while it is the same %s', async (_, validators) => {
    const served = { '/kev.json': { text: '{}', ...validators } };
    const server = await serveFiles(served);
    const url = `${server.origin}/kev.json`;
    const { isChanged, known } = await ask(await openSource(url), 'whatever');
    expect(isChanged).toBe(true);
    expect(known).toEqual({ 'kev.json': expect.objectContaining({ ...validators, size: 2 }) });
    const scratch = temporaryFolder();
    expect(await tryOpen(url, { known, scratch })).toBeUndefined();
    expect(readdirSync(scratch)).toEqual([]);
    served['/kev.json'] = { text: '[1]', etag: '"2"' };
    const again = await openSource(url, { known, scratch });
    expect(textOf(again.single)).toBe('[1]');
    expect((await ask(again)).isChanged).toBe(true);
    expect(await again.changed([], again.validators([]))).toBe(false);
  });

  it('that is missing is no empty folder', async () => {
    const server = await serveFiles({ '/data': { text: '{}', type: 'application/json' } });
    const failure = await failureOf(openSource(`${server.origin}/kev.json`));
    expect(failure).toMatchObject({ code: 'feed_unreachable' });
    expect(failure.message).toContain('404');
    const { known } = await ask(await openSource(`${server.origin}/data`));
    const gone = await serveFiles({});
    const scratch = temporaryFolder();
    expect((await failureOf(openSource(`${gone.origin}/data`, { known, scratch }))).message)
      .toContain('404');
    expect(readdirSync(scratch)).toEqual([]);
  });
});

describe('changes', () => {
  it.each<[string, Omit<Served, 'text'>, number]>([
    ['tags', { etag: '"1"', modified: DATE }, 304],
    ['dates', { modified: DATE }, 304],
    ['content', {}, 200],
  ])('are told by %s', async (_, validators, status) => {
    const files: Record<string, Served> = { '/2024.meta': { text: 'sha256:1', ...validators } };
    const statuses: number[] = [];
    const server = await serve((request, response) => {
      response.on('finish', () => statuses.push(response.statusCode));
      answer(files['/2024.meta'] ?? { text: '' }, request, response);
    });
    const url = `${server.origin}/`;
    const { isChanged, known } = await ask(await openSource(url), '2024.meta');
    expect(isChanged).toBe(true);
    const again = await ask(await openSource(url, { known }), '2024.meta');
    expect(again).toEqual({ isChanged: false, known });
    expect(statuses).toEqual([200, status]);
    files['/2024.meta'] = { text: 'sha256:2' };
    expect((await ask(await openSource(url, { known }), '2024.meta')).isChanged).toBe(true);
  });

  it('are none where a mirror has the same content under another tag', async () => {
    const files = { '/a.json': { text: 'a', etag: '"1"' } };
    const server = await serveFiles(files);
    const { known } = await ask(await openSource(`${server.origin}/`), 'a.json');
    files['/a.json'] = { text: 'a', etag: '"2"' };
    const again = await ask(await openSource(`${server.origin}/`, { known }), 'a.json');
    expect(again.isChanged).toBe(false);
    expect(again.known['a.json']?.etag).toBe('"2"');
  });

  it('are of any of the files, and also that one is gone, or there', async () => {
    const files: Record<string, Served> = {
      '/a.json': { text: 'a', etag: '"1"' },
      '/b.json': { text: 'b', etag: '"1"' },
    };
    const server = await serveFiles(files);
    const paths = ['a.json', 'b.json', 'c.json', '../d.json'];
    const { known } = await ask(await openSource(`${server.origin}/`), ...paths);
    expect(known).toMatchObject({ 'c.json': { gone: true }, '../d.json': { gone: true } });
    const changed = async (...asked: string[]) =>
      await (await openSource(`${server.origin}/`, { known })).changed(asked);
    expect(await changed(...paths)).toBe(false);
    files['/c.json'] = { text: 'c' };
    expect(await changed('a.json', 'b.json')).toBe(false);
    expect(await changed(...paths)).toBe(true);
    delete files['/b.json'];
    expect(await changed('a.json', 'b.json')).toBe(true);
  });

  it.each([[[]], [['none.csv']], [['folder/']]])(
    'are always possible where %j is asked, which nobody can tell',
    async (paths: string[]) => {
      const server = await serveFiles({});
      const { known } = await ask(await openSource(`${server.origin}/`), ...paths);
      const again = await ask(await openSource(`${server.origin}/`, { known }), ...paths);
      expect(again.isChanged).toBe(true);
    },
  );

  it('are asked of what each group has kept', async () => {
    const server = await serveFiles({ '/ecosystems.txt': { text: 'PyPI', etag: '"1"' } });
    const files = await openSource(`${server.origin}/`);
    expect(await textAt(files, 'ecosystems.txt')).toBe('PyPI');
    expect(await files.changed(['ecosystems.txt'])).toBe(true);
    expect(await files.changed(['ecosystems.txt'], files.validators(['ecosystems.txt'])))
      .toBe(false);
    expect(server.requests).toHaveLength(1);
  });

  it('fetch what has changed once, and what has not only to read it', async () => {
    const files = {
      '/a.json': { text: 'old', etag: '"1"' },
      '/b.json': { text: 'b', etag: '"1"' },
    };
    const server = await serveFiles(files);
    const { known } = await ask(await openSource(`${server.origin}/`), 'a.json', 'b.json');
    files['/a.json'] = { text: 'new', etag: '"2"' };
    const source = await openSource(`${server.origin}/`, { known });
    server.requests.length = 0;
    expect(await source.changed(['a.json', 'b.json'])).toBe(true);
    // Changed between the question and the reading.
    files['/b.json'] = { text: 'newer', etag: '"3"' };
    expect(await textAt(source, 'a.json')).toBe('new');
    expect(await textAt(source, 'b.json')).toBe('newer');
    expect(server.requests.map(({ url }) => url)).toEqual(['/a.json', '/b.json', '/b.json']);
    expect(source.validators(['a.json', 'b.json'])).toMatchObject({
      'a.json': { etag: '"2"' },
      'b.json': { etag: '"3"', size: 5 },
    });
  });
});
