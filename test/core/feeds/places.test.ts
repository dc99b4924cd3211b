/**
 * Where sources are, and their files below them.
 *
 * @module
 */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TidewaiterError } from '../../../core/errors.ts';
import {
  fileUrl,
  folderUrl,
  isDataUrl,
  nameOf,
  placeOf,
  segmentsOf,
} from '../../../core/feeds/places.ts';

describe('the place of a source', () => {
  it.each([
    ['/srv/feeds', '/srv/feeds'],
    ['/srv/feeds/', '/srv/feeds'],
    ['feeds/osv', resolve('feeds/osv')],
    ['C: or not', resolve('C: or not')],
    ['file:///srv/a%20b/all.zip', '/srv/a b/all.zip'],
    ['file:/srv/feeds', '/srv/feeds'],
    ['FILE:///srv/feeds', '/srv/feeds'],
  ])('%s is on disk', (source, path) => {
    expect(placeOf(source)).toEqual({ kind: 'disk', path });
  });

  it.each<[string, string, unknown]>([
    ['https://feeds.example', 'https://feeds.example/', undefined],
    [' HTTP://Feeds.Example/a?key=1#x ', 'http://feeds.example/a?key=1', undefined],
    ['https://me:p%40ss@feeds.example/', 'https://feeds.example/', {
      username: 'me',
      password: 'p@ss',
    }],
    ['https://me:50%@feeds.example/', 'https://feeds.example/', {
      username: 'me',
      password: '50%',
    }],
  ])('%s is asked for', (source, href, login) => {
    const place = placeOf(source);
    expect(place.kind === 'web' && [place.url.href, place.login]).toEqual([href, login]);
  });

  it.each([
    '',
    '  ',
    'ftp://me:hunter2@feeds.example/',
    's3://bucket/hunter2',
    'data://hunter2',
    'http://me:hunter2@:0:0/',
    'https://',
    'file://hunter2.example/srv',
    'file:///srv/a%2Fb',
    '/srv\0hunter2',
  ])('%j is none, and is not repeated', (source) => {
    let failure: unknown;
    try {
      placeOf(source);
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(TidewaiterError);
    expect(failure).toMatchObject({ code: 'invalid_feed_url', status: 400 });
    expect(failure instanceof Error && failure.message).not.toContain('hunter2');
  });
});

describe('a file of a source', () => {
  const folder = folderUrl(new URL('https://feeds.example/osv?key=1'));

  it.each([
    ['all.zip', 'https://feeds.example/osv/all.zip?key=1'],
    ['GitHub Actions/all.zip', 'https://feeds.example/osv/GitHub%20Actions/all.zip?key=1'],
    ['Debian:12/all.zip', 'https://feeds.example/osv/Debian%3A12/all.zip?key=1'],
    ['a?b#c%2e/%2e%2e', 'https://feeds.example/osv/a%3Fb%23c%252e/%252e%252e?key=1'],
    ['ü', 'https://feeds.example/osv/%C3%BC?key=1'],
    ['...', 'https://feeds.example/osv/...?key=1'],
  ])('%s is below it', (path, href) => {
    expect(fileUrl(folder, path)?.href).toBe(href);
  });

  it.each([
    '',
    '/',
    '/etc/passwd',
    '..',
    '../all.zip',
    'a/../../all.zip',
    'a/./b',
    'a//b',
    'a/',
    'a\\..\\b',
    'a\0',
    '\ud800',
    'a'.repeat(5000),
  ])('%j is no path', (path) => {
    expect(segmentsOf(path)).toBeUndefined();
    expect(fileUrl(folder, path)).toBeUndefined();
  });
});

describe('the name in a URL', () => {
  it.each<[string, string, boolean]>([
    ['https://feeds.example/a%20b/all.json.gz', 'all.json.gz', true],
    ['https://feeds.example/kev.JSON?key=1', 'kev.JSON', true],
    ['https://feeds.example/tracker/data/json', 'json', false],
    ['https://feeds.example/secdb.alpinelinux.org', 'secdb.alpinelinux.org', false],
    ['https://feeds.example/v3.18', 'v3.18', false],
    ['https://feeds.example/50%', '50%', false],
  ])('%s', (href, name, isData) => {
    expect(nameOf(new URL(href))).toBe(name);
    expect(isDataUrl(new URL(href))).toBe(isData);
  });
});
