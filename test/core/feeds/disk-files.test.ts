/**
 * Sources on disk.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { feedFilesAt } from '../../support/feed-files.ts';
import { failureOf, openSource, temporaryFolder, textAt, tryOpen } from './support.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

function put(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

describe('a folder', () => {
  it.each<[string, () => string]>([
    ['path', () => folder],
    ['file URL', () => pathToFileURL(folder).href],
    ['file URL with a slash', () => `${pathToFileURL(folder).href}/`],
  ])('at a %s has its files where they lie', async (_, source) => {
    const file = put('GitHub Actions/all:1.zip', 'zip');
    const files = await openSource(source());
    expect(files.single).toBeUndefined();
    expect(await files.open('GitHub Actions/all:1.zip')).toEqual({
      path: file,
      name: 'GitHub Actions/all:1.zip',
      size: 3,
    });
    await files.close();
    expect(await textAt(files, 'GitHub Actions/all:1.zip')).toBe('zip');
  });

  it('has nothing else', async () => {
    put('feed/all.zip', 'zip');
    put('secret', 'secret');
    const files = feedFilesAt(join(folder, 'feed'));
    const paths = ['none', 'all.zip/none', '', '/', '.', '../secret', join(folder, 'secret')];
    for (const path of [...paths, 'all.zip/', `${'a'.repeat(300)}`]) {
      expect(await files.open(path)).toBeUndefined();
    }
    expect(await files.list('..')).toBeUndefined();
    expect(await files.list('none')).toBeUndefined();
    expect(await files.list('all.zip')).toBeUndefined();
  });

  it('is listed with its folders, links followed, hidden names left out', async () => {
    put('b.json', '{}');
    put('a/c.json', '{}');
    put('a/.git/config', '');
    put('..data/d.json', '{}');
    symlinkSync('..data/d.json', join(folder, 'd.json'));
    symlinkSync('a', join(folder, 'z'));
    symlinkSync('nowhere', join(folder, 'broken'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const files = feedFilesAt(folder);
    expect(await files.list('')).toEqual(['a/', 'b.json', 'd.json', 'z/']);
    expect(await files.list('a')).toEqual(['c.json']);
    expect(await files.list('z/')).toEqual(['c.json']);
    expect(await files.open('d.json')).toMatchObject({ size: 2 });
    expect(await files.open('z/c.json')).toMatchObject({ size: 2 });
    expect(await files.open('pipe')).toBeUndefined();
    expect(await files.open('a')).toBeUndefined();
  });

  it('that is not there is said to be so', async () => {
    const failure = await failureOf(openSource(join(folder, 'none')));
    expect(failure).toMatchObject({ code: 'feed_unreachable' });
    expect(failure.message).toContain(join(folder, 'none'));
  });

  it('is left when it is enough', async () => {
    put('a.json', '{}');
    const stopping = new AbortController();
    const files = await openSource(folder, { signal: stopping.signal });
    stopping.abort(new Error('enough'));
    await expect(files.open('a.json')).rejects.toThrow('enough');
    await expect(files.list('')).rejects.toThrow('enough');
    await expect(files.changed(['a.json'])).rejects.toThrow('enough');
    await expect(openSource(folder, { signal: stopping.signal })).rejects.toThrow('enough');
  });
});

describe('changes of files on disk', () => {
  async function keep(...paths: string[]) {
    const files = await openSource(folder);
    expect(await files.changed(paths)).toBe(true);
    const kept: unknown = JSON.parse(JSON.stringify(files.validators(paths)));
    return kept as ReturnType<typeof files.validators>;
  }

  it('are told by size, time and content', async () => {
    const file = put('a.json', 'one');
    const known = await keep('a.json');
    const files = await openSource(folder, { known });
    expect(await files.changed(['a.json'])).toBe(false);
    expect(await files.changed(['a.json'], {})).toBe(true);
    // The same content with another time.
    utimesSync(file, 1, 1);
    expect(await files.changed(['a.json'])).toBe(false);
    const renewed = files.validators(['a.json']);
    expect(renewed['a.json']).toMatchObject({ modified: '1000', size: 3 });
    expect(await files.changed(['a.json'], renewed)).toBe(false);
    writeFileSync(file, 'two');
    expect(await files.changed(['a.json'])).toBe(true);
  });

  it('are not looked for in what has the same size and time', async () => {
    const file = put('a.json', 'one');
    utimesSync(file, 1, 1);
    const known = await keep('a.json');
    writeFileSync(file, 'two');
    utimesSync(file, 1, 1);
    expect(await (await openSource(folder, { known })).changed(['a.json'])).toBe(false);
  });

  it('are also that a file is gone, or there', async () => {
    put('a.json', 'one');
    put('b.json', 'one');
    const known = await keep('a.json', 'b.json', 'c.json', '../outside');
    expect(known).toMatchObject({ 'c.json': { gone: true }, '../outside': { gone: true } });
    const files = await openSource(folder, { known });
    expect(await files.changed(['a.json', 'c.json'])).toBe(false);
    put('c.json', 'one');
    expect(await files.changed(['a.json', 'c.json'])).toBe(true);
    expect(Object.keys(files.validators(['a.json']))).toEqual(['a.json']);
    rmSync(join(folder, 'b.json'));
    expect(await files.changed(['a.json', 'b.json'])).toBe(true);
  });

  it.each([[[]], [['all.zip']], [['a/']]])(
    'of loose documents are seen where %j is asked',
    async (paths: string[]) => {
      put('a/1.json', 'one');
      put('a/b/2.json', 'one');
      for (const name of ['round', 'about', 'again']) symlinkSync('..', join(folder, 'a/b', name));
      const known = await keep(...paths);
      const changed = async () => (await openSource(folder, { known })).changed(paths);
      expect(await changed()).toBe(false);
      const file = put('a/b/2.json', 'more');
      expect(await changed()).toBe(true);
      rmSync(file);
      expect(await changed()).toBe(true);
    },
  );

  it('of a folder that is not there are that it comes', async () => {
    put('a.json', 'one');
    const known = await keep('a.json', 'a/');
    expect(await (await openSource(folder, { known })).changed(['a.json', 'a/'])).toBe(false);
    put('a/1.json', 'one');
    expect(await (await openSource(folder, { known })).changed(['a.json', 'a/'])).toBe(true);
  });
});

describe('a single file', () => {
  it('is the source', async () => {
    const path = put('kev.json', '{}');
    put('other.json', '{}');
    const files = await openSource(pathToFileURL(path).href);
    expect(files.single).toEqual({ path, name: 'kev.json', size: 2 });
    expect(feedFilesAt(path).single).toEqual(files.single);
    expect(await files.open('kev.json')).toEqual(files.single);
    expect(await files.open('other.json')).toBeUndefined();
    expect(await files.list('')).toBeUndefined();
  });

  it('is not opened again as long as it is the same', async () => {
    const path = put('kev.json', '{}');
    const files = await openSource(path);
    expect(await files.changed(['whatever.csv'])).toBe(true);
    const known = files.validators([]);
    expect(Object.keys(known)).toEqual(['kev.json']);
    expect(await tryOpen(path, { known })).toBeUndefined();
    writeFileSync(path, '[]\n');
    expect((await openSource(path, { known })).single).toMatchObject({ size: 3 });
  });

  it('must be a file', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    expect((await failureOf(openSource(path))).message).toContain('neither a file nor a folder');
  });
});
