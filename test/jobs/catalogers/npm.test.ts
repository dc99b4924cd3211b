import { describe, expect, it } from 'vitest';
import { npm } from '../../../jobs/catalogers/npm.ts';
import { CatalogError } from '../../../jobs/catalogers/types.ts';
import { catalog, fuzz } from './support.ts';
import { cpuMs } from '../../support/cpu.ts';

const PATH = 'app/node_modules/accepts/package.json';

const ACCEPTS = JSON.stringify({
  name: 'accepts',
  description: 'Higher-level content negotiation',
  version: '1.3.8',
  contributors: [
    { name: 'Douglas Christopher Wilson', email: 'doug@somethingdoug.com' },
    'Jonathan Ong <me@jongleberry.com> (http://jongleberry.com)',
  ],
  license: 'MIT',
  dependencies: { 'mime-types': '~2.1.34', negotiator: '0.6.3' },
});

function parse(manifest: unknown) {
  return catalog(npm, { [PATH]: JSON.stringify(manifest) });
}

describe('npm wants', () => {
  it.each([
    ['node_modules/a/package.json', true],
    ['srv/node_modules/a/node_modules/b/package.json', true],
    ['srv/node_modules/@scope/name/package.json', true],
    ['srv/node_modules/.pnpm/a@1.0.0/node_modules/a/package.json', true],
    ['srv/package.json', false],
    ['srv/node_modules/package.json', false],
    ['srv/node_modules/@scope/package.json', false],
    ['srv/node_modules/a/lib/package.json', false],
    ['srv/node_modules/a/package.json5', false],
    ['srv/node_modules/a/xpackage.json', false],
    ['srv/my_node_modules/a/package.json', false],
    ['package.json', false],
  ])('%s: %s', (path, wanted) => {
    expect(npm.wants(path)).toBe(wanted);
  });

  it('decides about a hostile path at once', () => {
    const path = `${'node_modules/@'.repeat(4000)}/package.json`;
    const start = cpuMs();
    expect(npm.wants(path)).toBe(false);
    expect(cpuMs() - start).toBeLessThan(500);
  });
});

describe('npm parse', () => {
  it('reads a package', () => {
    expect(catalog(npm, { [PATH]: ACCEPTS })).toEqual([{
      type: 'npm',
      name: 'accepts',
      version: '1.3.8',
      licenses: ['MIT'],
      origin: 'Douglas Christopher Wilson <doug@somethingdoug.com>, ' +
        'Jonathan Ong <me@jongleberry.com> (http://jongleberry.com)',
    }]);
  });

  it.each([
    ['a string', { license: 'ISC' }, ['ISC']],
    ['an object', { license: { type: 'BSD-3-Clause', url: 'x' } }, ['BSD-3-Clause']],
    ['an array of strings', { license: ['MIT', 'GPL-2.0'] }, ['MIT', 'GPL-2.0']],
    ['the older array', { licenses: [{ type: 'MIT' }, { type: 'BSD' }] }, ['MIT', 'BSD']],
    ['the older array of strings', { licenses: ['MIT', ' '] }, ['MIT']],
    ['both, once', { license: 'MIT', licenses: [{ type: 'MIT' }] }, ['MIT']],
    ['an expression', { license: '(MIT OR Apache-2.0)' }, ['(MIT OR Apache-2.0)']],
    ['nonsense', { license: 7, licenses: { no: [] } }, []],
    ['null', { license: null, licenses: [null, [['x']]] }, []],
  ])('takes the licence from %s', (_name, fields, licenses) => {
    expect(parse({ name: 'a', version: '1', ...fields })[0]?.licenses).toEqual(licenses);
  });

  it.each([
    ['an author', { author: 'A B <a@b.c>' }, 'A B <a@b.c>'],
    ['an author object', { author: { name: 'A', email: 'a@b.c', url: 'x' } }, 'A <a@b.c>'],
    ['an author before contributors', { author: 'A', contributors: ['B'] }, 'A'],
    ['a mere address', { author: { email: 'a@b.c' } }, '<a@b.c>'],
    ['one contributor that is no array', { contributors: { name: 'B' } }, 'B'],
    ['nobody', { author: {}, contributors: [null, 1, ''] }, undefined],
  ])('takes the origin from %s', (_name, fields, origin) => {
    expect(parse({ name: 'a', version: '1', ...fields })[0]?.origin).toBe(origin);
  });

  it.each([
    [{ name: 'a' }],
    [{ version: '1' }],
    [{ name: '', version: '1' }],
    [{ name: 'a', version: '' }],
    [{ name: 1, version: '1' }],
    [{ name: ['a'], version: '1' }],
    [{ name: 'a'.repeat(5000), version: '1' }],
    [[]],
    ['text'],
    [null],
  ])('%j is no package', (manifest) => {
    expect(parse(manifest)).toEqual([]);
  });

  it('reads past a byte order mark', () => {
    const tree = { [PATH]: `\uFEFF${ACCEPTS}` };
    expect(catalog(npm, tree)).toHaveLength(1);
  });

  it.each([
    ['empty', ''],
    ['cut off', '{"name": "a", "version": "1"'],
    ['a deep nest', '['.repeat(1_000_000)],
    ['two documents', '{}{}'],
  ])('refuses what is not JSON: %s', (_name, text) => {
    expect(() => catalog(npm, { [PATH]: text })).toThrow(new CatalogError('not valid JSON'));
  });

  it('survives a valid document of great depth', () => {
    const nest = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(catalog(npm, { [PATH]: `{"name":"a","version":"1","license":${nest}}` })).toMatchObject([
      { name: 'a', licenses: [] },
    ]);
  });

  it('reads or refuses a mutated manifest', () => {
    const { read, refused, packages } = fuzz(npm, PATH, ACCEPTS, 3);
    expect(read + refused).toBe(400);
    expect(refused).toBeGreaterThan(100);
    expect(packages.length).toBeGreaterThan(10);
  });
});
